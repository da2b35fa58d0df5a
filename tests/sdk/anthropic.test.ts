// The official `@anthropic-ai/sdk` against `/v1/messages`: answers, streams, tools with streamed arguments, thinking,
// pictures, schemas, counting, typed errors, abort, retries. The provider behind it speaks the same dialect here; what
// is translated between dialects has tests of its own.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { bookedBy, unique } from "../blackbox/ai-call.ts";
import { awaited, journal } from "../blackbox/ai-journal.ts";
import { type Person, person, shared } from "../blackbox/harness.ts";
import { newKey } from "../blackbox/keys-client.ts";

const stack = shared();

function client(who: Pick<Person, "access_token">, maxRetries = 0): Anthropic {
  // Anthropic's header for keys; a bearer token goes as `authToken`.
  return new Anthropic({ baseURL: stack.gateway, apiKey: who.access_token, maxRetries });
}

const asking = (content: string) => ({
  model: "simulated-chat",
  max_tokens: 500,
  messages: [{ role: "user" as const, content }],
});

const tools: Anthropic.Tool[] = ["weather", "clock"].map((name) => ({
  name,
  input_schema: { type: "object", properties: { city: { type: "string" } } },
}));

const textOf = (message: Anthropic.Message): string =>
  message.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("");

describe("anthropic for JavaScript", { concurrency: true }, () => {
  let who: Person;
  let anthropic: Anthropic;
  before(async () => {
    who = await person();
    anthropic = client(who);
  });

  test("gets an answer, its usage and its price", async () => {
    const word = unique();
    const { data, response } = await anthropic.messages.create(asking(word)).withResponse();
    assert.match(textOf(data), new RegExp(word));
    assert.equal(data.stop_reason, "end_turn");
    assert.ok(data.usage.input_tokens > 0 && data.usage.output_tokens > 0);
    assert.ok(Number(response.headers.get("x-cost-nano-usd")) > 0);
  });

  test("signs in with a key in x-api-key, and with a bearer token", async () => {
    const { key } = await newKey(stack, who);
    assert.equal((await client({ access_token: key }).messages.create(asking(unique()))).type, "message");
    const bearer = new Anthropic({ baseURL: stack.gateway, apiKey: null, authToken: who.access_token, maxRetries: 0 });
    assert.equal((await bearer.messages.create(asking(unique()))).type, "message");
  });

  test("streams the same text and the same usage", async () => {
    const body = asking(unique());
    const plain = await anthropic.messages.create(body);
    const stream = anthropic.messages.stream(body);
    let text = "";
    stream.on("text", (delta) => {
      text += delta;
    });
    const final = await stream.finalMessage();
    assert.equal(text, textOf(plain));
    assert.deepEqual(
      [final.usage.input_tokens, final.usage.output_tokens],
      [plain.usage.input_tokens, plain.usage.output_tokens],
    );
  });

  test("gets two tool calls at once, streamed argument by argument", async () => {
    const stream = anthropic.messages.stream({ ...asking(`[tool:weather][tool:clock] ${unique()}`), tools });
    let pieces = 0;
    stream.on("inputJson", () => {
      pieces += 1;
    });
    const final = await stream.finalMessage();
    const calls = final.content.filter((block) => block.type === "tool_use");
    assert.deepEqual(
      calls.map((call) => call.name),
      ["weather", "clock"],
    );
    assert.ok(pieces > 4 && calls.every((call) => "city" in (call.input as object)));
    assert.equal(final.stop_reason, "tool_use");
  });

  test("goes on after a tool's result", async () => {
    const body = { ...asking(`[tool:weather] ${unique()}`), tools };
    const first = await anthropic.messages.create(body);
    const [call] = first.content.filter((block) => block.type === "tool_use");
    assert.ok(call);
    const result = { type: "tool_result" as const, tool_use_id: call.id, content: "rain" };
    const messages: Anthropic.MessageParam[] = [
      ...body.messages,
      { role: "assistant", content: first.content },
      { role: "user", content: [result] },
    ];
    const second = await anthropic.messages.create({ ...body, messages });
    assert.equal(second.stop_reason, "end_turn");
  });

  test("reads thinking, with its signature", async () => {
    const reply = await anthropic.messages.create({ ...asking(unique()), model: "simulated-reasoning" });
    const [thought] = reply.content;
    assert.ok(thought?.type === "thinking" && thought.signature !== "");
    assert.ok((reply.usage.cache_read_input_tokens ?? 0) > 0);
  });

  test("shows the model a picture", async () => {
    const source = { type: "base64" as const, media_type: "image/png" as const, data: "iVBORw0KGgo=" };
    const content = [
      { type: "text" as const, text: "what is this?" },
      { type: "image" as const, source },
    ];
    const body = { ...asking(""), messages: [{ role: "user" as const, content }] };
    assert.match(textOf(await anthropic.messages.create(body)), /1 images seen/);
  });

  test("gets an answer in the shape of a schema", async () => {
    const schema = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };
    const format = { type: "json_schema" as const, schema };
    const reply = await anthropic.messages.create({ ...asking("Ada"), output_config: { format } });
    assert.deepEqual(JSON.parse(textOf(reply)), { name: "Ada" });
  });

  test("counts tokens without a call that costs", async () => {
    const { max_tokens: _, ...body } = asking("12345678");
    assert.equal((await anthropic.messages.countTokens(body)).input_tokens, 5);
  });

  test("aborts a stream: the provider is told, and the call is booked", async () => {
    const other = await person();
    const word = unique();
    const stream = client(other).messages.stream({ ...asking(`${word} [sim:delay=20;chunks=2000]`), max_tokens: 4000 });
    stream.on("error", () => undefined);
    for await (const event of stream) if (event.type === "content_block_delta") break;
    stream.abort();
    await awaited(stack, word, "client_left");
    const [row] = await bookedBy(stack, other, 1);
    assert.equal(row?.status, "client_left");
  });
});

