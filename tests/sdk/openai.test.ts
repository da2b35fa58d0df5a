// The official `openai` package for JavaScript against the gateway, as its users write it: answers, streams,
// tools, typed errors, retries. Not here: the Python one (`python.test.ts`).

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import OpenAI from "openai";
import { bookedBy, unique } from "../blackbox/ai-call.ts";
import { awaited, journal } from "../blackbox/ai-journal.ts";
import { type Person, person, shared } from "../blackbox/harness.ts";
import { newKey } from "../blackbox/keys-client.ts";

const stack = shared();
const baseURL = `${stack.gateway}/v1`;

function client(who: Pick<Person, "access_token">, maxRetries = 0): OpenAI {
  return new OpenAI({ baseURL, apiKey: who.access_token, maxRetries });
}

function asking(content: string) {
  return { model: "simulated-chat", messages: [{ role: "user" as const, content }] };
}

const tools: OpenAI.ChatCompletionTool[] = ["weather", "clock"].map((name) => ({
  type: "function",
  function: { name, parameters: { type: "object", properties: { city: { type: "string" } } } },
}));

describe("openai for JavaScript", { concurrency: true }, () => {
  let who: Person;
  let openai: OpenAI;
  before(async () => {
    who = await person();
    openai = client(who);
  });

  test("lists the models, and reads one", async () => {
    const ids: string[] = [];
    for await (const model of openai.models.list()) ids.push(model.id);
    assert.ok(ids.includes("simulated-chat") && ids.includes("chat-default"), ids.join());
    const one = await openai.models.retrieve("simulated-chat");
    assert.deepEqual([one.id, one.object, one.owned_by], ["simulated-chat", "model", "simulator"]);
  });

  test("gets an answer, its usage, its request id and its price", async () => {
    const word = unique();
    const { data, response, request_id } = await openai.chat.completions.create(asking(word)).withResponse();
    assert.match(data.choices[0]?.message.content ?? "", new RegExp(word));
    assert.equal(data.choices[0]?.finish_reason, "stop");
    assert.ok((data.usage?.total_tokens ?? 0) > 0);
    assert.match(request_id ?? "", /^req_/);
    assert.ok(Number(response.headers.get("x-cost-nano-usd")) > 0);
  });

  test("signs in with an API key, plain and streamed", async () => {
    const { key } = await newKey(stack, who);
    const keyed = client({ access_token: key });
    const reply = await keyed.chat.completions.create(asking(unique()));
    assert.equal(reply.choices[0]?.finish_reason, "stop");
    const stream = await keyed.chat.completions.create({ ...asking(unique()), stream: true });
    let chunks = 0;
    for await (const _ of stream) chunks += 1;
    assert.ok(chunks > 1);
  });

  test("a made-up API key is an AuthenticationError, one without the scope a PermissionDeniedError", async () => {
    const { key } = await newKey(stack, who, { scopes: [] });
    const made = client({ access_token: `${key.slice(0, -1)}${key.endsWith("0") ? "1" : "0"}` });
    await assert.rejects(made.chat.completions.create(asking(unique())), OpenAI.AuthenticationError);
    const narrow = client({ access_token: key });
    await assert.rejects(narrow.chat.completions.create(asking(unique())), OpenAI.PermissionDeniedError);
  });

  test("gets the default model under its own name", async () => {
    const reply = await openai.chat.completions.create({ ...asking(unique()), model: "chat-default" });
    assert.equal(reply.model, "simulated-chat");
  });

  test("streams the same text, without usage unless it asks for it", async () => {
    const body = asking(unique());
    const plain = await openai.chat.completions.create(body);
    let text = "";
    for await (const chunk of await openai.chat.completions.create({ ...body, stream: true })) {
      assert.equal(chunk.usage ?? null, null);
      text += chunk.choices[0]?.delta.content ?? "";
    }
    assert.equal(text, plain.choices[0]?.message.content);
  });

  test("streams usage when it asks for it", async () => {
    const body = asking(unique());
    const plain = await openai.chat.completions.create(body);
    const asked = { ...body, stream: true as const, stream_options: { include_usage: true } };
    let last: OpenAI.ChatCompletionChunk | undefined;
    for await (const chunk of await openai.chat.completions.create(asked)) last = chunk;
    assert.deepEqual([last?.choices, last?.usage], [[], plain.usage]);
  });

  test("gets two tool calls at once, streamed argument by argument", async () => {
    const body = { ...asking(`[tool:weather][tool:clock] ${unique()}`), tools };
    const plain = await openai.chat.completions.create(body);
    const stream = openai.chat.completions.stream(body);
    const pieces: string[] = [];
    stream.on("tool_calls.function.arguments.delta", ({ arguments_delta }) => pieces.push(arguments_delta));
    const streamed = await stream.finalChatCompletion();
    const calls = streamed.choices[0]?.message.tool_calls?.filter((call) => call.type === "function");
    const names = calls?.map((call) => call.function.name);
    assert.deepEqual(names, ["weather", "clock"]);
    assert.ok(pieces.length > 4, "arguments come in pieces");
    const expected = plain.choices[0]?.message.tool_calls?.filter((call) => call.type === "function");
    const args = (list: typeof calls) => list?.map((call) => JSON.parse(call.function.arguments) as unknown);
    assert.deepEqual(args(calls), args(expected));
    assert.equal(streamed.choices[0]?.finish_reason, "tool_calls");
  });

  test("runs its own stream helper to the end", async () => {
    const word = unique();
    const stream = openai.chat.completions.stream({ ...asking(word), stream_options: { include_usage: true } });
    let deltas = "";
    stream.on("content", (delta) => {
      deltas += delta;
    });
    const content = await stream.finalContent();
    assert.equal(content, deltas);
    assert.match(deltas, new RegExp(word));
    assert.ok((await stream.totalUsage()).total_tokens > 0);
  });

  test("aborts a stream: the provider is told, and the call is booked", async () => {
    const other = await person();
    const word = unique();
    const body = { ...asking(`${word} [sim:delay=20;chunks=2000]`), stream: true as const };
    const stream = await client(other).chat.completions.create(body);
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
    stream.controller.abort();
    await awaited(stack, word, "client_left");
    const [row] = await bookedBy(stack, other, 1);
    assert.equal(row?.status, "client_left");
  });

  test("reads usage of hidden reasoning and cached tokens", async () => {
    const reply = await openai.chat.completions.create({ ...asking(unique()), model: "simulated-reasoning" });
    assert.ok((reply.usage?.completion_tokens_details?.reasoning_tokens ?? 0) > 0);
    assert.ok((reply.usage?.prompt_tokens_details?.cached_tokens ?? 0) > 0);
  });
});

