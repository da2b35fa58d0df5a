// What a panic does in the build that is deployed, where a panic aborts: who gets
// 500, who survives, and what the log says. No request can make a function panic;
// the fixture Worker does it when it is asked to.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually } from "./harness.ts";
import { type PanicWorker, panicWorker } from "./panic-fixture.ts";

let worker: PanicWorker;

before(async () => {
  worker = await panicWorker();
});

after(() => worker?.[Symbol.asyncDispose]());

/** The status of a request, and how many requests its instance had begun. */
async function get(url: string): Promise<{ status: number; begun: number | undefined }> {
  const reply = await fetch(url);
  const text = await reply.text();
  const begun = reply.ok ? (JSON.parse(text) as { begun: number }).begun : undefined;
  return { status: reply.status, begun };
}

/** Begins requests that wait, and returns when all of them do. */
async function sleepers(origin: string, count: number): Promise<Promise<{ status: number }>[]> {
  const { begun: earlier = 0 } = await get(`${origin}/ok`);
  const sleeping = Array.from({ length: count }, () => get(`${origin}/sleep`));
  let asked = 0;
  await eventually(async () => {
    asked += 1;
    const { begun = 0 } = await get(`${origin}/ok`);
    return begun === earlier + count + asked ? true : undefined;
  });
  return sleeping;
}

for (const path of ["/panic", "/panic-later"]) {
  test(`${path}: the request that panics gets 500, the next one a fresh instance`, async () => {
    await get(`${worker.origin}/ok`);
    assert.equal((await get(worker.origin + path)).status, 500);
    assert.deepEqual(await get(`${worker.origin}/ok`), { status: 200, begun: 1 });
    assert.deepEqual(await get(`${worker.origin}/ok`), { status: 200, begun: 2 });
  });

  test(`${path}: every request in flight in the same isolate gets 500, too`, async () => {
    const sleeping = await sleepers(worker.origin, 3);
    await get(worker.origin + path);
    const ended = await Promise.all(sleeping);
    assert.deepEqual(
      ended.map(({ status }) => status),
      [500, 500, 500],
    );
  });

  test(`${path}: requests in flight in another Worker survive`, async () => {
    const sleeping = await sleepers(worker.neighbour, 3);
    await get(worker.origin + path);
    const ended = await Promise.all(sleeping);
    assert.deepEqual(
      ended.map(({ status }) => status),
      [200, 200, 200],
    );
  });

  test(`${path}: a request that begins after it and waits is answered`, async () => {
    await get(worker.origin + path);
    assert.equal((await get(`${worker.origin}/sleep`)).status, 200);
  });
}

test("a panic is logged once, with its words, its place and its stack", async () => {
  const earlier = worker.log.length;
  await get(`${worker.origin}/panic`);
  // The line of a later request: what the panic logs stands before it.
  await get(`${worker.origin}/ok`);
  const lines = await eventually(() => {
    const since = worker.log.slice(earlier);
    return since.some((line) => line.includes('"path":"/ok"')) ? since : undefined;
  });
  const [said = "", ...again] = lines.filter((line) => line.includes("panicked at"));
  assert.deepEqual(again, []);
  assert.match(said, /^panicked at tests\/fixtures\/panic\/src\/lib\.rs:\d+:\d+:\nasked for at once\n/);
  assert.match(said, /\n {4}at .*panics::/);
  assert.match(said, /\n {4}at .*shared::pipeline::/);
  // The request that panicked has no line of its own: this one is the later request's.
  assert.equal(lines.filter((line) => line.startsWith("{")).length, 1);
});
