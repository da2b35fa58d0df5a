// Compares several ways of doing one thing: a runtime for each, rounds in which each has its turn, CPU
// per request and its ratio to the first. What is compared is in the files beside this one.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Worker, writeCapnp } from "../capnp.ts";
import { type Load, load } from "../load.ts";
import { Runtime } from "../runtime.ts";
import { startUpstream, TEMPORARY } from "../stage.ts";
import { isSteady, type Rounds, ratioOf, roundsOf } from "../stats.ts";

/** How the load is sent. */
export type How = Omit<Load, "seconds">;

/** One way. */
export interface Variant {
  name: string;
  /** Its Worker; the name is `worker`, which the load is sent to. */
  worker: (upstream: string) => Worker;
  /** The requests it is sent in turn, whole, as over the wire. */
  requests: readonly string[];
  /** Further columns of the table, such as sizes. */
  facts?: Record<string, string>;
}

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "7" }, burst: { type: "string", default: "2" } },
});
const ROUNDS = Number(values.rounds);
const BURST = Number(values.burst);
const WARM = 3;

interface Running extends Variant {
  runtime: Runtime;
  file: string;
  cpu_us: number[];
}

async function start(variant: Variant, folder: string, upstream: string): Promise<Running> {
  const own = join(folder, variant.name.replaceAll(/[^a-z0-9]+/gi, "-"));
  writeCapnp(own, [variant.worker(upstream)], { upstream });
  const file = join(own, "requests");
  writeFileSync(file, variant.requests.map((request) => `${request}\n%%\n`).join(""));
  return { ...variant, runtime: await Runtime.start(own, ["worker"]), file, cpu_us: [] };
}

async function sample(one: Running, how: How): Promise<void> {
  await one.runtime.rest();
  const before = one.runtime.cpu();
  const { requests } = await load(one.runtime.origin("worker"), one.file, { ...how, seconds: BURST });
  await one.runtime.rest();
  one.cpu_us.push(((one.runtime.cpu() - before) * 1000) / requests);
}

function quoted(rounds: Rounds): string {
  const [low, high] = [rounds.q1.toFixed(2), rounds.q3.toFixed(2)];
  return isSteady(rounds) ? `${rounds.median.toFixed(2)} (${low}–${high})` : `unsteady (${low}–${high})`;
}

function table(running: readonly Running[]): string {
  const [first] = running;
  const facts = Object.keys(first?.facts ?? {});
  const row = (cells: string[]): string => `| ${cells.join(" | ")} |`;
  const rows = running.map((one) => {
    const cpu = roundsOf(one.cpu_us);
    const ratio = ratioOf(one.cpu_us, first?.cpu_us ?? []);
    const own = facts.map((fact) => one.facts?.[fact] ?? "");
    return row([one.name, cpu.median.toFixed(1), one === first ? "1" : quoted(ratio), ...own]);
  });
  return [
    row(["way", "CPU µs", "to the first", ...facts]),
    row(["---", "---:", "---:", ...facts.map(() => "---:")]),
    ...rows,
  ].join("\n");
}

/** Measures the variants, prints a table and writes `results/decide-<name>.json`. */
export async function compare(name: string, variants: readonly Variant[], how: How): Promise<void> {
  const folder = mkdtempSync(join(TEMPORARY, "selvage-decide-"));
  const upstream = await startUpstream();
  const running: Running[] = [];
  try {
    for (const variant of variants) running.push(await start(variant, folder, upstream.address));
    for (const one of running) await load(one.runtime.origin("worker"), one.file, { ...how, seconds: WARM });
    for (let round = 0; round < ROUNDS; round++) {
      for (let i = 0; i < running.length; i++) {
        const one = running[(i + round) % running.length];
        if (one) await sample(one, how);
      }
      process.stderr.write(`${name}: round ${round + 1} of ${ROUNDS}\n`);
    }
    const results = join(import.meta.dirname, "../results");
    mkdirSync(results, { recursive: true });
    const told = running.map(({ name: way, cpu_us, facts }) => ({ way, cpu_us: roundsOf(cpu_us), facts }));
    writeFileSync(join(results, `decide-${name}.json`), `${JSON.stringify(told, null, 2)}\n`);
    process.stdout.write(`${table(running)}\n`);
  } finally {
    await Promise.all(running.map((one) => one.runtime.stop()));
    upstream.child.kill("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  }
}
