// 100 MB in and out, beside a Worker that pipes them: at most 1.3 times its CPU. Ours finds the SHA-256 on the way in, keeps
// a record and checks who asks.

import { randomBytes } from "node:crypto";
import { type Effort, type Figure, figure, middle, rest } from "../figure.ts";
import { cpuOf } from "../runtime.ts";
import { type Stage, start } from "./workers.ts";

const LENGTH = 100_000_000;
const TARGET = 1.3;
/** Downloads of one sample: one alone is some ticks of the clock that CPU is told in. */
const DOWNLOADS = 10;

/** CPU of the runtime for this work, in ms. */
async function cost({ workerd }: Stage, work: () => Promise<void>): Promise<number> {
  await rest(workerd);
  const before = cpuOf(workerd);
  await work();
  await rest(workerd);
  return cpuOf(workerd) - before;
}

async function sent(
  url: string,
  method: string,
  headers: Record<string, string>,
  body: string | Uint8Array<ArrayBuffer>,
): Promise<Response> {
  const reply = await fetch(url, { method, headers, body });
  if (!reply.ok) throw new Error(`${method} ${url} answered ${reply.status}: ${await reply.text()}`);
  return reply;
}

/** Takes the bytes and throws them away; all of them must be there. */
export async function taken(url: string, headers: Record<string, string>, whole = LENGTH): Promise<void> {
  const reply = await fetch(url, { headers });
  let length = 0;
  for await (const chunk of reply.body ?? []) length += (chunk as Uint8Array).length;
  if (length !== whole) throw new Error(`${url} gave ${length} bytes with ${reply.status}`);
}

/** CPU of one download, in ms. */
async function down(stage: Stage, url: string, headers: Record<string, string>): Promise<number> {
  const all = await cost(stage, async () => {
    for (let i = 0; i < DOWNLOADS; i++) await taken(url, headers);
  });
  return all / DOWNLOADS;
}

/** Makes an upload of so many bytes; the id of the file to be. */
export async function announced(stage: Stage, length = LENGTH): Promise<string> {
  const wish = JSON.stringify({ filename: "bench.bin", purpose: "user_data", bytes: length });
  const headers = { ...stage.headers(0), "content-type": "application/json" };
  const reply = await sent(`${stage.ingest}/v1/uploads`, "POST", headers, wish);
  return ((await reply.json()) as { id: string }).id;
}

export async function bytes(_: string, effort: Effort): Promise<Figure[]> {
  const stage = await start(1);
  const body = randomBytes(LENGTH);
  const seen = { ourUp: [] as number[], theirUp: [] as number[], ourDown: [] as number[], theirDown: [] as number[] };
  const round = async (keep: boolean): Promise<void> => {
    const id = await announced(stage);
    const own = `${stage.ingest}/v1/files/${id}/content`;
    const theirUp = await cost(stage, async () => void (await sent(`${stage.pipe}/object`, "PUT", {}, body)));
    const ourUp = await cost(stage, async () => void (await sent(own, "PUT", stage.headers(0), body)));
    const theirDown = await down(stage, `${stage.pipe}/object`, {});
    const ourDown = await down(stage, `${stage.files}/v1/files/${id}/content`, stage.headers(0));
    await fetch(`${stage.files}/v1/files/${id}?permanent=true`, { method: "DELETE", headers: stage.headers(0) });
    if (!keep) return;
    for (const [name, value] of Object.entries({ theirUp, ourUp, theirDown, ourDown })) {
      seen[name as keyof typeof seen].push(value);
    }
  };
  try {
    await round(false);
    for (let i = 0; i < effort.rounds; i++) await round(true);
  } finally {
    await stage.stop();
  }
  const { ourUp, theirUp, ourDown, theirDown } = seen;
  return [
    figure("up", "100 MB in : a Worker that pipes them", TARGET, ourUp, theirUp, {
      ours: middle(ourUp),
      pipe: middle(theirUp),
    }),
    figure("down", "100 MB out : a Worker that pipes them", TARGET, ourDown, theirDown, {
      ours: middle(ourDown),
      pipe: middle(theirDown),
    }),
  ];
}
