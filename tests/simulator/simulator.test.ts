// The chat completions of the simulator, OpenAI's and Moonshot's, over real sockets. Faults, journal and
// Anthropic's messages have files of their own.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Loose } from "./client.ts";
import { chat, content, events, post, streamed } from "./client.ts";
import type { Simulator } from "./server.ts";
import { startSimulator } from "./server.ts";

let simulator: Simulator;
let url: string;
let moon: string;
before(async () => {
  simulator = await startSimulator();
  url = `${simulator.url}/v1/chat/completions`;
  moon = `${simulator.url}/moonshot/v1/chat/completions`;
});
after(() => simulator.close());

const plain = async (body: unknown, to = url): Promise<Loose> => JSON.parse((await post(to, body)).text);

test("the_models_are_listed_in_openais_shape", async () => {
  for (const prefix of ["", "/moonshot"]) {
    const list: Loose = await (await fetch(`${simulator.url}${prefix}/v1/models`)).json();
    assert.equal(list.object, "list");
    assert.deepEqual(
      list.data.map((model: Loose) => model.id),
      ["simulated-chat", "simulated-reasoning", "simulated-unpriced"],
    );
  }
  const one: Loose = await (await fetch(`${simulator.url}/v1/models/simulated-chat`)).json();
  assert.equal(one.object, "model");
});

test("the_same_request_gets_the_same_bytes_twice", async () => {
  for (const body of [chat("你好"), streamed("你好")]) {
    assert.equal((await post(url, body)).text, (await post(url, body)).text);
  }
});

test("the_reply_holds_multi_byte_text", async () => {
  const reply = await plain(chat("naïve 你好 👋🏽"));
  assert.match(reply.choices[0].message.content, /naïve 你好 👋🏽.*模拟器.*🧵/u);
});

test("anthropics_header_does_not_change_what_is_openais", async () => {
  const reply: Loose = JSON.parse((await post(url, chat("hi"), { "anthropic-version": "2023-06-01" })).text);
  assert.ok(reply.usage.total_tokens > 0);
});

test("a_token_is_four_bytes_and_each_message_adds_three", async () => {
  const reply = await plain({
    model: "m",
    messages: [
      { role: "system", content: "12345" },
      { role: "user", content: [{ type: "text", text: "[sim:text=123456789]" }] },
    ],
  });
  assert.equal(reply.choices[0].message.content, "123456789");
  assert.deepEqual(
    [reply.usage.prompt_tokens, reply.usage.completion_tokens, reply.usage.total_tokens],
    [3 + 2 + 3 + 5, 3, 16],
  );
});

test("streamed_and_plain_have_the_same_text_and_usage", async () => {
  const extras = [
    {},
    { max_tokens: 7 },
    { n: 3 },
    { model: "simulated-reasoning" },
    { model: "simulated-reasoning", max_completion_tokens: 3 },
  ];
  for (const extra of extras) {
    for (const to of [url, moon]) {
      const whole = await plain(chat('价格 💰 "quoted" \\ back', extra), to);
      const text = (await post(to, streamed('价格 💰 "quoted" \\ back', extra))).text;
      for (const [index, choice] of (whole.choices as Loose[]).entries()) {
        assert.equal(content(text, index), choice.message.content);
      }
      const usages = events(text)
        .map((event) => event.usage ?? event.choices.at(-1)?.usage)
        .filter(Boolean);
      assert.deepEqual(usages, [whole.usage]);
      assert.ok(text.endsWith("data: [DONE]\n\n"));
    }
  }
});

test("usage_comes_in_a_chunk_without_choices_and_only_when_asked_for", async () => {
  const list = events((await post(url, streamed("hi"))).text);
  assert.deepEqual(list.at(-1).choices, []);
  assert.ok(list.slice(0, -1).every((event) => event.usage === null));
  const unasked = (await post(url, chat("hi", { stream: true }))).text;
  assert.ok(!unasked.includes("usage"));
});

test("a_reasoning_model_tells_reasoning_and_cached_tokens", async () => {
  const { usage } = await plain(chat("think", { model: "simulated-reasoning" }));
  assert.ok(usage.completion_tokens_details.reasoning_tokens > 0);
  assert.ok(usage.completion_tokens_details.reasoning_tokens < usage.completion_tokens);
  assert.equal(usage.prompt_tokens_details.cached_tokens, Math.floor(usage.prompt_tokens / 2));
});

test("max_tokens_clips_the_text_and_says_length", async () => {
  for (const field of ["max_tokens", "max_completion_tokens"]) {
    const reply = await plain(chat("[sim:text=世界世界世界世界]", { [field]: 2 }));
    assert.equal(reply.choices[0].message.content, "世界");
    assert.equal(reply.choices[0].finish_reason, "length");
    assert.equal(reply.usage.completion_tokens, 2);
  }
});

test("n_gives_that_many_alternatives", async () => {
  const reply = await plain(chat("hi", { n: 2 }));
  assert.equal(reply.choices.length, 2);
  assert.notEqual(reply.choices[0].message.content, reply.choices[1].message.content);
});

test("chunks_gives_exactly_that_many_content_events", async () => {
  for (const count of [1, 50, 500]) {
    const list = events((await post(url, streamed(`hi [sim:chunks=${count}]`))).text);
    assert.equal(list.filter((event) => event.choices[0]?.delta.content).length, count);
  }
});

