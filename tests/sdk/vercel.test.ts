// The Vercel AI SDK (`ai`) against the gateway, through its providers for OpenAI (chat and responses) and Anthropic:
// text, streams, tools with a second step, objects, pictures, reasoning, embeddings, images, sound, errors, retries, abort.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import {
  APICallError,
  embedMany,
  generateImage,
  generateSpeech,
  generateText,
  type LanguageModel,
  Output,
  stepCountIs,
  streamText,
  tool,
  transcribe,
} from "ai";
import { z } from "zod";
import { unique } from "../blackbox/ai-call.ts";
import { awaited, journal } from "../blackbox/ai-journal.ts";
import { type Person, person, shared } from "../blackbox/harness.ts";

const stack = shared();
const baseURL = `${stack.gateway}/v1`;

type Doors = { readonly [way: string]: (model: string) => LanguageModel };

/** A language model by each of the three ways in. */
function doors(who: Pick<Person, "access_token">): Doors {
  const openai = createOpenAI({ baseURL, apiKey: who.access_token });
  const anthropic = createAnthropic({ baseURL, apiKey: who.access_token });
  return {
    "OpenAI's chat": (model) => openai.chat(model),
    "OpenAI's responses": (model) => openai.responses(model),
    "Anthropic's messages": (model) => anthropic(model),
  };
}

const weather = (seen: string[]) =>
  tool({
    description: "tells the weather",
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => {
      seen.push(city);
      return "rain";
    },
  });

for (const way of ["OpenAI's chat", "OpenAI's responses", "Anthropic's messages"]) {
  describe(`ai by ${way}`, { concurrency: true }, () => {
    let who: Person;
    let model: (name?: string) => LanguageModel;
    before(async () => {
      who = await person();
      const door = doors(who)[way];
      assert.ok(door);
      model = (name = "simulated-chat") => door(name);
    });

    test("generates text, with usage", async () => {
      const word = unique();
      const { text, usage, finishReason } = await generateText({ model: model(), prompt: word, maxRetries: 0 });
      assert.match(text, new RegExp(word));
      assert.ok((usage.inputTokens ?? 0) > 0 && (usage.outputTokens ?? 0) > 0);
      assert.equal(finishReason, "stop");
    });

    test("streams the same text and the same usage", async () => {
      const prompt = unique();
      const plain = await generateText({ model: model(), prompt, maxRetries: 0 });
      const stream = streamText({ model: model(), prompt, maxRetries: 0 });
      let text = "";
      for await (const piece of stream.textStream) text += piece;
      assert.equal(text, plain.text);
      const usage = await stream.usage;
      assert.deepEqual([usage.inputTokens, usage.outputTokens], [plain.usage.inputTokens, plain.usage.outputTokens]);
    });

    test("calls a tool and goes on, plain and streamed", async () => {
      const seen: string[] = [];
      const ask = { model: model(), tools: { weather: weather(seen) }, stopWhen: stepCountIs(3), maxRetries: 0 };
      const plain = await generateText({ ...ask, prompt: `[tool:weather] ${unique()}` });
      assert.equal(plain.steps.length, 2);
      const stream = streamText({ ...ask, prompt: `[tool:weather] ${unique()}` });
      await stream.consumeStream();
      assert.equal((await stream.steps).length, 2);
      assert.equal(seen.length, 2);
    });

    test("gets an object in the shape of a schema", async () => {
      const schema = z.object({ name: z.string(), ok: z.boolean() });
      const output = Output.object({ schema });
      const reply = await generateText({ model: model(), output, prompt: "Ada", maxRetries: 0 });
      assert.deepEqual(reply.output, { name: "Ada", ok: true });
    });

    test("shows a picture", async () => {
      const image = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk", "base64");
      const content = [
        { type: "text" as const, text: "what is this?" },
        { type: "image" as const, image },
      ];
      const messages = [{ role: "user" as const, content }];
      const { text } = await generateText({ model: model(), messages, maxRetries: 0 });
      assert.match(text, /1 images seen/);
    });

    test("counts reasoning", async () => {
      const prompt = unique();
      const reply = await generateText({ model: model("simulated-reasoning"), prompt, maxRetries: 0 });
      // Anthropic tells thoughts as text and not as a count.
      const thought = reply.reasoningText ?? "";
      assert.ok(thought !== "" || (reply.usage.outputTokenDetails.reasoningTokens ?? 0) > 0);
    });

    test("throws an APICallError with the status", async () => {
      const call = generateText({ model: model("no-such-model"), prompt: unique(), maxRetries: 0 });
      await assert.rejects(call, (error: unknown) => APICallError.isInstance(error) && error.statusCode === 404);
    });

    test("retries by itself", async () => {
      const word = unique();
      const prompt = `${word} [sim:status=500,times=2]`;
      const { text } = await generateText({ model: model(), prompt, maxRetries: 2 });
      assert.match(text, new RegExp(word));
      assert.equal((await journal(stack, word)).length, 3);
    });

    test("aborts: the provider is told", async () => {
      const word = unique();
      const leave = new AbortController();
      const prompt = `${word} [sim:delay=20;chunks=2000]`;
      const asked = { model: model(), prompt, maxRetries: 0, abortSignal: leave.signal, maxOutputTokens: 4000 };
      const stream = streamText({ ...asked, onError: () => undefined });
      for await (const piece of stream.textStream) {
        if (piece !== "") break;
      }
      leave.abort();
      await awaited(stack, word, "client_left");
    });
  });
}

describe("ai beside language", { concurrency: true }, () => {
  let openai: ReturnType<typeof createOpenAI>;
  before(async () => {
    openai = createOpenAI({ baseURL, apiKey: (await person()).access_token });
  });

  test("embeds", async () => {
    const values = ["one text", `another ${unique()}`];
    const reply = await embedMany({ model: openai.embedding("simulated-embedding"), values, maxRetries: 0 });
    assert.deepEqual([reply.embeddings.length, reply.embeddings[0]?.length], [2, 256]);
    assert.ok(reply.usage.tokens > 0);
  });

  test("makes an image", async () => {
    const model = openai.image("simulated-image");
    const { image } = await generateImage({ model, prompt: `a fox ${unique()}`, maxRetries: 0 });
    assert.equal(Buffer.from(image.uint8Array).subarray(1, 4).toString(), "PNG");
  });

  test("transcribes and speaks", async () => {
    const audio = new Uint8Array(2500);
    const heard = await transcribe({ model: openai.transcription("simulated-whisper"), audio, maxRetries: 0 });
    assert.match(heard.text, /3 seconds/);
    const said = await generateSpeech({ model: openai.speech("simulated-speech"), text: "12345", maxRetries: 0 });
    assert.equal(said.audio.uint8Array.length, 500);
  });
});
