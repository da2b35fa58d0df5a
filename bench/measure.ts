// One case, measured: rounds in which every subject has its turn, so that whatever else the machine
// does hits all alike. What comes out of it is in `report`.

import type { Case } from "./cases.ts";
import { SUBJECTS, type Subject } from "./config.ts";
import { load } from "./load.ts";
import type { Runtime } from "./runtime.ts";

/** How long everything takes. */
export interface Effort {
  /** How often fresh processes are started: some are luckier than others for all of their life. */
  sets: number;
  /** Rounds with each set of processes. */
  rounds: number;
  /** Seconds of the burst that CPU is counted in. */
  burst: number;
  /** Seconds of the burst with one caller at a time, for latency. */
  calm: number;
  /** Seconds before the first round of a set, for the compilers inside the runtime. */
  warm: number;
}

/** What one subject did in one round. */
export interface Sample {
  /** CPU of the runtime process for one request, in µs. */
  cpu_us: number;
  /** Requests of the burst. */
  requests: number;
  /** Of one caller who waits for each answer. */
  p50_ms: number;
  p99_ms: number;
  /** Until the first event of a stream. */
  first_p50_ms?: number;
}

export type Samples = Record<Subject, Sample[]>;

async function sample(runtime: Runtime, one: Case, requests: string, effort: Effort): Promise<Sample> {
  const origin = runtime.origin(one.socket);
  const finish = one.stream;
  await runtime.rest();
  const before = runtime.cpu();
  const { connections } = one;
  const burst = await load(origin, requests, { connections, seconds: effort.burst, finish });
  await runtime.rest();
  const cpu_us = ((runtime.cpu() - before) * 1000) / burst.requests;
  const calm = await load(origin, requests, { connections: 1, seconds: effort.calm, finish });
  const { p50_ms, p99_ms, first_p50_ms } = calm;
  const first = first_p50_ms === undefined ? {} : { first_p50_ms };
  return { cpu_us, requests: burst.requests, p50_ms, p99_ms, ...first };
}

/** Warms one set of processes up and measures a case with it; adds to `samples`. */
export async function measure(
  one: Case,
  requests: string,
  runtimes: Record<Subject, Runtime>,
  effort: Effort,
  samples: Samples,
): Promise<void> {
  const { connections, stream: finish } = one;
  for (const subject of SUBJECTS) {
    const origin = runtimes[subject].origin(one.socket);
    await load(origin, requests, { connections, seconds: effort.warm, finish });
  }
  for (let round = 0; round < effort.rounds; round++) {
    // Who is first changes, so that nobody is always measured after the same neighbour.
    for (let turn = 0; turn < SUBJECTS.length; turn++) {
      const subject = SUBJECTS[(turn + round) % SUBJECTS.length] ?? "rust";
      samples[subject].push(await sample(runtimes[subject], one, requests, effort));
    }
  }
}
