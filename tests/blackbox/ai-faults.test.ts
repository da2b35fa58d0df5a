// Every fault of a provider in `docs/ai/faults.md`, plain and streamed: status, code, headers, bytes, the row
// of the ledger and the money. Not here: silence (`ai-deadlines`), clients that leave (`ai-leaving`).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { booked, chat, events, original, withoutUsage } from "./ai-call.ts";
import { journal, report } from "./ai-journal.ts";
import { contentOf, faults, isBooked, isCutAfter, isRefusal, provoke } from "./ai-table.ts";
import { eventually, person, shared } from "./harness.ts";

const stack = shared();

/** The bytes a client gets of a stream before the error: whole events only, and none past the bound on their size. */
function wholeEvents(stream: string): string {
  const all = events(withoutUsage(stream));
  const big = all.findIndex((event) => Buffer.byteLength(event) > 1024 * 1024);
  return (big < 0 ? all : all.slice(0, big)).join("");
}

/** What the model wrote in a plain reply, as the one event of a stream would hold it. */
function asStream(plain: string): string {
  const { choices } = JSON.parse(plain) as { choices: { message: { content: string } }[] };
  const deltas = choices.map((choice) => ({ delta: choice.message }));
  return `data: ${JSON.stringify({ choices: deltas })}\n\n`;
}

describe("a provider's fault", { concurrency: 4 }, () => {
  for (const fault of faults("Faults of the provider")) {
    test(`in a plain call: ${fault.what}`, async () => {
      const who = await person();
      const body = provoke(fault, false);
      const reply = await chat(stack, who, body);
      const expected = fault.plain;
      const whole = expected.kind === "whole" ? (await original(stack, body)).text : "";
      if (expected.kind === "whole") {
        assert.equal(reply.status, 200);
        assert.equal(reply.text, whole);
      } else isRefusal(reply, expected);
      isBooked(await booked(stack, reply), expected, body, whole && asStream(whole));
    });

    test(`in a stream: ${fault.what}`, async () => {
      const who = await person();
      const body = provoke(fault, true);
      const reply = await chat(stack, who, body);
      const expected = fault.stream;
      let seen = "";
      if (typeof expected.kind === "number") isRefusal(reply, expected);
      else {
        const { text } = await original(stack, body);
        seen = wholeEvents(text);
        if (expected.kind === "event") isCutAfter(reply, seen, expected.code);
        else assert.equal(reply.text, seen);
        assert.equal(reply.text.includes("[DONE]"), expected.kind === "whole");
      }
      isBooked(await booked(stack, reply), expected, body, seen);
    });
  }
});

test("a failed call is counted as failed in the report and once in the ledger", async () => {
  const who = await person();
  const body = provoke({ directive: "status=500" }, true);
  const reply = await chat(stack, who, body);
  await booked(stack, reply);
  const { total } = await report(stack, who);
  assert.deepEqual([total.calls, total.failed_calls, total.cost_nano_usd, total.unpriced_calls], [1, 1, 0, 0]);
});

test("an outage is tried twice and told once; what may have cost something is tried once", async () => {
  for (const [directive, tries] of [
    ["status=500", 2],
    ["cut=first", 1],
  ] as const) {
    await tried(directive, tries);
  }
});

async function tried(directive: string, tries: number): Promise<void> {
  const who = await person();
  const body = provoke({ directive }, false);
  await chat(stack, who, body);
  const message = (body.messages as { content: string }[])[0]?.content ?? "";
  const calls = await eventually(async () => {
    const seen = await journal(stack, message);
    return seen.some((call) => call.state === "open") ? undefined : seen;
  });
  assert.equal(calls.length, tries, directive);
}

test("a provider's words about our key are not passed on", async () => {
  const who = await person();
  for (const status of [401, 403, 429, 500, 503]) {
    const reply = await chat(stack, who, provoke({ directive: `status=${status}` }, false));
    assert.doesNotMatch(reply.text, /simulator/);
    assert.equal(reply.headers.get("openai-organization"), null);
    assert.equal(reply.headers.get("x-ratelimit-limit-requests"), null);
  }
});

test("every reply after the model was found names model and provider", async () => {
  const who = await person();
  for (const directive of ["status=500", "status=400", "cut=headers", "cut=first", "badjson"]) {
    for (const stream of [false, true]) {
      const { headers } = await chat(stack, who, provoke({ directive }, stream));
      const named = [headers.get("x-model"), headers.get("x-provider")];
      assert.deepEqual(named, ["simulated-chat", "simulator"], `${directive}, stream ${stream}`);
    }
  }
});

test("a fault that passes leaves the next call as it should be", async () => {
  const who = await person();
  const body = provoke({ directive: "status=500,times=2" }, true);
  assert.equal((await chat(stack, who, body)).status, 502);
  const second = await chat(stack, who, body);
  assert.equal(second.status, 200);
  assert.ok(events(second.text).flatMap(contentOf).join("").length > 0);
  assert.equal((await booked(stack, second)).settlement, "reported");
});
