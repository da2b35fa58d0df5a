// Load from a second process: `wrk` where there is one, else a loader in Node. What is sent is
// in `cases`.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

/** What one burst of load saw. */
export interface Burst {
  requests: number;
  duration_ms: number;
  p50_ms: number;
  p99_ms: number;
  /** Until the first event, of streams. */
  first_p50_ms?: number;
  /** Answers with a status of 400 or more. */
  refused: number;
  /** Connections that failed, broke or timed out. */
  broken: number;
}

const WRK = ["/usr/bin/wrk", "/usr/local/bin/wrk"].find((path) => existsSync(path));

const LUA = join(import.meta.dirname, "wrk.lua");
const LOADER = join(import.meta.dirname, "loader.ts");

/** What sends the load, for the report. */
export const LOADERS = WRK === undefined ? "load by Node (no wrk on this machine)" : "load by wrk, of streams by Node";

const run = promisify(execFile);

/** How requests are sent. */
export interface Load {
  connections: number;
  seconds: number;
  /** Every request that was begun is finished: `wrk` cuts off what is under way at the end, which counts
   * for long streams. */
  finish?: boolean;
}

/** Sends the requests of a file in turn, each connection without a pause. */
export async function load(
  origin: string,
  requests: string,
  { connections, seconds, finish = false }: Load,
): Promise<Burst> {
  const wrk = [`-t1`, `-c${connections}`, `-d${seconds}s`, "--timeout", "10s", "-s", LUA, origin];
  const own = [LOADER, origin, requests, `${connections}`, `${seconds}`];
  const { stdout } = await (WRK === undefined || finish
    ? run(process.execPath, own)
    : run(WRK, [...wrk, "--", requests]));
  const burst = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Burst;
  const { refused, broken } = burst;
  if (refused + broken > 0) {
    throw new Error(`${origin}: ${refused} refused and ${broken} broken of ${burst.requests} requests`);
  }
  return burst;
}
