// `cargo xtask bench`: measures the built Workers beside JS Workers that do equal work and beside the
// bare limit, in one run. See docs/bench.md for what is measured and how to read it.
//
//   node bench/main.ts [--case ID]… [--sets N] [--rounds N] [--burst S] [--calm S] [--warm S] [--json FILE] [--check]

import { mkdirSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { CASES, type Case, writeRequests } from "./cases.ts";
import { type Effort, measure, type Samples } from "./measure.ts";
import { assertEqualWork } from "./parity.ts";
import { reportCase, reportRun, tables } from "./report.ts";
import { Stage } from "./stage.ts";

const LATEST = join(import.meta.dirname, "results/latest.json");

const { values } = parseArgs({
  options: {
    case: { type: "string", multiple: true },
    sets: { type: "string", default: "3" },
    rounds: { type: "string", default: "3" },
    burst: { type: "string", default: "2" },
    calm: { type: "string", default: "1" },
    warm: { type: "string", default: "5" },
    json: { type: "string" },
    check: { type: "boolean", default: false },
  },
});

function positive(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} must be a whole number from 1 on`);
  return number;
}

function chosen(ids: string[] | undefined): readonly Case[] {
  for (const id of ids ?? []) {
    if (!CASES.some((one) => one.id === id)) {
      throw new Error(`no case is called ${id}; there are ${CASES.map((one) => one.id).join(", ")}`);
    }
  }
  return ids === undefined ? CASES : CASES.filter((one) => ids.includes(one.id));
}

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

async function run(stage: Stage): Promise<void> {
  const effort: Effort = {
    sets: positive("sets", values.sets),
    rounds: positive("rounds", values.rounds),
    burst: positive("burst", values.burst),
    calm: positive("calm", values.calm),
    warm: positive("warm", values.warm),
  };
  const cases = chosen(values.case);
  await assertEqualWork(stage);
  say("equal work: both sides answer, log, call and record alike");
  if (values.check) return;
  const loadBefore = loadavg();
  const measured = cases.map((one) => {
    const samples: Samples = { rust: [], js: [], floor: [], limit: [] };
    return { one, samples, requests: writeRequests(stage.folder, one, stage.issuer) };
  });
  for (let set = 1; set <= effort.sets; set++) {
    const runtimes = await stage.startAll();
    for (const { one, samples, requests } of measured) {
      await measure(one, requests, runtimes, effort, samples);
      say(`set ${set} of ${effort.sets}: ${one.id}`);
    }
    await Promise.all(Object.values(runtimes).map((runtime) => runtime.stop()));
  }
  const reports = measured.map(({ one, samples }) => reportCase(one, samples));
  const report = reportRun(reports, effort, loadBefore);
  const text = `${JSON.stringify(report, null, 2)}\n`;
  for (const file of [LATEST, ...(values.json === undefined ? [] : [values.json])]) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  process.stdout.write(`${tables(report)}\n`);
}

const stage = await Stage.open();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    void stage.close().then(() => process.exit(130));
  });
}
try {
  await run(stage);
} catch (error) {
  process.exitCode = 1;
  say(error instanceof Error ? error.message : String(error));
} finally {
  await stage.close();
}
