// Routes in the runtime: shares come to their weights, callers stay where a route keeps them, and who fails is
// followed by the next. Not here: what a route may hold.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { admin, eventually, person, startStack } from "./harness.ts";
import { answers, call, changed, type Document, fresh, provider } from "./registry-client.ts";

const stack = await startStack();
after(() => stack.stop());

const boss = await admin(stack);
const who = await person(stack);

const CHAT = { provider: "simulator", model: "simulated-chat" };
const THINKING = { provider: "simulator", model: "simulated-reasoning" };

/** Puts a route and waits until it is called. */
async function route(variants: readonly Document[], more: Document = {}): Promise<string> {
  const id = fresh("route");
  await changed(stack, boss, "PUT", `/routes/${id}`, { id, variants, ...more });
  await answers(stack, who, id);
  return id;
}

/** The models of so many calls by this name. */
async function models(count: number, name: string, headers: (i: number) => Record<string, string> = () => ({})) {
  const seen: string[] = [];
  const one = async (i: number): Promise<void> => {
    const reply = await call(stack, who, name, "hello", headers(i));
    assert.equal(reply.status, 200, await reply.text());
    seen.push(reply.headers.get("x-model") ?? "");
  };
  for (let i = 0; i < count; i += 10) await Promise.all(Array.from({ length: 10 }, (_, j) => one(i + j)));
  return seen;
}

test("shares come to the weights", async () => {
  const id = await route([
    { name: "usual", weight: 75, targets: [CHAT] },
    { name: "new", weight: 25, targets: [THINKING] },
  ]);
  const thinking = (await models(200, id)).filter((model) => model === THINKING.model).length;
  // Five standard deviations around fifty.
  assert.ok(thinking > 19 && thinking < 81, `${thinking} of 200`);
});

test("a caller stays with a variant, by person or by a header", async () => {
  const variants = [
    { name: "a", weight: 50, targets: [CHAT] },
    { name: "b", weight: 50, targets: [THINKING] },
  ];
  const byUser = await route(variants, { sticky: "user" });
  assert.equal(new Set(await models(20, byUser)).size, 1);
  const byHeader = await route(variants, { sticky: "header:x-session" });
  const session = fresh("session");
  assert.equal(new Set(await models(20, byHeader, () => ({ "x-session": session }))).size, 1);
  assert.equal(new Set(await models(40, byHeader, (i) => ({ "x-session": `${session}-${i}` }))).size, 2);
});

test("who cannot be reached is followed by the next, in their order", async () => {
  const id = fresh("away");
  // Nobody listens at port 9.
  await changed(stack, boss, "PUT", `/providers/${id}`, provider(id, "http://127.0.0.1:9/v1"));
  const away = { provider: id, model: `${id}-model` };
  const name = await route([{ name: "a", weight: 1, targets: [away, THINKING, CHAT] }]);
  const reply = await call(stack, who, name);
  assert.equal(reply.status, 200);
  assert.equal(reply.headers.get("x-model"), THINKING.model);
});

test("one route may be the fallback of others", async () => {
  const spare = await route([{ name: "a", weight: 1, targets: [CHAT] }]);
  const id = fresh("away");
  await changed(stack, boss, "PUT", `/providers/${id}`, provider(id, "http://127.0.0.1:9/v1"));
  const away = { provider: id, model: `${id}-model` };
  const name = await route([{ name: "a", weight: 1, targets: [away, { route: spare }] }]);
  assert.equal((await call(stack, who, name)).headers.get("x-model"), CHAT.model);
});

test("chat-default may be a route, and is the deployment's own again when that is removed", async () => {
  const variants = [{ name: "a", weight: 1, targets: [THINKING] }];
  await changed(stack, boss, "PUT", "/routes/chat-default", { id: "chat-default", variants });
  const means = async (model: string): Promise<void> => {
    // Somebody new: asking again and again for seconds, twice, is more than one person may in a minute.
    const asker = await person(stack);
    await eventually(async () => {
      const reply = await call(stack, asker, "chat-default");
      assert.equal(reply.headers.get("x-model"), model, await reply.text());
      return true;
    }, 12_000);
  };
  await means(THINKING.model);
  await changed(stack, boss, "DELETE", "/routes/chat-default");
  await means(CHAT.model);
});
