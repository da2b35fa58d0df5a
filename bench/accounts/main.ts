// `cargo xtask bench accounts`: the figures of signing in and of knowing who calls, each a ratio of two things measured
// in one run. See docs/bench.md.
//
//   node bench/accounts/main.ts [--figure ID]… [--rounds N] [--burst S] [--warm S] [--json FILE]

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { TEMPORARY } from "../stage.ts";
import { isSteady } from "../stats.ts";
import type { Effort, Figure } from "./figure.ts";
import { session } from "./session.ts";
import { signIn } from "./sign-in.ts";
import { warm } from "./warm.ts";

/** What measures which figures. */
const FIGURES: Readonly<Record<string, (folder: string, effort: Effort) => Promise<Figure[]>>> = {
  warm,
  "sign-in": signIn,
  session,
};

const { values } = parseArgs({
  options: {
    figure: { type: "string", multiple: true },
    rounds: { type: "string", default: "7" },
    burst: { type: "string", default: "3" },
    warm: { type: "string", default: "3" },
    json: { type: "string" },
  },
});

function row({ title, ratio, target, within, sides }: Figure): string {
  const quoted = isSteady(ratio)
    ? `${ratio.median.toFixed(3)} (${ratio.q1.toFixed(3)}–${ratio.q3.toFixed(3)})`
    : `unsteady (${ratio.q1.toFixed(2)}–${ratio.q3.toFixed(2)})`;
  const measured = Object.entries(sides).map(([name, value]) => `${name} ${value.toFixed(value < 100 ? 2 : 0)}`);
  const verdict = within === null ? "?" : within ? "yes" : "no";
  return `| ${[title, quoted, `≤ ${target.toFixed(3)}`, verdict, measured.join(", ")].join(" | ")} |`;
}

const effort: Effort = { rounds: Number(values.rounds), burst: Number(values.burst), warm: Number(values.warm) };
const before = loadavg();
const found: Figure[] = [];
for (const name of values.figure ?? Object.keys(FIGURES)) {
  const measure = FIGURES[name];
  if (measure === undefined)
    throw new Error(`no figure is called ${name}; there are ${Object.keys(FIGURES).join(", ")}`);
  const folder = mkdtempSync(join(TEMPORARY, "selvage-bench-"));
  try {
    found.push(...(await measure(folder, effort)));
    process.stderr.write(`measured: ${name}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
const file = values.json ?? join(import.meta.dirname, "../results/accounts.json");
mkdirSync(dirname(file), { recursive: true });
writeFileSync(
  file,
  `${JSON.stringify({ at: new Date().toISOString(), effort, load_before: before, figures: found }, null, 2)}\n`,
);
const head = [
  "| figure | ratio (quartiles) | target | within | CPU µs a request, or ms |",
  "| --- | --- | --- | --- | --- |",
];
const load = `load before ${before.map((n) => n.toFixed(1)).join(" ")}`;
process.stdout.write(`${[...head, ...found.map(row), "", load].join("\n")}\n`);
process.exit(0);
