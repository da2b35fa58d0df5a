// What a figure is, and rounds in which each side of it has its turn. Which figures there are is in the files beside
// this one.

import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { load } from "./load.ts";
import { cpuOf } from "./runtime.ts";
import { isSteady, type Rounds, ratioOf } from "./stats.ts";

/** How long everything takes. */
export interface Effort {
  readonly rounds: number;
  /** Seconds of a burst. */
  readonly burst: number;
  /** Seconds before the first round. */
  readonly warm: number;
}

/** A ratio with its bound. */
export interface Figure {
  readonly id: string;
  readonly title: string;
  /** Median and quartiles over the rounds. */
  readonly ratio: Rounds;
  readonly target: number;
  /** Null where the rounds disagree about it. */
  readonly within: boolean | null;
  /** What was measured, for people: CPU in µs a request, or ms. */
  readonly sides: Readonly<Record<string, number>>;
}

/** Quartiles on both sides of the target, far apart, say nothing; on one side they do, however far. */
function verdict(ratio: Rounds, target: number): boolean | null {
  if (isSteady(ratio)) return ratio.median <= target;
  if (ratio.values.length < 3 || (ratio.q1 <= target && ratio.q3 > target)) return null;
  return ratio.q3 <= target;
}

export function figure(
  id: string,
  title: string,
  target: number,
  over: readonly number[],
  under: readonly number[],
  sides: Readonly<Record<string, number>>,
): Figure {
  const ratio = ratioOf(over, under);
  return { id, title, target, ratio, within: verdict(ratio, target), sides };
}

/** Somebody who is asked, in a process whose CPU is counted. */
export interface Side {
  readonly name: string;
  readonly pid: number;
  readonly origin: string;
  /** A file of whole requests, as `load` wants them. */
  readonly requests: string;
  readonly connections: number;
}

/** A request as it goes over the wire. */
export function request(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: unknown,
): string {
  const text = body === undefined ? "" : JSON.stringify(body);
  const all = {
    Host: "bench.local",
    "User-Agent": "bench/1.0",
    "CF-Connecting-IP": "203.0.113.7",
    ...headers,
    ...(body === undefined
      ? {}
      : { "Content-Type": "application/json", "Content-Length": `${Buffer.byteLength(text)}` }),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return `${[`${method} ${path} HTTP/1.1`, ...lines].join("\r\n")}\r\n\r\n${text}`;
}

/** Writes requests to a file, to be sent in turn. */
export function write(file: string, requests: readonly string[]): string {
  writeFileSync(file, requests.map((one) => `${one}\n%%\n`).join(""));
  return file;
}

/** Waits until a process rests: work that outlives its reply belongs to the request that began it. */
export async function rest(pid: number): Promise<void> {
  for (let before = cpuOf(pid); ; ) {
    await sleep(100);
    const now = cpuOf(pid);
    if (now - before <= 10) return;
    before = now;
  }
}

/** CPU of one burst, in µs a request, of each of these processes. */
export async function burst(side: Side, seconds: number, pids: readonly number[] = [side.pid]): Promise<number[]> {
  for (const pid of pids) await rest(pid);
  const before = pids.map(cpuOf);
  const { requests } = await load(side.origin, side.requests, { connections: side.connections, seconds });
  for (const pid of pids) await rest(pid);
  return pids.map((pid, i) => ((cpuOf(pid) - (before[i] ?? 0)) * 1000) / requests);
}

/** CPU of each side, in µs a request, round by round: whatever else the machine does hits all alike. */
export async function inTurn(sides: readonly Side[], effort: Effort): Promise<number[][]> {
  const seen: number[][] = sides.map(() => []);
  for (const { origin, requests, connections } of sides) {
    await load(origin, requests, { connections, seconds: effort.warm });
  }
  for (let round = 0; round < effort.rounds; round++) {
    for (let turn = 0; turn < sides.length; turn++) {
      const at = (turn + round) % sides.length;
      const side = sides[at];
      if (side === undefined) continue;
      const [cpu = Number.NaN] = await burst(side, effort.burst);
      seen[at]?.push(cpu);
    }
  }
  return seen;
}

/** The middle of the rounds. */
export const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