/** What this call fails with. */
async function failure(call: PromiseLike<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof OpenAI.APIError, String(error));
    return error;
  }
  assert.fail("it should fail");
}

describe("openai for JavaScript throws", { concurrency: true }, () => {
  let who: Person;
  let openai: OpenAI;
  before(async () => {
    who = await person();
    openai = client(who);
  });
  const chat = (content: string, more: object = {}) =>
    openai.chat.completions.create({ ...asking(`${content} ${unique()}`), ...more });

  test("AuthenticationError for a wrong key", async () => {
    const error = await failure(client({ access_token: "sk-wrong" }).models.list());
    assert.ok(error instanceof OpenAI.AuthenticationError);
    assert.equal(error.status, 401);
    assert.ok(error.requestID);
  });

  test("NotFoundError for a model that is not there", async () => {
    const error = await failure(chat("", { model: "no-such-model" }));
    assert.ok(error instanceof OpenAI.NotFoundError);
    assert.equal(error.code, "model_not_found");
    assert.ok((await failure(openai.models.retrieve("no-such-model"))) instanceof OpenAI.NotFoundError);
  });

  test("BadRequestError for a body it refuses", async () => {
    const error = await failure(chat("", { n: 0 }));
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.deepEqual([error.type, error.param], ["invalid_request_error", "n"]);
  });

  test("APIError with 402 for a call that could cost more than the budget, and does not retry it", async () => {
    const word = unique();
    const body = { ...asking(word), max_tokens: 2_000_000 };
    const error = await failure(client(who, 2).chat.completions.create(body));
    assert.deepEqual([error.status, error.code], [402, "insufficient_quota"]);
    assert.deepEqual(await journal(stack, word), []);
  });

  test("RateLimitError with the provider's Retry-After", async () => {
    const error = await failure(chat("[sim:status=429,retry-after=7]"));
    assert.ok(error instanceof OpenAI.RateLimitError);
    assert.equal(error.headers?.get("retry-after"), "7");
    assert.equal(error.code, "upstream_rate_limited");
  });

  test("InternalServerError for a provider that fails", async () => {
    const error = await failure(chat("[sim:status=500]"));
    assert.ok(error instanceof OpenAI.InternalServerError);
    assert.deepEqual([error.status, error.code], [502, "upstream_error"]);
  });

  test("APIError in the middle of a stream that breaks off", async () => {
    const stream = await openai.chat.completions.create({ ...asking(`[sim:cut=mid] ${unique()}`), stream: true });
    let chunks = 0;
    const error = await failure(
      (async () => {
        for await (const _ of stream) chunks++;
      })(),
    );
    assert.ok(chunks > 1);
    assert.equal(error.code, "upstream_truncated");
  });
});

describe("openai for JavaScript retries by itself", { concurrency: true }, () => {
  for (const [what, directive] of [
    ["a rate limit", "status=429,times=2"],
    ["a rate limit that names its seconds", "status=429,retry-after=1,times=1"],
    ["a failing provider", "status=500,times=2"],
    ["a provider that hangs up", "cut=headers,times=2"],
  ] as const) {
    for (const stream of [false, true]) {
      test(`after ${what}, ${stream ? "streamed" : "plain"}, and gets its answer`, async () => {
        const who = await person();
        const word = unique();
        const body = asking(`${word} [sim:${directive}]`);
        const openai = client(who, 2);
        const reply = stream
          ? await openai.chat.completions.stream(body).finalContent()
          : (await openai.chat.completions.create(body)).choices[0]?.message.content;
        assert.match(reply ?? "", new RegExp(word));
        const calls = await journal(stack, word);
        assert.equal(calls.length, directive.includes("times=1") ? 2 : 3);
      });
    }
  }
});
