// The routes that are no chat: responses, embeddings, images, sound, moderations, ranks, counting, Workers AI's own.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Loose } from "./client.ts";
import { post } from "./client.ts";
import type { Simulator } from "./server.ts";
import { startSimulator } from "./server.ts";

let simulator: Simulator;
before(async () => {
  simulator = await startSimulator();
});
after(() => simulator.close());

const send = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  post(simulator.url + path, body, headers);
const json = async (path: string, body: unknown): Promise<Loose> => JSON.parse((await send(path, body)).text);
const datas = (text: string): Loose[] =>
  text
    .split("\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice(6)));

async function upload(path: string, fields: Record<string, string>, bytes = 2500): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set("file", new Blob([new Uint8Array(bytes)], { type: "audio/wav" }), "speech.wav");
  return fetch(simulator.url + path, { method: "POST", body: form });
}

test("a_response_has_the_same_text_and_usage_plain_and_streamed", async () => {
  for (const model of ["simulated-chat", "simulated-reasoning"]) {
    const body = {
      model,
      input: [{ role: "user", content: [{ type: "input_text", text: "你好" }] }],
      instructions: "Be.",
    };
    const plain = await json("/v1/responses", body);
    const all = datas((await send("/v1/responses", { ...body, stream: true })).text);
    assert.deepEqual(all.at(-1).response, plain);
    assert.deepEqual(
      all.map((event) => event.sequence_number),
      all.map((_, index) => index),
    );
    const text = all.filter((event) => event.type === "response.output_text.delta").map((event) => event.delta);
    assert.equal(text.join(""), plain.output.at(-1).content[0].text);
    assert.equal(plain.usage.total_tokens, plain.usage.input_tokens + plain.usage.output_tokens);
  }
});

test("a_response_calls_tools_in_parallel_and_stops_when_they_are_answered", async () => {
  const tools = ["weather", "clock"].map((name) => ({ type: "function", name, parameters: {} }));
  const asked = { role: "user", content: "[tool:weather][tool:clock] now" };
  const plain = await json("/v1/responses", { model: "m", input: [asked], tools });
  assert.deepEqual(
    plain.output.map((item: Loose) => [item.type, item.name]),
    [
      ["function_call", "weather"],
      ["function_call", "clock"],
    ],
  );
  const given = { type: "function_call_output", call_id: plain.output[0].call_id, output: "rain" };
  const done = await json("/v1/responses", { model: "m", input: [asked, ...plain.output, given], tools });
  assert.equal(done.output[0].type, "message");
});

test("a_clipped_response_is_incomplete", async () => {
  const reply = await json("/v1/responses", { model: "m", input: "hello", max_output_tokens: 2 });
  assert.deepEqual([reply.status, reply.incomplete_details.reason], ["incomplete", "max_output_tokens"]);
});

test("an_answer_fits_the_schema_it_was_asked_for", async () => {
  const schema = {
    type: "object",
    properties: { name: { type: "string" }, tags: { type: "array", items: { $ref: "#/$defs/tag" } } },
    $defs: { tag: { enum: ["red", "blue"] } },
  };
  const format = { type: "json_schema", json_schema: { name: "x", schema } };
  const body = { model: "m", messages: [{ role: "user", content: "Ada" }], response_format: format };
  const reply = await json("/v1/chat/completions", body);
  assert.deepEqual(JSON.parse(reply.choices[0].message.content), { name: "Ada", tags: ["red"] });
});

test("a_tool_that_is_demanded_is_called_with_arguments_that_fit_its_schema", async () => {
  const schema = { type: "object", properties: { name: { type: "string" } } };
  const messages = [{ role: "user", content: "Ada" }];
  const shape = { name: "json", parameters: schema };
  const demanded = { tool_choice: { type: "function", function: { name: "json" } } };
  const tools = [{ type: "function", function: shape }];
  const chat = await json("/v1/chat/completions", { model: "m", messages, tools, ...demanded });
  assert.equal(chat.choices[0].message.tool_calls[0].function.arguments, '{"name":"Ada"}');
  const wanted = { tools: [{ type: "function", ...shape }], tool_choice: "required" };
  const response = await json("/v1/responses", { model: "m", input: "Ada", ...wanted });
  assert.equal(response.output[0].arguments, '{"name":"Ada"}');
  const theirs = { tools: [{ name: "json", input_schema: schema }], tool_choice: { type: "tool", name: "json" } };
  const body = { model: "m", max_tokens: 50, messages, ...theirs };
  const reply = await send("/v1/messages", body, { "anthropic-version": "2023-06-01" });
  assert.deepEqual(JSON.parse(reply.text).content[0].input, { name: "Ada" });
});

test("images_in_a_message_are_seen_and_counted", async () => {
  const image = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } };
  const body = { model: "m", messages: [{ role: "user", content: [{ type: "text", text: "what?" }, image] }] };
  const reply = await json("/v1/chat/completions", body);
  assert.match(reply.choices[0].message.content, /1 images seen/);
  assert.equal(reply.usage.prompt_tokens, 3 + 2 + 85);
});

test("tokens_of_a_message_are_counted_without_an_answer", async () => {
  const body = { model: "claude-simulated", messages: [{ role: "user", content: "12345678" }], system: "1234" };
  assert.deepEqual(await json("/v1/messages/count_tokens", body), { input_tokens: 3 + 2 + 3 + 1 });
});

