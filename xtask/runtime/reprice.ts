// Prices calls again through a stack's own row, slice by slice, and tells the changes as a table. Not here: what a call
// costs (`functions/usage`).

const [origin, wish] = process.argv.slice(2);
if (origin === undefined || wish === undefined) throw new Error("which stack, and which calls?");
const headers = { authorization: `Bearer ${process.env.SELVAGE_TOKEN}`, "content-type": "application/json" };

interface Change {
  readonly provider: string;
  readonly model: string;
  readonly former_version: string | null;
  readonly price_version: string;
  calls: number;
  former_nano_usd: number;
  cost_nano_usd: number;
}

interface Slice {
  readonly calls: number;
  readonly changed: number;
  readonly without_price: number;
  readonly applied: number | null;
  readonly data: readonly Change[];
  readonly next_cursor: string | null;
}

async function slice(cursor: string | null): Promise<Slice> {
  const body = JSON.stringify({ ...(JSON.parse(wish ?? "{}") as object), ...(cursor === null ? {} : { cursor }) });
  const reply = await fetch(`${origin}/v1/admin/ai/reprice`, { method: "POST", headers, body });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`the stack answered ${reply.status}: ${text}`);
  return JSON.parse(text) as Slice;
}

/** Nano-dollars as dollars, to the last digit. */
function dollars(nano: number): string {
  const [sign, size] = nano < 0 ? ["-", -nano] : ["", nano];
  return `${sign}${Math.floor(size / 1e9)}.${String(size % 1e9).padStart(9, "0")}`;
}

const groups = new Map<string, Change>();
const sums = { calls: 0, changed: 0, applied: 0, without: 0 };
for (let cursor: string | null = null; ; ) {
  const told = await slice(cursor);
  sums.calls += told.calls;
  sums.changed += told.changed;
  sums.applied += told.applied ?? 0;
  sums.without += told.without_price;
  for (const change of told.data) {
    const key = [change.provider, change.model, change.former_version, change.price_version].join("\n");
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { ...change });
    else {
      known.calls += change.calls;
      known.former_nano_usd += change.former_nano_usd;
      known.cost_nano_usd += change.cost_nano_usd;
    }
  }
  cursor = told.next_cursor;
  if (cursor === null) break;
}
const rows = [["model", "from", "to", "calls", "was, USD", "is, USD", "difference"]];
for (const one of groups.values()) {
  const model = `${one.provider}/${one.model}`;
  const costs = [one.former_nano_usd, one.cost_nano_usd, one.cost_nano_usd - one.former_nano_usd].map(dollars);
  rows.push([model, one.former_version ?? "unknown", one.price_version, String(one.calls), ...costs]);
}
if (rows.length > 1) {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}
const apply = (JSON.parse(wish) as { apply: boolean }).apply;
console.log(
  apply
    ? `${sums.applied} of ${sums.calls} calls changed`
    : `${sums.changed} of ${sums.calls} calls would change; nothing was changed: --apply does it`,
);
if (sums.without > 0) console.log(`${sums.without} have no price and stay as they are`);
if (apply && sums.applied < sums.changed) console.log("some were settled meanwhile: run it again");
