// A provider that falls silent, as `docs/ai/faults.md` has it, with short deadlines on a stack of its own.
// Not here: faults that show at once (`ai-faults`).

import assert from "node:assert/strict";
import { type IncomingMessage, request } from "node:http";
import { after, before, describe, test } from "node:test";
import { type Simulator, startSimulator } from "../simulator/server.ts";
import { asking, type Body, booked, chat, events, type Reply, unique, withoutUsage } from "./ai-call.ts";
import { awaited, journal } from "./ai-journal.ts";
import { faults, isBooked, isCutAfter, isRefusal, provoke } from "./ai-table.ts";
import { eventually, type OwnStack, person, startStack } from "./harness.ts";

const DEADLINES = { connect: 500, first_token: 1_000, idle: 1_000, total: 5_000 };

/** How much longer than its deadline a reply may take on a busy machine. */
const SLACK_MS = 15_000;

/** Text of the whole events that the simulator sends of this stream before it holds `bytes` bytes of them. */
async function beginning(url: string, body: Body, bytes: number): Promise<string> {
  const leave = new AbortController();
  const asked = { ...body, stream_options: { include_usage: true } };
  const init = { method: "POST", body: JSON.stringify(asked), signal: leave.signal };
  const reply = await fetch(`${url}/v1/chat/completions`, init);
  let text = "";
  const decoder = new TextDecoder();
  for await (const part of reply.body ?? []) {
    text += decoder.decode(part, { stream: true });
    if (Buffer.byteLength(withoutUsage(text)) >= bytes) break;
  }
  leave.abort();
  return withoutUsage(text);
}

/** The reply without its last event. */
function withoutLast(reply: Reply): string {
  return events(reply.text).slice(0, -1).join("");
}

/** Sends a request and leaves the reply unread. */
function slowly(stack: OwnStack, headers: { authorization: string }, body: Body): Promise<IncomingMessage> {
  return new Promise((done, failed) => {
    const options = { method: "POST", headers: { "content-type": "application/json", ...headers }, agent: false };
    const asked = request(`${stack.gateway}/v1/chat/completions`, options, done);
    asked.on("error", failed);
    asked.end(JSON.stringify(body));
  });
}

describe("a provider that falls silent", { concurrency: true }, () => {
  let simulator: Simulator;
  let stack: OwnStack;
  before(async () => {
    simulator = await startSimulator();
    const nobody = { COMPATIBLE_BASE_URL: "http://127.0.0.1:1/v1", COMPATIBLE_MODELS: "nobody" };
    const vars = { AI_DEADLINES: JSON.stringify(DEADLINES), ...nobody };
    stack = await startStack({ vars, args: ["--simulator", simulator.url] });
  });
  after(async () => {
    await stack.stop();
    await simulator.close();
  });

  for (const fault of faults("Silence")) {
    test(`in a plain call: ${fault.what}`, async () => {
      const who = await person(stack);
      const body = provoke(fault, false);
      const started = Date.now();
      const reply = await chat(stack, who, body);
      const took = Date.now() - started;
      if (fault.plain.kind === "whole") assert.equal(reply.status, 200);
      else {
        isRefusal(reply, fault.plain);
        assert.ok(took >= DEADLINES.total && took < DEADLINES.total + SLACK_MS, `${took} ms`);
      }
      isBooked(await booked(stack, reply), fault.plain, body, "");
    });

    test(`in a stream: ${fault.what}`, async () => {
      const who = await person(stack);
      const body = provoke(fault, true);
      const started = Date.now();
      const reply = await chat(stack, who, body);
      const took = Date.now() - started;
      const { kind, code } = fault.stream;
      let seen = reply.text;
      if (typeof kind === "number") {
        isRefusal(reply, fault.stream);
        seen = "";
      } else if (kind === "event") {
        seen = withoutLast(reply);
        const bytes = Buffer.byteLength(seen);
        assert.ok(bytes > 0);
        assert.ok((await beginning(stack.simulator, body, bytes)).startsWith(seen));
        isCutAfter(reply, seen, code);
      } else assert.equal(reply.text, await beginning(stack.simulator, body, reply.bytes.length));
      const longest = code === "upstream_total_timeout" ? DEADLINES.total : 3_000;
      assert.ok(took < longest + SLACK_MS, `${took} ms`);
      isBooked(await booked(stack, reply), fault.stream, body, seen);
    });
  }

  test("a call that is given up is cancelled at the provider", async () => {
    const who = await person(stack);
    for (const stream of [false, true]) {
      const body = provoke({ directive: "stall=mid" }, stream);
      await chat(stack, who, body);
      const [message] = body.messages as { content: string }[];
      await awaited(stack, message?.content.slice(0, 17) ?? "", "client_left");
    }
  });

  test("pauses shorter than the deadline of silence do no harm", async () => {
    const who = await person(stack);
    const body = provoke({ directive: "delay=150,chunks=12" }, true);
    const reply = await chat(stack, who, body);
    assert.ok(reply.text.endsWith("data: [DONE]\n\n"), reply.text.slice(-200));
    const [message] = body.messages as { content: string }[];
    const calls = await eventually(async () => {
      const seen = await journal(stack, message?.content.slice(0, 17) ?? "");
      return seen.every((call) => call.state === "finished") ? seen : undefined;
    });
    assert.equal(calls.length, 1);
  });

  test("a provider that cannot be reached costs nothing and is told at once", async () => {
    const who = await person(stack);
    for (const stream of [false, true]) {
      const reply = await chat(stack, who, asking(unique(), { model: "nobody", stream }));
      assert.equal(reply.status, 502);
      assert.match(reply.text, /"code":"upstream_unreachable"/);
      const row = await booked(stack, reply);
      assert.deepEqual([row.status, row.prompt_tokens, row.completion_tokens], ["failed", 0, 0]);
    }
  });

  test("a client that reads slowly is not taken for a silent provider", async () => {
    const who = await person(stack);
    const body = asking(`${unique()} [sim:big=8000000;chunks=80]`, { stream: true });
    const reply = await slowly(stack, who.headers, body);
    // Two silent providers, given up one after the other, are the clock: twice the longest silence.
    for (let i = 0; i < 2; i++) await chat(stack, who, provoke({ directive: "stall=mid" }, true));
    let text = "";
    for await (const part of reply.setEncoding("utf8")) text += part;
    assert.ok(Buffer.byteLength(text) > 8_000_000 && text.endsWith("data: [DONE]\n\n"), text.slice(-200));
  });
});
