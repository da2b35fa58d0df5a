// Whether time tells a known address from an unknown one: both are asked for in turns, in one run, and the two
// distributions are printed beside each other. It reports and asserts nothing: how far apart two samples of one
// distribution may be, it says itself. The stack must run with `EMAIL_VERIFICATION=required`.
//
//   node bench/probing.ts --url http://127.0.0.1:8787 [--calls N] [--row ROW]…

import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { quantile } from "./stats.ts";

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "http://127.0.0.1:8787" },
    calls: { type: "string", default: "200" },
    row: { type: "string", multiple: true },
  },
});

const fresh = (): string => `${randomBytes(9).toString("hex")}@example.com`;
const password = `pw ${randomBytes(12).toString("base64url")}`;

/** The rows that must not tell, with the body that is sent for an address. */
const ROWS: Readonly<Record<string, (email: string) => unknown>> = {
  register: (email) => ({ email, password }),
  login: (email) => ({ email, password: "not the password" }),
  "password/forgot": (email) => ({ email }),
  magic: (email) => ({ email }),
  "email/verification": (email) => ({ email }),
};

/** Milliseconds until the whole reply is there. */
async function time(row: string, email: string): Promise<number> {
  const body = JSON.stringify(ROWS[row]?.(email));
  const headers = { "content-type": "application/json" };
  const begun = performance.now();
  const reply = await fetch(`${values.url}/v1/auth/${row}`, { method: "POST", headers, body });
  await reply.arrayBuffer();
  const took = performance.now() - begun;
  if (reply.status !== 202 && reply.status !== 401) throw new Error(`${row} answered ${reply.status}: see its head`);
  return took;
}

/** The largest distance between two distributions (Kolmogorov and Smirnov): 0 alike, 1 apart. */
function distance(a: readonly number[], b: readonly number[]): number {
  let [i, j, largest] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const next = Math.min(a[i] ?? 0, b[j] ?? 0);
    while (i < a.length && (a[i] ?? 0) <= next) i++;
    while (j < b.length && (b[j] ?? 0) <= next) j++;
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
  }
  return largest;
}

function describe(sorted: readonly number[]): string {
  return [0.1, 0.5, 0.9, 0.99].map((share) => quantile(sorted, share).toFixed(1).padStart(8)).join("");
}

async function measure(row: string, calls: number): Promise<void> {
  const samples = { known: [] as number[], unknown: [] as number[] };
  const one = fresh();
  await time("register", one);
  for (let call = 0; call < calls + 5; call++) {
    // In turns, and the first of a pair now this one, now that one: whatever else the machine does meets both.
    const order = call % 2 === 0 ? (["known", "unknown"] as const) : (["unknown", "known"] as const);
    for (const kind of order) {
      const took = await time(row, kind === "known" ? one : fresh());
      if (call >= 5) samples[kind].push(took);
    }
  }
  for (const sample of Object.values(samples)) sample.sort((a, b) => a - b);
  const apart = distance(samples.known, samples.unknown);
  // What two samples of one distribution exceed in one run of a hundred.
  const chance = 1.63 * Math.sqrt(2 / calls);
  process.stdout.write(
    `${row}\n  ms           p10     p50     p90     p99\n  known   ${describe(samples.known)}\n` +
      `  unknown ${describe(samples.unknown)}\n` +
      `  distance ${apart.toFixed(3)}; chance alone stays below ${chance.toFixed(3)}: ` +
      `${apart < chance ? "not told apart" : "APART"}\n`,
  );
}

const calls = Number(values.calls);
if (!Number.isInteger(calls) || calls < 20) throw new Error("--calls must be a whole number from 20 on");
for (const row of values.row ?? Object.keys(ROWS)) {
  if (ROWS[row] === undefined) throw new Error(`no row is called ${row}; there are ${Object.keys(ROWS).join(", ")}`);
  await measure(row, calls);
}
