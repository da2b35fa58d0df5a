// Staying upright: keys that give way to each other, breakers, a second one asked early, a shadow, and what is said when
// nobody answers. Which try follows which failure is decided in functions/ai/src/route and tested there.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { awaited, journal } from "./ai-journal.ts";
import { admin, eventually, person, startStack } from "./harness.ts";
import { answers, call, changed, type Document, fresh, provider } from "./registry-client.ts";

const stack = await startStack({ vars: { AI_BREAKER_FAILURES: "3" } });
after(() => stack.stop());

const boss = await admin(stack);
const who = await person(stack);

const CHAT = { provider: "simulator", model: "simulated-chat" };
const THINKING = { provider: "simulator", model: "simulated-reasoning" };

async function route(targets: readonly Document[], more: Document = {}): Promise<string> {
  const id = fresh("route");
  await changed(stack, boss, "PUT", `/routes/${id}`, { id, variants: [{ name: "a", weight: 1, targets }], ...more });
  await answers(stack, who, id);
  return id;
}

test("a key that is refused gives way to the next one of the pool", async () => {
  const id = fresh("pool");
  await changed(stack, boss, "PUT", `/providers/${id}`, provider(id, `${stack.simulator}/v1`, { key_required: true }));
  for (const key of ["sk-of-the-test-aaaa", "sk-of-the-test-bbbb"]) {
    await changed(stack, boss, "POST", `/providers/${id}/keys`, { key });
  }
  const name = `${id}-model`;
  await answers(stack, who, name);
  const usual = fresh("usual");
  assert.equal((await call(stack, who, name, usual)).status, 200);
  const [refused] = (await journal(stack, usual)).map((one) => one.key ?? "");
  assert.ok(refused, "the person begins with one of the keys");
  // Only this one: a key that was refused is left alone for half a minute, and could not stand in for the other.
  const mark = await eventually(async () => {
    const word = fresh("refused");
    const reply = await call(stack, who, name, `${word} [sim:status=401,key=${refused.slice(-4)}]`);
    // Both are known within ten seconds.
    assert.equal(reply.status, 200, await reply.text());
    return word;
  }, 12_000);
  const keys = (await journal(stack, mark)).map((one) => one.key ?? "");
  assert.notEqual(keys.at(-1), refused, keys.join());
});

test("a provider that cannot be reached is left alone after three failures, and others answer at once", async () => {
  const id = fresh("away");
  // Nobody listens at port 9.
  await changed(stack, boss, "PUT", `/providers/${id}`, provider(id, "http://127.0.0.1:9/v1"));
  const name = `${id}-model`;
  const resting = await eventually(async () => {
    const reply = await call(stack, who, name);
    const body = (await reply.json()) as { error: { code: string } };
    assert.equal(body.error.code, "upstream_resting");
    return reply;
  }, 15_000);
  assert.equal(resting.status, 503);
  assert.ok(Number(resting.headers.get("retry-after")) >= 1);
  const spare = await route([{ provider: id, model: name }, CHAT]);
  assert.equal((await call(stack, who, spare)).headers.get("x-model"), CHAT.model);
});

test("a second one is asked early when the first is slow, and its answer is the answer", async () => {
  const name = await route([CHAT, THINKING], { hedge_ms: 100 });
  const mark = fresh("slow");
  const reply = await call(stack, who, name, `${mark} [sim:stall=headers,model=${CHAT.model}]`);
  assert.equal(reply.status, 200, await reply.text());
  assert.equal(reply.headers.get("x-model"), THINKING.model);
  assert.equal((await journal(stack, mark)).length, 2);
});

test("a shadow is asked the same, and the client gets the other's answer", async () => {
  const name = await route([CHAT], { shadow: { ...THINKING, percent: 100 } });
  const mark = fresh("shadow");
  const reply = await call(stack, who, name, mark);
  assert.equal(reply.headers.get("x-model"), CHAT.model);
  const seen = await awaited(stack, mark, "finished", 2);
  const models = seen.map((one) => (one.body as { model: string }).model);
  assert.deepEqual(models.sort(), [CHAT.model, THINKING.model].sort());
});

test("when nobody answers the client is told what the route says, marked, in its dialect", async () => {
  const text = "We cannot answer right now.";
  const id = fresh("down");
  await changed(stack, boss, "PUT", `/providers/${id}`, provider(id, `${stack.simulator}/v1`));
  const name = await route([{ provider: id, model: `${id}-model` }], { degraded: { text } });
  const refused = await call(stack, who, name, "[sim:status=400,code=context_length_exceeded]");
  assert.equal(refused.status, 400, "what is the client's own fault is told as it is");
  const content = `${id} [sim:status=500]`;
  const plain = await call(stack, who, name, content);
  assert.deepEqual([plain.status, plain.headers.get("x-degraded")], [200, "true"]);
  const said = (await plain.json()) as { choices: [{ message: { content: string } }] };
  assert.equal(said.choices[0].message.content, text);
  const ask = (path: string, body: Document): Promise<Response> =>
    fetch(`${stack.gateway}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...who.headers },
      body: JSON.stringify({ model: name, messages: [{ role: "user", content }], ...body }),
    });
  const stream = await (await ask("/v1/chat/completions", { stream: true })).text();
  assert.match(stream, /We cannot answer right now\.[\s\S]*\[DONE\]/);
  const message = (await (await ask("/v1/messages", { max_tokens: 10 })).json()) as { content: [{ text: string }] };
  assert.equal(message.content[0].text, text);
});
