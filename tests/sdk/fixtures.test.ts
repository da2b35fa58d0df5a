// Every fixture of functions/ai/fixtures through the official SDKs, as if the provider had sent it: their own parsers
// and types take it, and what they make of it is what the index says. The simulator sends the bytes; no stack is needed.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI, { toFile } from "openai";
import { type Fixture, fixtures } from "../simulator/fixtures.ts";
import { type Simulator, startSimulator } from "../simulator/server.ts";

let simulator: Simulator;
before(async () => {
  simulator = await startSimulator();
});
after(() => simulator.close());

const word = (fixture: Fixture): string => `[sim:fixture=${fixture.file.replace(/\.(json|sse)$/, "")}]`;
const of = (route: string, form: Fixture["form"]): Fixture[] =>
  fixtures().filter((fixture) => fixture.route === route && fixture.form === form);

function openai(provider: string): OpenAI {
  return new OpenAI({ baseURL: `${simulator.url}/${provider}/v1`, apiKey: "sk-test", maxRetries: 0 });
}

function anthropic(): Anthropic {
  return new Anthropic({ baseURL: simulator.url, apiKey: "sk-test", maxRetries: 0 });
}

const chat = (fixture: Fixture) => ({
  model: "simulated-chat",
  messages: [{ role: "user" as const, content: word(fixture) }],
});
const message = (fixture: Fixture) => ({ ...chat(fixture), max_tokens: 100 });

/** What this fails with. */
async function failure(call: PromiseLike<unknown>): Promise<Error & { status?: number }> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof Error);
    return error;
  }
  assert.fail("it should fail");
}

const CLASSES: { readonly [status: number]: string } = {
  400: "BadRequestError",
  401: "AuthenticationError",
  403: "PermissionDeniedError",
  404: "NotFoundError",
  413: "ContentTooLargeError",
  422: "UnprocessableEntityError",
  429: "RateLimitError",
  529: "OverloadedError",
};
const classOf = (status = 0): string => CLASSES[status] ?? (status >= 500 ? "InternalServerError" : "APIError");

