// The official `openai` package for JavaScript on the routes beside chat: embeddings, images, sound, moderations and
// ranks, and what chats may hold: schemas, pictures, reasoning. Responses have a file of their own.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import OpenAI, { toFile } from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { bookedBy, unique } from "../blackbox/ai-call.ts";
import { journal } from "../blackbox/ai-journal.ts";
import { type Person, person, shared } from "../blackbox/harness.ts";

const stack = shared();

function client(who: Pick<Person, "access_token">, maxRetries = 0): OpenAI {
  return new OpenAI({ baseURL: `${stack.gateway}/v1`, apiKey: who.access_token, maxRetries });
}

describe("openai for JavaScript", { concurrency: true }, () => {
  let who: Person;
  let openai: OpenAI;
  before(async () => {
    who = await person();
    openai = client(who);
  });

  test("embeds one text and several, as floats and packed", async () => {
    const input = ["the weather in Oslo", "Oslo the weather", `revenue ${unique()}`];
    // The SDK asks for base64 and unpacks it unless told otherwise.
    const packed = await openai.embeddings.create({ model: "simulated-embedding", input });
    const floats = await openai.embeddings.create({ model: "simulated-embedding", input, encoding_format: "float" });
    assert.equal(packed.data.length, 3);
    const near = (one = packed.data[0], other = floats.data[0]): number =>
      Math.max(...(one?.embedding ?? []).map((value, at) => Math.abs(value - (other?.embedding[at] ?? 9))));
    assert.ok(near() < 1e-6);
    assert.ok(packed.usage.prompt_tokens > 0);
  });

  test("pays for embeddings by the token", async () => {
    const other = await person();
    const { data, response } = await client(other)
      .embeddings.create({ model: "simulated-embedding", input: `pay ${unique()}` })
      .withResponse();
    const cost = Number(response.headers.get("x-cost-nano-usd"));
    assert.equal(cost, data.usage.prompt_tokens * 100);
    const [row] = await bookedBy(stack, other, 1);
    assert.deepEqual([row?.model, row?.status, row?.cost_nano_usd], ["simulated-embedding", "succeeded", cost]);
  });

  test("makes images", async () => {
    const reply = await openai.images.generate({ model: "simulated-image", prompt: `a fox ${unique()}`, n: 2 });
    assert.equal(reply.data?.length, 2);
    assert.equal(
      Buffer.from(reply.data?.[0]?.b64_json ?? "", "base64")
        .subarray(1, 4)
        .toString(),
      "PNG",
    );
    assert.ok((reply.usage?.output_tokens ?? 0) > 0);
  });

  test("transcribes sound", async () => {
    const word = unique();
    const file = await toFile(new Uint8Array(2500), "speech.wav");
    const asked = { model: "simulated-whisper", file, prompt: word };
    const { data, response } = await openai.audio.transcriptions.create(asked).withResponse();
    assert.match(data.text, new RegExp(`3 seconds of speech.wav. ${word}`));
    assert.equal(Number(response.headers.get("x-cost-nano-usd")), 300_000);
    const [call] = await journal(stack, word);
    assert.equal(call?.path, "/v1/audio/transcriptions");
  });

  test("speaks", async () => {
    const body = { model: "simulated-speech", voice: "alloy", input: "12345", response_format: "wav" as const };
    const reply = await openai.audio.speech.create(body);
    assert.equal(reply.headers.get("content-type"), "audio/wav");
    assert.equal((await reply.arrayBuffer()).byteLength, 500);
  });

  test("moderates", async () => {
    const input = [`kind words ${unique()}`, `violence ${unique()}`];
    const reply = await openai.moderations.create({ model: "simulated-moderation", input });
    assert.deepEqual(
      reply.results.map((one) => one.flagged),
      [false, true],
    );
  });

  test("ranks, through its plain request", async () => {
    interface Ranked {
      readonly results: readonly { readonly index: number; readonly relevance_score: number }[];
    }
    const documents = ["red apples", "the capital of France is Paris"];
    const body = { model: "simulated-rerank", query: "capital of France", documents };
    const reply = await openai.post<Ranked>("/rerank", { body });
    assert.equal(reply.results[0]?.index, 1);
  });

  test("gets an answer in the shape of a schema, parsed", async () => {
    const shape = z.object({ name: z.string(), tags: z.array(z.enum(["red", "blue"])), count: z.number() });
    const reply = await openai.chat.completions.parse({
      model: "simulated-chat",
      messages: [{ role: "user", content: "Ada" }],
      response_format: zodResponseFormat(shape, "thing"),
    });
    assert.deepEqual(reply.choices[0]?.message.parsed, { name: "Ada", tags: ["red"], count: 1 });
  });

  test("shows the model a picture", async () => {
    const url = "data:image/png;base64,iVBORw0KGgo=";
    const content = [
      { type: "text" as const, text: "what is this?" },
      { type: "image_url" as const, image_url: { url, detail: "low" as const } },
    ];
    const body = { model: "simulated-chat", messages: [{ role: "user" as const, content }] };
    const reply = await openai.chat.completions.create(body);
    assert.match(reply.choices[0]?.message.content ?? "", /1 images seen/);
  });

  test("runs tools by its own helper, to the end", async () => {
    const seen: string[] = [];
    const runner = openai.chat.completions.runTools({
      model: "simulated-chat",
      messages: [{ role: "user", content: `[tool:weather] ${unique()}` }],
      tools: [
        {
          type: "function",
          function: {
            name: "weather",
            description: "tells the weather",
            parameters: { type: "object", properties: { city: { type: "string" } } },
            parse: JSON.parse,
            function: ({ city }: { city: string }) => {
              seen.push(city);
              return "rain";
            },
          },
        },
      ],
    });
    const text = await runner.finalContent();
    assert.deepEqual([seen.length, text === null], [1, false]);
  });

  test("NotFoundError for a model that has no such route, and no call is made", async () => {
    const word = unique();
    await assert.rejects(openai.embeddings.create({ model: "no-such-model", input: word }), OpenAI.NotFoundError);
    assert.deepEqual(await journal(stack, word), []);
  });

  for (const [what, call] of [
    ["embeddings", (text: string) => openai.embeddings.create({ model: "simulated-embedding", input: text })],
    ["images", (text: string) => openai.images.generate({ model: "simulated-image", prompt: text })],
    ["moderations", (text: string) => openai.moderations.create({ model: "simulated-moderation", input: text })],
  ] as const) {
    test(`typed errors of ${what}`, async () => {
      await assert.rejects(call(`[sim:status=400] ${unique()}`), OpenAI.BadRequestError);
      await assert.rejects(call(`[sim:status=401] ${unique()}`), OpenAI.InternalServerError);
    });
  }
});
