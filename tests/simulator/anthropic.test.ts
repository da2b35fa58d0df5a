// Anthropic's messages as the simulator speaks them, over real sockets.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Loose, Reply } from "./client.ts";
import { chat, events, post } from "./client.ts";
import type { Simulator } from "./server.ts";
import { startSimulator } from "./server.ts";

const KEY = "sk-ant-simulated-1234";
const HEADERS = { "anthropic-version": "2023-06-01", "x-api-key": KEY };
let simulator: Simulator;
before(async () => {
  simulator = await startSimulator({ key: KEY });
});
after(() => simulator.close());

const send = (
  text: string,
  more: Record<string, unknown> = {},
  headers: Record<string, string> = HEADERS,
): Promise<Reply> => post(`${simulator.url}/v1/messages`, chat(text, { max_tokens: 1000, ...more }), headers);
const json = async (reply: Promise<Reply>): Promise<Loose> => JSON.parse((await reply).text);

const tools = [
  { name: "weather", input_schema: { type: "object" } },
  { name: "clock", input_schema: { type: "object" } },
];

/** A message put together again from its events, as a client library does it. */
function assembled(text: string): Loose {
  let message: Loose = null;
  for (const event of events(text)) {
    if (event.type === "message_start") message = event.message;
    if (event.type === "content_block_start") message.content.push({ ...event.content_block, json: "" });
    const block = message?.content[event.index];
    const delta = event.delta;
    if (delta?.type === "text_delta") block.text += delta.text;
    if (delta?.type === "thinking_delta") block.thinking += delta.thinking;
    if (delta?.type === "signature_delta") block.signature = delta.signature;
    if (delta?.type === "input_json_delta") block.json += delta.partial_json;
    if (event.type === "message_delta") {
      message.stop_reason = delta.stop_reason;
      message.usage = { ...message.usage, ...event.usage };
    }
  }
  for (const block of message.content) {
    if (block.type === "tool_use") block.input = JSON.parse(block.json);
    delete block.json;
  }
  return message;
}

test("a_stream_puts_together_to_the_plain_message", async () => {
  const cases: [string, Record<string, unknown>][] = [
    ["你好 👋🏽", {}],
    ["你好", { model: "simulated-reasoning", system: "Be brief." }],
    ["clip me", { max_tokens: 4 }],
    ["[tool:weather][tool:clock] 上海", { tools }],
    ["cut my thoughts", { model: "simulated-reasoning", max_tokens: 3 }],
  ];
  for (const [text, more] of cases) {
    const whole = await json(send(text, more));
    delete whole.usage.service_tier;
    assert.deepEqual(assembled((await send(text, { ...more, stream: true })).text), whole);
  }
});

test("the_events_come_in_the_protocols_order", async () => {
  const { text } = await send("hi [sim:chunks=3]", { stream: true });
  const names = text
    .split("\n")
    .filter((line) => line.startsWith("event: "))
    .map((line) => line.slice(7));
  const delta = "content_block_delta";
  assert.deepEqual(names, [
    "message_start",
    "ping",
    "content_block_start",
    delta,
    delta,
    delta,
    "content_block_stop",
    "message_delta",
    "message_stop",
  ]);
});

test("cache_counts_stand_in_message_delta_or_where_the_script_wants_them", async () => {
  const counts = "[sim:prompt-tokens=100;cached-tokens=60;cache-write-tokens=10]";
  const late = events((await send(counts, { stream: true })).text);
  assert.equal(late[0].message.usage.cache_read_input_tokens, 0);
  const usage = late.find((event) => event.type === "message_delta").usage;
  assert.deepEqual(
    [usage.input_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens],
    [30, 60, 10],
  );
  const early = events((await send(`${counts}[sim:usage=start]`, { stream: true })).text);
  assert.equal(early[0].message.usage.cache_read_input_tokens, 60);
  assert.deepEqual(Object.keys(early.find((event) => event.type === "message_delta").usage), ["output_tokens"]);
  assert.ok(!(await send("[sim:usage=none]", { stream: true })).text.includes("usage"));
});

test("both_dialects_count_the_same_tokens", async () => {
  const mine = await json(send("gleich viel 一样多", { model: "simulated-reasoning" }));
  const theirs: Loose = JSON.parse(
    (
      await post(`${simulator.url}/v1/chat/completions`, chat("gleich viel 一样多", { model: "simulated-reasoning" }), {
        authorization: `Bearer ${KEY}`,
      })
    ).text,
  );
  assert.equal(mine.usage.output_tokens, theirs.usage.completion_tokens);
  assert.equal(mine.usage.input_tokens + mine.usage.cache_read_input_tokens, theirs.usage.prompt_tokens);
});

test("errors_have_anthropics_shape", async () => {
  const cases: [Promise<Reply>, number, string][] = [
    [send("hi", {}, { "anthropic-version": "2023-06-01" }), 401, "authentication_error"],
    [send("hi", {}, { "x-api-key": KEY }), 400, "invalid_request_error"],
    [send("hi", { max_tokens: null }), 400, "invalid_request_error"],
    [send("hi", { model: "missing-x" }), 404, "not_found_error"],
    [send("[sim:status=529]"), 529, "overloaded_error"],
    [send("[sim:status=429,retry-after=3]"), 429, "rate_limit_error"],
    [send("[sim:status=500]"), 500, "api_error"],
  ];
  for (const [pending, status, type] of cases) {
    const reply = await pending;
    const body: Loose = JSON.parse(reply.text);
    assert.deepEqual([reply.status, body.type, body.error.type], [status, "error", type]);
    assert.equal(body.request_id, reply.headers["request-id"]);
  }
  assert.equal((await cases[5]?.[0])?.headers["retry-after"], "3");
});

test("an_error_in_mid_stream_is_an_error_event", async () => {
  const { text } = await send("[sim:error=mid]", { stream: true });
  assert.match(text, /event: error\ndata: {"type":"error".*}\n\n$/);
  assert.ok(!text.includes("message_stop"));
});

test("the_models_are_listed_in_anthropics_shape_for_its_clients", async () => {
  const list: Loose = await (await fetch(`${simulator.url}/v1/models`, { headers: HEADERS })).json();
  assert.equal(list.data[0].type, "model");
  assert.equal(list.has_more, false);
});