const tools = ["weather", "clock"].map((name) => ({ type: "function", function: { name, parameters: {} } }));

test("tools_are_called_in_parallel_and_streamed_in_pieces", async () => {
  const ask = "[tool:weather] [tool:clock] 上海? [sim:chunks=5]";
  const whole = await plain(chat(ask, { tools }));
  assert.equal(whole.choices[0].finish_reason, "tool_calls");
  assert.equal(whole.choices[0].message.content, null);
  const calls: Loose[] = whole.choices[0].message.tool_calls;
  assert.deepEqual(
    calls.map((call) => call.function.name),
    ["weather", "clock"],
  );
  assert.equal(JSON.parse(calls[0].function.arguments).city, "上海 🌧");
  const deltas = events((await post(url, streamed(ask, { tools }))).text).flatMap(
    (event) => event.choices[0]?.delta.tool_calls ?? [],
  );
  for (const [index, call] of calls.entries()) {
    const mine = deltas.filter((delta) => delta.index === index);
    assert.equal(mine.length, 6);
    assert.equal(mine[0].id, call.id);
    assert.equal(mine.map((delta) => delta.function.arguments).join(""), call.function.arguments);
  }
});

test("tools_are_not_called_when_not_offered_refused_or_already_answered", async () => {
  const cases = [
    chat("[tool:weather]"),
    chat("[tool:other]", { tools }),
    chat("[tool:weather]", { tools, tool_choice: "none" }),
    {
      ...chat("", { tools }),
      messages: [
        { role: "user", content: "[tool:weather]" },
        { role: "tool", tool_call_id: "x", content: "rain" },
      ],
    },
  ];
  for (const body of cases) assert.equal((await plain(body)).choices[0].finish_reason, "stop");
  const one = await plain(chat("[tool:weather][tool:clock]", { tools, parallel_tool_calls: false }));
  assert.equal(one.choices[0].message.tool_calls.length, 1);
});

test("moonshot_tells_usage_in_the_last_choice_and_thinks_aloud", async () => {
  const list = events((await post(moon, chat("hi", { stream: true, model: "simulated-reasoning" }))).text);
  const last = list.at(-1);
  assert.equal(last.choices[0].finish_reason, "stop");
  assert.equal(last.choices[0].usage.cached_tokens, Math.floor(last.choices[0].usage.prompt_tokens / 2));
  assert.equal(last.usage, undefined);
  const thoughts = list.map((event) => event.choices[0].delta.reasoning_content ?? "").join("");
  const whole = await plain(chat("hi", { model: "simulated-reasoning" }), moon);
  assert.equal(thoughts, whole.choices[0].message.reasoning_content);
  assert.match(thoughts, /想一想 🤔/u);
});

test("an_unknown_model_is_echoed_and_a_missing_one_is_404_in_each_dialect", async () => {
  assert.equal((await plain(chat("hi", { model: "any/name:latest" }))).model, "any/name:latest");
  const openai = await post(url, chat("hi", { model: "missing-1" }));
  assert.equal(openai.status, 404);
  assert.equal(JSON.parse(openai.text).error.code, "model_not_found");
  const moonshot = await post(moon, chat("hi", { model: "missing-1" }));
  assert.equal(moonshot.status, 404);
  assert.equal(JSON.parse(moonshot.text).error.type, "resource_not_found_error");
});

test("bad_requests_are_400_unknown_routes_404_and_wrong_methods_405", async () => {
  const bad = [
    {},
    { model: "m" },
    { model: "m", messages: [] },
    chat("hi", { max_tokens: 0 }),
    chat("hi", { n: "two" }),
    chat("[sim:typo=1]"),
    chat("[sim:chunks=0]"),
    chat("[sim:html"),
  ];
  for (const body of bad) assert.equal((await post(url, body)).status, 400, JSON.stringify(body));
  assert.equal((await post(`${simulator.url}/v1/nowhere`, {})).status, 404);
  const wrong = await fetch(url);
  assert.equal(wrong.status, 405);
  assert.equal(wrong.headers.get("allow"), "POST");
  await wrong.arrayBuffer();
});

test("replies_carry_request_ids_and_rate_limit_headers", async () => {
  const first = await post(url, chat("hi"));
  const second = await post(url, chat("hi"));
  assert.match(String(first.headers["x-request-id"]), /^req_\d{8}$/);
  assert.notEqual(first.headers["x-request-id"], second.headers["x-request-id"]);
  assert.equal(first.headers["x-ratelimit-remaining-requests"], "9999");
});

test("a_key_is_required_only_where_one_was_set", async () => {
  const locked = await startSimulator({ key: "sk-simulated-1234" });
  try {
    const to = `${locked.url}/v1/chat/completions`;
    const refused = await post(to, chat("hi"), { authorization: "Bearer sk-other-9999" });
    assert.equal(refused.status, 401);
    assert.equal(JSON.parse(refused.text).error.code, "invalid_api_key");
    assert.equal((await post(to, chat("hi"), { authorization: "Bearer sk-simulated-1234" })).status, 200);
    assert.equal((await fetch(`${locked.url}/v1/models`)).status, 401);
  } finally {
    await locked.close();
  }
});