describe("openai takes", () => {
  for (const fixture of of("chat", "reply")) {
    test(`${fixture.file}`, async () => {
      const reply = await openai(fixture.provider).chat.completions.create(chat(fixture));
      const choice = reply.choices[0];
      assert.ok(choice);
      if (fixture.text !== undefined) assert.equal(choice.message.content, fixture.text);
      if (fixture.tools !== undefined) assert.equal(choice.message.tool_calls?.length, fixture.tools);
      for (const call of choice.message.tool_calls ?? []) {
        assert.ok(call.type === "function" && JSON.parse(call.function.arguments));
      }
      assert.equal(reply.usage?.prompt_tokens, fixture.usage?.prompt);
    });
  }

  for (const fixture of of("chat", "stream")) {
    test(`${fixture.file}`, async () => {
      const stream = openai(fixture.provider).chat.completions.stream(chat(fixture));
      const reply = await stream.finalChatCompletion();
      const choice = reply.choices[0];
      if (fixture.text !== undefined) assert.equal(choice?.message.content, fixture.text);
      assert.equal(choice?.finish_reason, fixture.finish);
      const calls = choice?.message.tool_calls ?? [];
      assert.equal(calls.length, fixture.tools ?? 0);
      for (const call of calls) assert.ok(call.type === "function" && JSON.parse(call.function.arguments));
    });
  }

  for (const fixture of of("chat", "error")) {
    test(`${fixture.file}`, async () => {
      const error = await failure(openai(fixture.provider).chat.completions.create(chat(fixture)));
      assert.equal(error.status, fixture.status);
      // OpenAI's SDK has no class for what is too large.
      assert.equal(error.constructor.name, fixture.status === 413 ? "APIError" : classOf(fixture.status));
    });
  }

  for (const fixture of of("responses", "reply")) {
    test(`${fixture.file}`, async () => {
      const reply = await openai("openai").responses.create({ model: "m", input: word(fixture) });
      assert.equal(reply.output_text, fixture.text);
      const { usage } = reply;
      assert.deepEqual(
        [usage?.input_tokens, usage?.input_tokens_details.cached_tokens, usage?.output_tokens],
        [fixture.usage?.prompt, fixture.usage?.cached, fixture.usage?.completion],
      );
    });
  }

  for (const fixture of of("responses", "stream")) {
    test(`${fixture.file}`, async () => {
      const stream = openai("openai").responses.stream({ model: "m", input: word(fixture) });
      let text = "";
      let last = "";
      for await (const event of stream) {
        if (event.type === "response.output_text.delta") text += event.delta;
        last = event.type;
      }
      assert.equal(last, `response.${fixture.finish}`);
      assert.equal(text, fixture.text ?? "");
      if (fixture.finish !== "completed") return;
      const final = await stream.finalResponse();
      const calls = final.output.filter((item) => item.type === "function_call");
      assert.equal(calls.length, fixture.tools ?? 0);
      assert.equal(final.usage?.output_tokens, fixture.usage?.completion);
    });
  }

  for (const fixture of of("embeddings", "reply")) {
    test(`${fixture.file}`, async () => {
      const body = { model: "m", input: word(fixture), encoding_format: "float" as const };
      const reply = await openai(fixture.provider).embeddings.create(body);
      assert.ok((reply.data[0]?.embedding.length ?? 0) > 2);
      assert.equal(reply.usage.prompt_tokens, fixture.usage?.prompt);
    });
  }

  for (const fixture of of("images", "reply")) {
    test(`${fixture.file}`, async () => {
      const reply = await openai("openai").images.generate({ model: "m", prompt: word(fixture) });
      assert.equal(reply.data?.length, fixture.images);
      assert.equal(reply.usage?.output_tokens, fixture.usage?.completion);
    });
  }

  for (const fixture of of("transcriptions", "reply")) {
    test(`${fixture.file}`, async () => {
      const file = await toFile(new Uint8Array(10), "a.wav");
      const reply = await openai("openai").audio.transcriptions.create({ model: "m", file, prompt: word(fixture) });
      assert.ok(reply.text.length > 0);
      if (fixture.seconds === undefined) assert.equal(reply.usage?.type, "tokens");
      else assert.deepEqual(reply.usage, { type: "duration", seconds: fixture.seconds });
    });
  }

  for (const fixture of of("transcriptions", "stream")) {
    test(`${fixture.file}`, async () => {
      const file = await toFile(new Uint8Array(10), "a.wav");
      const asked = { model: "m", file, prompt: word(fixture), stream: true as const };
      let text = "";
      for await (const event of await openai("openai").audio.transcriptions.create(asked)) {
        if (event.type === "transcript.text.delta") text += event.delta;
        if (event.type === "transcript.text.done") assert.equal(event.text, text);
      }
      assert.notEqual(text, "");
    });
  }

  test("openai/moderation.json", async () => {
    const [fixture] = of("moderations", "reply");
    assert.ok(fixture);
    const reply = await openai("openai").moderations.create({ input: word(fixture) });
    assert.deepEqual([reply.results[0]?.flagged, reply.results[0]?.categories.violence], [true, true]);
  });
});

describe("anthropic takes", () => {
  for (const fixture of of("messages", "reply")) {
    test(`${fixture.file}`, async () => {
      const reply = await anthropic().messages.create(message(fixture));
      const text = reply.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("");
      assert.equal(text, fixture.text ?? "");
      assert.equal(reply.content.filter((block) => block.type === "tool_use").length, fixture.tools ?? 0);
      assert.equal(reply.usage.cache_read_input_tokens, fixture.usage?.cached);
      assert.equal(reply.usage.output_tokens, fixture.usage?.completion);
    });
  }

  for (const fixture of of("messages", "stream")) {
    test(`${fixture.file}`, async () => {
      const stream = anthropic().messages.stream(message(fixture));
      if (fixture.cut === true) {
        const error = await failure(stream.finalMessage());
        assert.match(error.message, /Overloaded/);
        return;
      }
      const reply = await stream.finalMessage();
      const text = reply.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("");
      assert.equal(text, fixture.text ?? "");
      assert.equal(reply.stop_reason, fixture.finish);
      const tools = reply.content.filter((block) => block.type === "tool_use");
      assert.ok(tools.every((block) => typeof block.input === "object"));
      assert.equal(tools.length, fixture.tools ?? 0);
      assert.equal(reply.usage.output_tokens, fixture.usage?.completion);
      assert.equal(reply.usage.cache_read_input_tokens, fixture.usage?.cached);
    });
  }

  for (const fixture of of("messages", "error")) {
    test(`${fixture.file}`, async () => {
      const error = await failure(anthropic().messages.create(message(fixture)));
      assert.equal(error.status, fixture.status);
      assert.equal(error.constructor.name, classOf(fixture.status));
    });
  }

  test("anthropic/count-tokens.json", async () => {
    const [fixture] = of("count_tokens", "reply");
    assert.ok(fixture);
    assert.equal((await anthropic().messages.countTokens(chat(fixture))).input_tokens, 2095);
  });
});