describe("anthropic for JavaScript throws", { concurrency: true }, () => {
  let who: Person;
  before(async () => {
    who = await person();
  });
  const create = (content: string, more: object = {}) =>
    client(who).messages.create({ ...asking(`${content} ${unique()}`), ...more });

  test("AuthenticationError for a wrong key, in Anthropic's shape", async () => {
    const call = client({ access_token: "sk-wrong" }).messages.create(asking(unique()));
    await assert.rejects(call, (error: unknown) => {
      assert.ok(error instanceof Anthropic.AuthenticationError);
      const body = error.error as { type: string; error: { type: string } };
      assert.deepEqual([body.type, body.error.type], ["error", "authentication_error"]);
      return true;
    });
  });

  test("NotFoundError for a model that is not there", async () => {
    await assert.rejects(create("", { model: "no-such-model" }), Anthropic.NotFoundError);
  });

  test("BadRequestError for a body it refuses", async () => {
    await assert.rejects(create("", { messages: "none" }), Anthropic.BadRequestError);
  });

  test("RateLimitError for a provider that limits us", async () => {
    await assert.rejects(create("[sim:status=429]"), Anthropic.RateLimitError);
  });

  test("InternalServerError for a provider that is overloaded", async () => {
    await assert.rejects(create("[sim:status=529]"), Anthropic.InternalServerError);
  });

  test("APIError in the middle of a stream that breaks off", async () => {
    const stream = client(who).messages.stream(asking(`[sim:cut=mid] ${unique()}`));
    await assert.rejects(stream.finalMessage(), Anthropic.APIError);
  });
});

describe("anthropic for JavaScript retries by itself", { concurrency: true }, () => {
  for (const directive of ["status=529,times=2", "status=500,times=2", "cut=headers,times=2"]) {
    test(`after ${directive}, and gets its answer`, async () => {
      const word = unique();
      const who = await person();
      const reply = await client(who, 2).messages.create(asking(`${word} [sim:${directive}]`));
      assert.match(textOf(reply), new RegExp(word));
      assert.equal((await journal(stack, word)).length, 3);
    });
  }
});