test("texts_with_the_same_words_have_near_embeddings", async () => {
  const input = ["the weather in Oslo", "Oslo the weather", "quarterly revenue"];
  const reply = await json("/v1/embeddings", { model: "m", input, dimensions: 64 });
  const [one, near, far] = reply.data.map((item: Loose) => item.embedding);
  const cosine = (a: number[], b: number[]): number => a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
  assert.ok(cosine(one, near) > 0.8 && cosine(one, far) < 0.5);
  assert.equal(one.length, 64);
  const packed = await json("/v1/embeddings", { model: "m", input: "x", dimensions: 4, encoding_format: "base64" });
  assert.equal(Buffer.from(packed.data[0].embedding, "base64").length, 16);
});

test("images_come_as_base64_with_usage_or_as_urls_that_can_be_fetched", async () => {
  const inline = await json("/v1/images/generations", { model: "gpt-image-sim", prompt: "a fox", n: 2 });
  assert.deepEqual([inline.data.length, inline.usage.output_tokens], [2, 544]);
  const linked = await json("/v1/images/generations", { model: "m", prompt: "a fox", response_format: "url" });
  assert.equal(linked.usage, undefined);
  const picture = await fetch(linked.data[0].url);
  assert.deepEqual([picture.status, picture.headers.get("content-type")], [200, "image/png"]);
});

test("a_transcription_knows_how_long_the_sound_was", async () => {
  const timed: Loose = await (await upload("/v1/audio/transcriptions", { model: "whisper-1" })).json();
  assert.deepEqual(timed.usage, { type: "duration", seconds: 3 });
  const told: Loose = await (await upload("/v1/audio/transcriptions", { model: "m", prompt: "[sim:text=Hi]" })).json();
  assert.deepEqual([told.text, told.usage.input_tokens], ["Hi", 30]);
  const streamed = await upload("/v1/audio/transcriptions", { model: "m", stream: "true" });
  const all = datas(await streamed.text());
  assert.equal(all.at(-1).type, "transcript.text.done");
  const plain = await upload("/v1/audio/transcriptions", { model: "m", response_format: "text" });
  assert.match(await plain.text(), /^I heard 3 seconds of speech\.wav/);
});

test("the_journal_keeps_what_was_in_a_form_but_not_its_files", async () => {
  await upload("/v1/audio/transcriptions", { model: "m", prompt: "kept in the journal" });
  const [call] = simulator.calls({ contains: "kept in the journal" });
  const file = { filename: "speech.wav", type: "audio/wav", bytes: 2500 };
  assert.deepEqual(call?.body, { model: "m", prompt: "kept in the journal", file });
});

test("speech_is_sound_of_a_foreseeable_length", async () => {
  const reply = await send("/v1/audio/speech", { model: "m", voice: "alloy", input: "12345", response_format: "wav" });
  assert.equal(reply.headers["content-type"], "audio/wav");
  assert.equal(Buffer.concat(reply.chunks).length, 500);
  const events = datas((await send("/v1/audio/speech", { model: "m", input: "12345", stream_format: "sse" })).text);
  assert.deepEqual(events.at(-1).usage, { input_tokens: 2, output_tokens: 10, total_tokens: 12 });
});

test("a_text_is_flagged_for_the_category_it_names", async () => {
  const reply = await json("/v1/moderations", { input: ["kind words", "violence"] });
  assert.deepEqual(
    reply.results.map((one: Loose) => [one.flagged, one.categories.violence]),
    [
      [false, false],
      [true, true],
    ],
  );
});

test("the_nearest_document_ranks_first", async () => {
  const documents = ["red apples", "the capital of France is Paris", { text: "Paris" }];
  const reply = await json("/v1/rerank", { model: "m", query: "capital of France", documents, top_n: 2 });
  assert.deepEqual([reply.results.length, reply.results[0].index], [2, 1]);
});

test("workers_ai_wraps_its_own_answers", async () => {
  const path = "/workers-ai/v1/ai/run/@cf/meta/llama-3.1-8b-instruct";
  const plain = await json(path, { prompt: "hello" });
  assert.match(plain.result.response, /hello/);
  assert.equal(plain.success, true);
  const stream = datas((await send(path, { prompt: "hello", stream: true })).text);
  assert.deepEqual(stream.at(-1).usage, plain.result.usage);
});

test("directives_hold_on_every_route", async () => {
  const failing: [string, Record<string, unknown>][] = [
    ["/v1/responses", { input: "[sim:status=503]" }],
    ["/v1/embeddings", { input: "[sim:status=503]" }],
    ["/v1/images/generations", { prompt: "[sim:status=503]" }],
    ["/v1/audio/speech", { input: "[sim:status=503]" }],
    ["/v1/moderations", { input: "[sim:status=503]" }],
    ["/v1/rerank", { query: "[sim:status=503]", documents: ["x"] }],
    ["/v1/messages/count_tokens", { messages: [{ role: "user", content: "[sim:status=503]" }] }],
  ];
  for (const [path, body] of failing) assert.equal((await send(path, { model: "m", ...body })).status, 503, path);
  const form = await upload("/v1/audio/transcriptions", { model: "m", prompt: "[sim:status=503]" });
  assert.equal(form.status, 503);
});
