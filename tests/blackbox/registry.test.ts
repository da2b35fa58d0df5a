// The registry in the runtime: what administrators change is called within seconds and without a restart, is
// brought back by one call, and of two who change at once one is told.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { admin, describe, eventually, logLines, person, query, startStack } from "./harness.ts";
import { answers, call, changed, type Document, fresh, price, provider, registry } from "./registry-client.ts";

const stack = await startStack();
after(() => stack.stop());

const boss = await admin(stack);
const who = await person(stack);

interface Listed {
  readonly data: readonly Document[];
}

async function read(path: string): Promise<Document & Listed> {
  const reply = await registry(stack, boss, "GET", path);
  assert.equal(reply.status, 200, path);
  return (await reply.json()) as Document & Listed;
}

test("a provider that is added is called within seconds, with its key and at its price, and nothing restarts", async () => {
  const id = fresh("acme");
  assert.equal((await call(stack, who, `${id}-model`)).status, 404);
  const begun = Date.now();
  await changed(stack, boss, "PUT", `/providers/${id}`, provider(id, `${stack.simulator}/v1`, { key_required: true }));
  await changed(stack, boss, "PUT", `/prices/${id}/${id}-model@v1`, price(id));
  const key = "sk-key-of-the-provider-0001";
  const added = await changed(stack, boss, "POST", `/providers/${id}/keys`, { key });
  assert.deepEqual([added.ending, "key" in added], ["0001", false]);
  const reply = await answers(stack, who, `${id}-model`);
  assert.ok(Date.now() - begun < 11_000, `seen after ${Date.now() - begun} ms`);
  assert.deepEqual([reply.headers.get("x-provider"), reply.headers.get("x-model")], [id, `${id}-model`]);
  const { usage } = (await reply.json()) as { usage: { prompt_tokens: number; completion_tokens: number } };
  const cost = usage.prompt_tokens * 2 + usage.completion_tokens * 4;
  assert.equal(reply.headers.get("x-cost-nano-usd"), String(cost));
  assert.deepEqual((await describe(stack)).pids, stack.pids);
  for (const { sealed } of query(stack, "SELECT sealed FROM provider_keys")) assert.ok(!String(sealed).includes(key));
  const models = await fetch(`${stack.gateway}/v1/models/${id}-model`, { headers: who.headers });
  const shown = (await models.json()) as Document;
  assert.deepEqual([shown.owned_by, shown.capabilities], [id, ["chat"]]);
});

test("one call brings back what was, within seconds", async () => {
  const alias = fresh("quick");
  const put = (model: string) => changed(stack, boss, "PUT", `/aliases/${alias}`, { id: alias, model });
  const first = await put("simulated-chat");
  await put("simulated-reasoning");
  const calls = (model: string) =>
    eventually(async () => {
      const reply = await call(stack, who, alias);
      const called = reply.headers.get("x-model");
      return called === model ? called : undefined;
    }, 12_000);
  await calls("simulated-reasoning");
  const back = await changed(stack, boss, "POST", `/revisions/${first.revision}/restore`);
  assert.equal(back.restored, first.revision);
  await calls("simulated-chat");
  const { data } = await read("/revisions?limit=1");
  assert.deepEqual([data[0]?.revision, data[0]?.actor_id], [back.revision, boss.id]);
});

test("of two administrators who saw the same one changes it and one is told", async () => {
  const other = await admin(stack);
  const whole = await registry(stack, boss, "GET", "/registry");
  const tag = whole.headers.get("etag") ?? "";
  await whole.text();
  const [mine, theirs] = [fresh("mine"), fresh("theirs")];
  const put = (by: typeof boss, id: string) =>
    registry(stack, by, "PUT", `/aliases/${id}`, { id, model: "simulated-chat" }, { "if-match": tag });
  const replies = await Promise.all([put(boss, mine), put(other, theirs)]);
  assert.deepEqual(replies.map((reply) => reply.status).sort(), [200, 412]);
  const told = replies.find((reply) => reply.status === 412);
  assert.equal(((await told?.json()) as Document | undefined)?.code, "revision_changed");
});

test("many changes at once that saw nothing all take place, one after the other", async () => {
  const ids = Array.from({ length: 5 }, () => fresh("many"));
  const before = Number((await read("/revisions?limit=1")).data[0]?.revision ?? 0);
  await Promise.all(ids.map((id) => changed(stack, boss, "PUT", `/aliases/${id}`, { id, model: "simulated-chat" })));
  assert.equal(Number((await read("/revisions?limit=1")).data[0]?.revision), before + ids.length);
  for (const id of ids) await read(`/aliases/${id}`);
});

test("a key that is replaced leaves no gap, and one that is removed is used no more", async () => {
  const id = fresh("keyed");
  await changed(stack, boss, "PUT", `/providers/${id}`, provider(id, `${stack.simulator}/v1`, { key_required: true }));
  const old = await changed(stack, boss, "POST", `/providers/${id}/keys`, { key: "sk-the-old-one" });
  await answers(stack, who, `${id}-model`);
  const next = await changed(stack, boss, "POST", `/providers/${id}/keys`, { key: "sk-the-next-one" });
  await changed(stack, boss, "PATCH", `/providers/${id}/keys/${old.id}`, { enabled: false });
  const statuses = new Set<number>();
  for (let i = 0; i < 20; i++) statuses.add((await call(stack, who, `${id}-model`)).status);
  assert.deepEqual([...statuses], [200]);
  await changed(stack, boss, "DELETE", `/providers/${id}/keys/${next.id}`);
  await answers(stack, who, `${id}-model`, 404);
});

test("a model without a price is noted once a day and never free", async () => {
  const id = fresh("free");
  await changed(stack, boss, "PUT", `/providers/${id}`, provider(id, `${stack.simulator}/v1`));
  const reply = await answers(stack, who, `${id}-model`);
  assert.equal(reply.headers.get("x-cost-nano-usd"), null);
  await call(stack, who, `${id}-model`);
  const noted = await eventually(async () => {
    const { data } = await read("/unpriced");
    return data.find((one) => one.provider === id && Number(one.calls) >= 2);
  });
  assert.equal(noted.model, `${id}-model`);
  const told = (line: { action: string; metadata: Document }): boolean =>
    line.action === "ledger::unpriced" && String(line.metadata.cause).includes(id);
  assert.equal(logLines(stack, told).length, 1);
});
