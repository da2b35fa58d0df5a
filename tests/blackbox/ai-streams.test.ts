// What passes through unchanged: streams and plain replies arrive byte for byte as the provider sent them,
// however they were torn on the way; only a usage chunk nobody asked for is kept back. Not here: faults.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { asking, type Body, booked, chat, events, original, unique, withoutUsage } from "./ai-call.ts";
import { awaited } from "./ai-journal.ts";
import { person, shared } from "./harness.ts";

const stack = shared();

const TOOLS = ["weather", "时间"].map((name) => ({
  type: "function",
  function: { name, parameters: { type: "object", properties: { city: { type: "string" } } } },
}));

/** Streams that take every turn a provider's can take: the message's directives, and more of the body. */
const STREAMS: readonly (readonly [string, string, Body?])[] = [
  ["an ordinary one", ""],
  ["single bytes, torn inside UTF-8", "[sim:split=1]"],
  ["three bytes at a time", "[sim:split=3]"],
  ["single bytes with CRLF", "[sim:split=1;crlf]"],
  ["two bytes at a time with CRLF: a CR ends a piece, its LF begins the next", "[sim:split=2;crlf]"],
  ["CRLF", "[sim:crlf]"],
  ["comments between the events", "[sim:comment]"],
  ["comments and CRLF, seven bytes at a time", "[sim:comment;crlf;split=7]"],
  ["each event on its own", "[sim:delay=0]"],
  ["an event that is no JSON", "[sim:malformed]"],
  ["usage on the last choice's event", "[sim:usage=on-finish]"],
  ["usage in the last choice, as Moonshot has it", "[sim:usage=in-last-choice]"],
  ["usage twice", "[sim:usage=both]"],
  ["no usage at all", "[sim:usage=none]"],
  ["text that looks like the protocol", '[sim:text=data: [DONE\\]\\n\\ndata: {"usage": {}, "choices":[\\]}]'],
  ["two events of half a megabyte", "[sim:big=1000000;chunks=2]"],
  ["four thousand events", "[sim:big=16000;chunks=4000]"],
  ["three alternatives", "", { n: 3 }],
  ["two tools at once", "[tool:weather][tool:时间]", { tools: TOOLS }],
  ["two tools, torn", "[tool:weather][tool:时间][sim:split=5]", { tools: TOOLS }],
  ["a model that thinks", "", { model: "simulated-reasoning" }],
  ["an answer cut by max_tokens", "", { max_tokens: 3 }],
];

describe("a stream arrives byte for byte", { concurrency: 4 }, () => {
  for (const [what, directives, more] of STREAMS) {
    test(`without the usage chunk nobody asked for: ${what}`, async () => {
      const who = await person();
      const body = asking(`${unique()} ${directives}`, { ...more, stream: true });
      const [reply, sent] = await Promise.all([chat(stack, who, body), original(stack, body)]);
      assert.equal(reply.status, 200, reply.text);
      assert.equal(reply.headers.get("content-type"), "text/event-stream");
      assert.ok(reply.complete);
      assert.equal(reply.text, withoutUsage(sent.text));
      assert.equal((await booked(stack, reply)).status, "succeeded");
    });

    test(`with the usage chunk that was asked for: ${what}`, async () => {
      const who = await person();
      const asked = { stream: true, stream_options: { include_usage: true } };
      const body = asking(`${unique()} ${directives}`, { ...more, ...asked });
      const [reply, sent] = await Promise.all([chat(stack, who, body), original(stack, body)]);
      assert.deepEqual(reply.bytes, sent.bytes);
      assert.ok(sent.text.includes("[DONE]"));
    });
  }
});

test("a plain reply arrives byte for byte", async () => {
  const who = await person();
  for (const [, directives, more] of STREAMS) {
    if (directives.includes("split")) continue;
    const body = asking(`${unique()} ${directives}`, more);
    const [reply, sent] = await Promise.all([chat(stack, who, body), original(stack, body)]);
    assert.equal(reply.headers.get("content-type"), "application/json");
    assert.deepEqual(reply.bytes, sent.bytes);
  }
});

test("a reply tells what it cost and who answered", async () => {
  const who = await person();
  const reply = await chat(stack, who, asking(unique()));
  const row = await booked(stack, reply);
  assert.equal(reply.headers.get("x-cost-nano-usd"), String(row.cost_nano_usd));
  assert.equal(reply.headers.get("x-model"), "simulated-chat");
  assert.equal(reply.headers.get("x-provider"), "simulator");
});

test("a stream begins before it ends: its first event is here while the provider still writes", async () => {
  const who = await person();
  const word = unique();
  const body = asking(`${word} [sim:delay=20;chunks=100]`, { stream: true });
  const reply = chat(stack, who, body);
  const [open] = await awaited(stack, word, "open");
  assert.ok(open);
  const [first] = events((await reply).text);
  assert.match(first ?? "", /"role":"assistant"/);
  const row = await booked(stack, await reply);
  assert.ok(row.first_token_at !== null);
  assert.ok(row.first_token_at - row.started_at < (row.finished_at - row.started_at) / 2);
});

test("the body goes to the provider as it came, but for the usage it is asked to tell", async () => {
  const who = await person();
  const word = unique();
  const odd = { temperature: 1.5e-1, seed: 7, user: "ünï", metadata: { a: [1, 2.5, null] } };
  const streamed = asking(`${word} 1`, { ...odd, stream: true });
  const plain = asking(`${word} 2`, odd);
  await chat(stack, who, streamed);
  await chat(stack, who, plain);
  const [first, second] = await awaited(stack, word, "finished", 2);
  assert.deepEqual(first?.body, { ...streamed, stream_options: { include_usage: true } });
  assert.deepEqual(second?.body, plain);
});

test("nothing of the client's own headers goes to the provider", async () => {
  const who = await person();
  const word = unique();
  const headers = { cookie: "a=b", "x-forwarded-for": "192.0.2.7", "openai-organization": "org-x" };
  await chat(stack, who, asking(word), { headers });
  const [call] = await awaited(stack, word, "finished");
  const names = Object.keys(call?.headers ?? {});
  for (const name of ["authorization", "cookie", "x-forwarded-for", "openai-organization"])
    assert.ok(!names.includes(name), name);
});
