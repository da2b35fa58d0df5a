// A program that measures figures in turn and tells them as a table: its arguments, its report, its file of results.
// What is measured is its caller's.
//
//   [--figure ID]… [--rounds N] [--burst S] [--warm S] [--json FILE]

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import type { Effort, Figure } from "./figure.ts";
import { TEMPORARY } from "./stage.ts";
import { isSteady } from "./stats.ts";

/** What measures which figures. */
export type Measures = Readonly<Record<string, (folder: string, effort: Effort) => Promise<Figure[]>>>;

function row({ title, ratio, target, within, sides }: Figure): string {
  const quoted = isSteady(ratio)
    ? `${ratio.median.toFixed(3)} (${ratio.q1.toFixed(3)}–${ratio.q3.toFixed(3)})`
    : `unsteady (${ratio.q1.toFixed(2)}–${ratio.q3.toFixed(2)})`;
  const measured = Object.entries(sides).map(([name, value]) => `${name} ${value.toFixed(value < 100 ? 2 : 0)}`);
  const verdict = within === null ? "?" : within ? "yes" : "no";
  return `| ${[title, quoted, `≤ ${target.toFixed(3)}`, verdict, measured.join(", ")].join(" | ")} |`;
}

/** Measures what the arguments ask for, everything unless they do, and writes it under this name. Ends the process. */
export async function tell(name: string, measures: Measures): Promise<never> {
  const { values } = parseArgs({
    options: {
      figure: { type: "string", multiple: true },
      rounds: { type: "string", default: "7" },
      burst: { type: "string", default: "3" },
      warm: { type: "string", default: "3" },
      json: { type: "string" },
    },
  });
  const effort: Effort = { rounds: Number(values.rounds), burst: Number(values.burst), warm: Number(values.warm) };
  const before = loadavg();
  const found: Figure[] = [];
  for (const wanted of values.figure ?? Object.keys(measures)) {
    const measure = measures[wanted];
    if (measure === undefined) {
      throw new Error(`no figure is called ${wanted}; there are ${Object.keys(measures).join(", ")}`);
    }
    const folder = mkdtempSync(join(TEMPORARY, "selvage-bench-"));
    try {
      found.push(...(await measure(folder, effort)));
      process.stderr.write(`measured: ${wanted}\n`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const file = values.json ?? join(import.meta.dirname, `results/${name}.json`);
  mkdirSync(dirname(file), { recursive: true });
  const results = { at: new Date().toISOString(), effort, load_before: before, figures: found };
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  const head = [
    "| figure | ratio (quartiles) | target | within | CPU µs a request, or ms |",
    "| --- | --- | --- | --- | --- |",
  ];
  const load = `load before ${before.map((n) => n.toFixed(1)).join(" ")}`;
  process.stdout.write(`${[...head, ...found.map(row), "", load].join("\n")}\n`);
  process.exit(0);
}
