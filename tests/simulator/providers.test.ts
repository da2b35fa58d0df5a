// The dialects that are made of fixtures: every provider answers as its fixtures show, any fixture is replayed byte
// for byte, and the index tells the truth about the files.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Loose } from "./client.ts";
import { chat, events, post, streamed } from "./client.ts";
import { type Fixture, fixtures, fixtureText, providerNames } from "./fixtures.ts";
import type { Simulator } from "./server.ts";
import { startSimulator } from "./server.ts";

let simulator: Simulator;
before(async () => {
  simulator = await startSimulator();
});
after(() => simulator.close());

const ask = (provider: string, body: unknown) => post(`${simulator.url}/${provider}/v1/chat/completions`, body);
const CHAT = ["openai", "moonshot", "deepseek", "dashscope", "gemini", "workers-ai", "ollama", "vllm"];

test("every_file_is_in_the_index_and_cites_its_source", () => {
  const folder = fileURLToPath(new URL("../../functions/ai/fixtures/", import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /\.(json|sse)$/.test(name));
  const listed = fixtures().map(({ file }) => file);
  assert.deepEqual([...listed].sort(), files.filter((name) => name !== "index.json").sort());
  for (const { file, source } of fixtures()) {
    assert.match(source, /^(captured|reconstructed)/, file);
    assert.match(source, /https:\/\/|how servers|details as|with `include_usage`/, file);
  }
});

test("every_provider_speaks_with_the_members_its_fixtures_show", async () => {
  for (const provider of CHAT) {
    const reply: Loose = JSON.parse((await ask(provider, chat("hi", { model: "some-reasoning" }))).text);
    const known = fixtures().find(
      (one) => one.provider === provider && one.route === "chat" && one.usage && one.form === "reply",
    );
    const shown: Loose = JSON.parse(fixtureText(known as Fixture));
    assert.deepEqual(Object.keys(reply.usage).sort(), Object.keys(shown.usage).sort(), provider);
  }
});

test("plain_and_streamed_usage_are_equal_for_every_provider", async () => {
  for (const provider of CHAT) {
    const body = { model: "some-reasoning", messages: [{ role: "user", content: `count ${provider}` }] };
    const plain: Loose = JSON.parse((await ask(provider, body)).text);
    const stream = await ask(provider, { ...body, stream: true, stream_options: { include_usage: true } });
    const told = events(stream.text).flatMap((event) => [event.usage, ...event.choices.map((one: Loose) => one.usage)]);
    assert.deepEqual(told.filter(Boolean).at(-1), plain.usage, provider);
  }
});

test("the_quirks_are_there", async () => {
  const gemini: Loose = JSON.parse((await ask("gemini", chat("think", { model: "a-thinking-one" }))).text);
  const { prompt_tokens, completion_tokens, total_tokens } = gemini.usage;
  assert.ok(prompt_tokens + completion_tokens < total_tokens, "thoughts stand in the total alone");
  const failed: Loose = JSON.parse((await ask("gemini", chat("[sim:status=429]"))).text);
  assert.equal(failed[0].error.status, "RESOURCE_EXHAUSTED");
  const deepseek: Loose = JSON.parse((await ask("deepseek", chat("[sim:cached-tokens=2]"))).text);
  assert.equal(deepseek.usage.prompt_cache_hit_tokens, 2);
  assert.equal(deepseek.usage.prompt_cache_miss_tokens, deepseek.usage.prompt_tokens - 2);
  const workers: Loose = JSON.parse((await ask("workers-ai", chat("[sim:status=429,code=3036]"))).text);
  assert.deepEqual([workers.success, workers.errors[0].code], [false, 3036]);
  const tools = [{ type: "function", function: { name: "weather", parameters: {} } }];
  const whole = events((await ask("gemini", streamed("[tool:weather] now", { tools }))).text);
  const calls = whole.flatMap((event) => event.choices).filter((one: Loose) => one.delta.tool_calls);
  assert.equal(calls.length, 1, "a call comes in one piece");
});

test("moonshots_three_429_are_told_apart_by_their_type", async () => {
  for (const code of ["engine_overloaded_error", "rate_limit_reached_error", "exceeded_current_quota_error"]) {
    const reply = await ask("moonshot", chat(`[sim:status=429,code=${code}]`));
    assert.equal(JSON.parse(reply.text).error.type, code);
  }
});

test("any_fixture_is_replayed_byte_for_byte", async () => {
  for (const fixture of fixtures()) {
    if (fixture.route !== "chat") continue;
    const name = fixture.file.replace(/\.(json|sse)$/, "");
    const stream = fixture.form === "stream";
    const reply = await ask(fixture.provider, chat(`[sim:fixture=${name}]`, { stream }));
    assert.equal(reply.text, fixtureText(fixture), fixture.file);
    assert.equal(reply.status, fixture.form === "error" ? fixture.status : 200, fixture.file);
    for (const [header, value] of Object.entries(fixture.headers ?? {})) assert.equal(reply.headers[header], value);
  }
});

test("a_replayed_stream_can_be_cut_as_any_other", async () => {
  const reply = await ask("moonshot", chat("[sim:fixture=moonshot/chat-tools;cut=between;at=2]", { stream: true }));
  assert.deepEqual([reply.complete, events(reply.text).length], [false, 2]);
});

test("an_unknown_fixture_is_a_400", async () => {
  assert.equal((await ask("gemini", chat("[sim:fixture=no/such]"))).status, 400);
  assert.ok(providerNames().includes("replicate"));
});
