// Compares records and bytes of files through a stack's own row, part by part, and tells what does not fit. Not here: what
// fits (`functions/shares`).

const [origin, how] = process.argv.slice(2);
if (origin === undefined || how === undefined) throw new Error("which stack, and only look, or apply?");
const headers = { authorization: `Bearer ${process.env.SELVAGE_TOKEN}`, "content-type": "application/json" };
const apply = how === "apply";

interface Part {
  readonly objects: number;
  readonly orphans: readonly string[];
  readonly missing: readonly string[];
  readonly wrong_length: readonly string[];
  readonly counters: readonly string[];
  readonly next_cursor: string | null;
}

async function part(cursor: string | null): Promise<Part> {
  const body = JSON.stringify({ apply, ...(cursor === null ? {} : { cursor }) });
  const reply = await fetch(`${origin}/v1/files/check`, { method: "POST", headers, body });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`the stack answered ${reply.status}: ${text}`);
  return JSON.parse(text) as Part;
}

const wrongs = [
  ["orphans", "bytes that no record keeps"],
  ["missing", "records without bytes"],
  ["wrong_length", "bytes of another length"],
  ["counters", "counters that are wrong"],
] as const;
let objects = 0;
let wrong = 0;
for (let cursor: string | null = null; ; ) {
  const told = await part(cursor);
  objects += told.objects;
  for (const [name, about] of wrongs) {
    wrong += told[name].length;
    for (const what of told[name]) console.log(`${what}  ${about}`);
  }
  cursor = told.next_cursor;
  if (cursor === null) break;
}
const rest = wrong === 0 ? "all of them as they should be" : `${wrong} things wrong`;
const then = wrong === 0 ? "" : apply ? ", mended" : "; nothing was changed: --apply does it";
console.log(`${objects} objects, ${rest}${then}`);
