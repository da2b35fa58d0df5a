// One case, measured: rounds in which every subject has its turn, so that whatever else the machine
// does hits all alike. What comes out of it is in `report`.

import type { Case } from "./cases.ts";
import { SUBJECTS, type Subject } from "./config.ts";
import { load } from "./load.ts";
import type { Runtime } from "./runtime.ts";

/** How long everything takes. */
export interface Effort {
  rounds: number;
  /** Seconds of the burst that CPU is counted in. */
  burst: number;
  /** Seconds of the burst with one caller at a time, for latency. */
  calm: number;
  /** Seconds before the first round, for the compilers inside the runtime. */
  warm: number;
}

/** What one subject did in one round. */
export interface Sample {
  /** CPU of the runtime process for one request, in µs. */
  cpu_us: number;
  /** Requests of the burst. */
  requests: number;
  requests_per_s: number;
  /** Of one caller who waits for each answer. */
  p50_ms: number;
  p99_ms: number;
}

export type Samples = Record<Subject, Sample[]>;

async function sample(runtime: Runtime, one: Case, requests: string, effort: Effort): Promise<Sample> {
  const origin = runtime.origin(one.socket);
  await runtime.rest();
  const before = runtime.cpu();
  const burst = await load(origin, requests, {
    connections: one.connections,
    seconds: effort.burst,
    finish: one.stream,
  });
  await runtime.rest();
  const cpu_us = ((runtime.cpu() - before) * 1000) / burst.requests;
  const calm = await load(origin, requests, { connections: 1, seconds: effort.calm, finish: one.stream });
  return {
    cpu_us,
    requests: burst.requests,
    requests_per_s: (burst.requests * 1000) / burst.duration_ms,
    p50_ms: calm.p50_ms,
    p99_ms: calm.p99_ms,
  };
}

/** Measures one case; `said` is told after each round. */
export async function measure(
  one: Case,
  requests: string,
  runtimes: Record<Subject, Runtime>,
  effort: Effort,
  said: (round: number) => void,
): Promise<Samples> {
  for (const subject of SUBJECTS) {
    const { connections, stream: finish } = one;
    await load(runtimes[subject].origin(one.socket), requests, { connections, seconds: effort.warm, finish });
  }
  const samples: Samples = { rust: [], js: [], limit: [] };
  for (let round = 0; round < effort.rounds; round++) {
    // Who is first changes, so that nobody is always measured after the same neighbour.
    const turns = SUBJECTS.map((_, i) => SUBJECTS[(i + round) % SUBJECTS.length] ?? "rust");
    for (const subject of turns) {
      samples[subject].push(await sample(runtimes[subject], one, requests, effort));
    }
    said(round + 1);
  }
  return samples;
}
