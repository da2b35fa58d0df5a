// A gigabyte in and out: how much the runtime grows meanwhile, as a part of it. The bucket of local runs is in the same
// process and counts, too.

import { readFileSync, writeFileSync } from "node:fs";
import { type Effort, type Figure, figure, middle } from "../figure.ts";
import { announced, taken } from "./bytes.ts";
import { type Stage, start } from "./workers.ts";

const LENGTH = 1_000_000_000;
const CHUNK = 1_000_000;
const TARGET = 0.3;

/** Resident memory of a process in bytes: now, or the most since `forget`. */
function resident(pid: number, line: "VmRSS" | "VmHWM"): number {
  const found = new RegExp(`^${line}:\\s+(\\d+) kB$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(found?.[1]) * 1024;
}

/** Forgets the most that there was (proc(5), `clear_refs`). */
const forget = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, "5");

/** How much the runtime grows while this work is done, as a part of the bytes. */
async function growth({ workerd }: Stage, work: () => Promise<void>): Promise<number> {
  const before = resident(workerd, "VmRSS");
  forget(workerd);
  await work();
  return (resident(workerd, "VmHWM") - before) / LENGTH;
}

function zeros(): ReadableStream<Uint8Array> {
  let left = LENGTH;
  return new ReadableStream({
    pull(out) {
      out.enqueue(new Uint8Array(CHUNK));
      left -= CHUNK;
      if (left === 0) out.close();
    },
  });
}

export async function memory(_: string, effort: Effort): Promise<Figure[]> {
  const stage = await start(1);
  const [up, down]: [number[], number[]] = [[], []];
  try {
    for (let round = 0; round < Math.min(effort.rounds, 3); round++) {
      const id = await announced(stage, LENGTH);
      const url = `${stage.ingest}/v1/files/${id}/content`;
      up.push(
        await growth(stage, async () => {
          const init = { method: "PUT", headers: stage.headers(0), body: zeros(), duplex: "half" } as const;
          const reply = await fetch(url, init);
          if (!reply.ok) throw new Error(`PUT answered ${reply.status}: ${await reply.text()}`);
        }),
      );
      const content = `${stage.files}/v1/files/${id}/content`;
      down.push(await growth(stage, () => taken(content, stage.headers(0), LENGTH)));
      await fetch(`${stage.files}/v1/files/${id}?permanent=true`, { method: "DELETE", headers: stage.headers(0) });
    }
  } finally {
    await stage.stop();
  }
  const whole = up.map(() => 1);
  return [
    figure("memory-up", "growth during a gigabyte in : the gigabyte", TARGET, up, whole, {
      "MB grown": middle(up) * 1000,
    }),
    figure("memory-down", "growth during a gigabyte out : the gigabyte", TARGET, down, whole, {
      "MB grown": middle(down) * 1000,
    }),
  ];
}
