// Ways out that are no chats: models bound to the Worker, Replicate's predictions, a provider that speaks nothing but
// responses; and which of a client's headers go with a call. Not here: what each costs beside others (ledger-cost.test.ts).

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Simulator, startSimulator } from "../simulator/server.ts";
import { asking, type Body, booked, chat, open, unique } from "./ai-call.ts";
import { awaited, journal } from "./ai-journal.ts";
import { admin, eventually, type OwnStack, type Person, person, startStack } from "./harness.ts";
import { answers, changed, fresh, provider } from "./registry-client.ts";

const BOUND = "@cf/openai/gpt-oss-20b";
const LLAMA = "meta/meta-llama-3-8b-instruct";

describe("ways out that are no chats", { concurrency: 4 }, () => {
  let simulator: Simulator;
  let stack: OwnStack;
  let who: Person;
  before(async () => {
    simulator = await startSimulator();
    stack = await startStack({
      vars: {
        WORKERS_AI_STAND_IN_URL: `${simulator.url}/workers-ai/v1`,
        REPLICATE_BASE_URL: `${simulator.url}/replicate/v1`,
        REPLICATE_API_TOKEN: "r8_of-the-service",
        ANTHROPIC_BASE_URL: `${simulator.url}/anthropic/v1`,
        ANTHROPIC_API_KEY: "sk-ant-of-the-service",
        AI_BREAKER_FAILURES: "0",
      },
    });
    who = await person(stack);
  });
  after(async () => {
    await stack.stop();
    await simulator.close();
  });
  const seen = (contains: string) => journal({ simulator: simulator.url }, contains);

  /** The text of a reply, plain or streamed. */
  const said = (text: string): string => {
    const data = text.startsWith("{") ? [text] : [...text.matchAll(/^data: (\{.*)$/gm)].map(([, json]) => json ?? "{}");
    const parts = data.map((json) => JSON.parse(json).choices?.[0] ?? {});
    return parts.map(({ message, delta }) => message?.content ?? delta?.content ?? "").join("");
  };

  for (const model of [BOUND, LLAMA]) {
    test(`${model} says the same plain and streamed, and costs the same`, async () => {
      const body = asking(`${unique()} how are you?`, { model });
      const replies = [await chat(stack, who, body), await chat(stack, who, { ...body, stream: true })];
      for (const reply of replies) assert.equal(reply.status, 200, reply.text);
      assert.equal(said(replies[0]?.text ?? ""), said(replies[1]?.text ?? ""));
      assert.match(replies[1]?.text ?? "", /data: \[DONE\]\n\n$/);
      const [plain, streamed] = await Promise.all(replies.map((reply) => booked(stack, reply)));
      assert.ok(plain && plain.settlement === "reported" && (plain.cost_nano_usd ?? 0) > 0);
      assert.deepEqual(
        [streamed?.settlement, streamed?.cost_nano_usd, streamed?.raw_usage],
        ["reported", plain.cost_nano_usd, plain.raw_usage],
      );
    });

    test(`${model} is told in the words of messages, too`, async () => {
      const word = unique();
      const body = { model, max_tokens: 100, messages: [{ role: "user", content: word }] };
      const reply = await fetch(`${stack.gateway}/v1/messages`, {
        method: "POST",
        headers: { "content-type": "application/json", ...who.headers },
        body: JSON.stringify(body),
      });
      const told = (await reply.json()) as { type: string; content: readonly { text: string }[] };
      assert.equal(told.type, "message", JSON.stringify(told));
      assert.match(told.content[0]?.text ?? "", new RegExp(word));
    });
  }

  test("a bound model calls tools and gives vectors", async () => {
    const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object" } } }];
    const reply = await chat(stack, who, asking(`${unique()} [tool:weather]`, { model: BOUND, tools }));
    const [choice] = JSON.parse(reply.text).choices;
    assert.deepEqual([choice.finish_reason, choice.message.tool_calls[0].function.name], ["tool_calls", "weather"]);
    const vectors = await fetch(`${stack.gateway}/v1/embeddings`, {
      method: "POST",
      headers: { "content-type": "application/json", ...who.headers },
      body: JSON.stringify({ model: "@cf/baai/bge-base-en-v1.5", input: ["one", "two"] }),
    });
    const { data } = (await vectors.json()) as { data: readonly { embedding: readonly number[] }[] };
    assert.deepEqual(
      data.map(({ embedding }) => embedding.length),
      [256, 256],
    );
  });

  test("a bound model's error is told as any other's", async () => {
    const reply = await chat(stack, who, asking(`${unique()} [sim:status=429]`, { model: BOUND }));
    assert.equal(reply.status, 503, reply.text);
    assert.equal((await booked(stack, reply)).cost_nano_usd, 0);
  });

  test("a picture of a prediction is told by its address", async () => {
    const reply = await fetch(`${stack.gateway}/v1/images/generations`, {
      method: "POST",
      headers: { "content-type": "application/json", ...who.headers },
      body: JSON.stringify({ model: "black-forest-labs/flux-schnell", prompt: unique(), aspect_ratio: "1:1" }),
    });
    assert.equal(reply.headers.get("x-cost-nano-usd"), "3000000");
    const { data } = (await reply.json()) as { data: readonly { url: string }[] };
    assert.match(data[0]?.url ?? "", /^http/);
  });

  test("a prediction whose client leaves is cancelled", async () => {
    const word = unique();
    const leaving = new AbortController();
    const body = asking(`${word} [sim:delay=50;chunks=200]`, { model: LLAMA, stream: true });
    const reply = await open(stack, who, body, { signal: leaving.signal });
    await reply.body?.getReader().read();
    leaving.abort();
    await awaited({ simulator: simulator.url }, word, "client_left");
    await eventually(async () => {
      return (await seen("")).some(({ path }) => path.endsWith("/cancel")) ? true : undefined;
    }, 10_000);
  });

  test("a provider that speaks nothing but responses answers chats and messages", async () => {
    const id = fresh("responses-only");
    const document = provider(id, `${simulator.url}/openai/v1`, { paths: { responses: "/responses" } });
    await changed(stack, await admin(stack), "PUT", `/providers/${id}`, document);
    const model = `${id}-model`;
    await answers(stack, who, model, 200);
    for (const stream of [false, true]) {
      const word = unique();
      const body: Body = asking(word, { model, stream, stream_options: stream ? { include_usage: true } : undefined });
      const reply = await chat(stack, who, body);
      assert.equal(reply.status, 200, reply.text);
      assert.match(said(reply.text), new RegExp(word));
      const row = await booked(stack, reply);
      assert.equal(row.settlement, "reported");
      assert.match(reply.text, new RegExp(`"completion_tokens":${row.completion_tokens}`));
      const [call] = await seen(word);
      assert.equal((call?.body as { store?: boolean } | undefined)?.store, false);
    }
  });

  test("the headers that a provider's data names go with a call of its dialect, and no others", async () => {
    const ask = async (path: string, model: string) => {
      const word = unique();
      const reply = await fetch(`${stack.gateway}${path}`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "anthropic-beta": "context-management-2025-06-27",
          "anthropic-version": "2023-01-01",
          "x-of-mine": "secret",
          ...who.headers,
        },
        body: JSON.stringify({ model, max_tokens: 50, messages: [{ role: "user", content: word }] }),
      });
      assert.equal(reply.status, 200, await reply.text());
      const [call] = await seen(word);
      const { headers = {} } = call ?? {};
      return ["anthropic-beta", "anthropic-version", "x-of-mine", "cookie"].map((name) => headers[name]);
    };
    const own = ["context-management-2025-06-27", "2023-01-01", undefined, undefined];
    assert.deepEqual(await ask("/v1/messages", "claude-haiku-4-5"), own);
    const translated = [undefined, "2023-06-01", undefined, undefined];
    assert.deepEqual(await ask("/v1/chat/completions", "claude-haiku-4-5"), translated);
  });
});
