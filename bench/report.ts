// What a run says: a table for people, and JSON with every round. Nothing is measured here.

import { execFileSync } from "node:child_process";
import { cpus, loadavg } from "node:os";
import type { Case } from "./cases.ts";
import { SUBJECTS, type Subject } from "./config.ts";
import { LOADERS } from "./load.ts";
import type { Effort, Samples } from "./measure.ts";
import { workerdPath } from "./runtime.ts";
import { isSteady, quantile, type Rounds, ratioOf, roundsOf } from "./stats.ts";

/** The first event of a stream may be this much later than where nothing is done, in ms at p50. */
const FIRST_TARGET_MS = 2;
/** CPU of a function may be this many times that of the JS Worker that does equal work. */
export const TARGET = 1.2;

interface Ratio extends Rounds {
  /** The rounds agree well enough to quote the median. */
  steady: boolean;
}

/** One case of the report. */
export interface CaseReport {
  id: string;
  title: string;
  cpu_us: Record<Subject, Rounds>;
  latency_ms: Record<Subject, { p50: number; p99: number }>;
  /** Until the first event of a stream, p50. */
  first_ms?: Record<Subject, number>;
  requests: Record<Subject, number>;
  ratio_to_js: Ratio;
  /** To a durable admission with nothing around it; of cases with an upstream alone. */
  ratio_to_floor?: Ratio;
  ratio_to_limit: Ratio;
  /** Whether the ratio to the JS Worker is within the target; null when the rounds disagree. */
  within_target: boolean | null;
}

export interface Report {
  /** When it ended, RFC 3339. */
  at: string;
  machine: { cpus: number; model: string; load_before: number[]; load_after: number[] };
  tools: { workerd: string; node: string; loader: string };
  effort: Effort;
  target: number;
  cases: CaseReport[];
}

function bySubject<T>(make: (subject: Subject) => T): Record<Subject, T> {
  return Object.fromEntries(SUBJECTS.map((subject) => [subject, make(subject)])) as Record<Subject, T>;
}

const median = (values: number[]): number => quantile(values, 0.5);

export function reportCase({ id, title, socket, stream }: Case, samples: Samples): CaseReport {
  const cpu = (subject: Subject): number[] => samples[subject].map((sample) => sample.cpu_us);
  const ratio = (under: Subject): Ratio => {
    const rounds = ratioOf(cpu("rust"), cpu(under));
    return { ...rounds, steady: isSteady(rounds) };
  };
  const toJs = ratio("js");
  return {
    id,
    title,
    cpu_us: bySubject((subject) => roundsOf(cpu(subject))),
    latency_ms: bySubject((subject) => ({
      p50: median(samples[subject].map((sample) => sample.p50_ms)),
      p99: median(samples[subject].map((sample) => sample.p99_ms)),
    })),
    ...(stream
      ? { first_ms: bySubject((subject) => median(samples[subject].map((one) => one.first_p50_ms ?? 0))) }
      : {}),
    requests: bySubject((subject) => samples[subject].reduce((sum, sample) => sum + sample.requests, 0)),
    ratio_to_js: toJs,
    ...(socket === "ai" ? { ratio_to_floor: ratio("floor") } : {}),
    ratio_to_limit: ratio("limit"),
    within_target: toJs.steady ? toJs.median <= TARGET : null,
  };
}

export function reportRun(cases: CaseReport[], effort: Effort, loadBefore: number[]): Report {
  const [first] = cpus();
  const workerd = execFileSync(workerdPath(), ["--version"], { encoding: "utf8" }).trim();
  return {
    at: new Date().toISOString(),
    machine: { cpus: cpus().length, model: first?.model ?? "unknown", load_before: loadBefore, load_after: loadavg() },
    tools: { workerd, node: process.version, loader: LOADERS },
    effort,
    target: TARGET,
    cases,
  };
}

const percent = (part: number): string => `±${Math.round(part * 50)} %`;
const micros = ({ median, spread }: Rounds): string => `${median.toFixed(median < 100 ? 1 : 0)} ${percent(spread)}`;
const quoted = (ratio: Ratio): string =>
  ratio.steady
    ? `${ratio.median.toFixed(2)} (${ratio.q1.toFixed(2)}–${ratio.q3.toFixed(2)})`
    : `unsteady (${ratio.q1.toFixed(1)}–${ratio.q3.toFixed(1)})`;
const verdict = (within: boolean | null): string => (within === null ? "?" : within ? "yes" : "no");
const times = ({ p50, p99 }: { p50: number; p99: number }): string => `${p50.toFixed(2)} / ${p99.toFixed(2)}`;

/** The tables, in Markdown. */
export function tables(report: Report): string {
  const row = (cells: string[]): string => `| ${cells.join(" | ")} |`;
  const rule = (count: number): string => row(["---", ...Array<string>(count - 1).fill("---:")]);
  const cpu = report.cases.map((one) => {
    const { rust, js, floor, limit } = one.cpu_us;
    return row([
      one.title,
      micros(rust),
      micros(js),
      one.ratio_to_floor === undefined ? "–" : micros(floor),
      micros(limit),
      quoted(one.ratio_to_js),
      one.ratio_to_floor === undefined ? "–" : quoted(one.ratio_to_floor),
      quoted(one.ratio_to_limit),
      verdict(one.within_target),
    ]);
  });
  const latency = report.cases.map((one) => {
    const { rust, js, floor, limit } = one.latency_ms;
    const admitted = one.ratio_to_floor === undefined ? "–" : times(floor);
    return row([one.title, times(rust), times(js), admitted, times(limit), (rust.p50 / limit.p50).toFixed(2)]);
  });
  const first = report.cases.flatMap((one) => {
    if (one.first_ms === undefined) return [];
    const { rust, js, floor, limit } = one.first_ms;
    const cells = [rust, js, floor, limit, rust - limit].map((ms) => ms.toFixed(2));
    return [
      "",
      `First event of ${one.title}, ms, p50: Rust ${cells[0]}, equal JS ${cells[1]}, bare admission ${cells[2]}, bare limit ${cells[3]}; added by Rust ${cells[4]} (at most ${FIRST_TARGET_MS}: ${verdict(rust - limit <= FIRST_TARGET_MS)})`,
    ];
  });
  return [
    `CPU of the runtime process for one request, µs: median of ${report.effort.sets * report.effort.rounds} rounds, ± half the distance of the quartiles`,
    "",
    row([
      "case",
      "Rust",
      "equal JS",
      "bare admission",
      "bare limit",
      "Rust : JS",
      "Rust : admission",
      "Rust : limit",
      `≤ ${report.target}`,
    ]),
    rule(9),
    ...cpu,
    "",
    "Latency of one caller who waits for each answer, ms: p50 / p99",
    "",
    row(["case", "Rust", "equal JS", "bare admission", "bare limit", "Rust : limit, p50"]),
    rule(6),
    ...latency,
    ...first,
    "",
    `${report.tools.workerd}, ${report.tools.loader}, ${report.machine.cpus} × ${report.machine.model}, load before ${report.machine.load_before.map((n) => n.toFixed(1)).join(" ")}`,
  ].join("\n");
}
