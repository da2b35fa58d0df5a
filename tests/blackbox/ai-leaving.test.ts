// A client that leaves: the provider is told at once, and the call is booked by what was seen until then.
// workerd on a laptop notices a reset connection and a write that fails, but not a mere half-close, which is
// legal in HTTP; so clients here reset. Not here: providers that leave (`ai-faults`).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { asking, type Body, bookedBy, chat, type LedgerRow, unique } from "./ai-call.ts";
import { awaited, journal, report } from "./ai-journal.ts";
import { visit } from "./ai-visit.ts";
import { type Person, person, shared } from "./harness.ts";

const stack = shared();

/** The provider is to know within this time. */
const SOON_MS = 2_000;

async function theRow(who: Person): Promise<LedgerRow> {
  const [row, ...more] = await bookedBy(stack, who, 1);
  assert.ok(row);
  assert.deepEqual(more, []);
  return row;
}

function promptOf(body: Body): number {
  return Math.ceil(Buffer.byteLength(JSON.stringify(body)) / 4);
}

for (const origin of ["gateway", "ai"] as const) {
  describe(`a client that leaves ${origin}`, { concurrency: true }, () => {
    test("in mid-stream ends the call to the provider and pays for what was seen", async () => {
      const who = await person();
      const word = unique();
      const body = asking(`${word} [sim:delay=20;chunks=2000]`, { stream: true });
      const client = visit(stack.functions[origin], who, body);
      await client.until('"content":"');
      await client.until('"index":0,"delta":{"content"');
      client.leave();
      const [call] = await awaited(stack, word, "client_left", 1, SOON_MS);
      const row = await theRow(who);
      assert.deepEqual([row.status, row.settlement], ["client_left", "estimated"]);
      assert.equal(row.prompt_tokens, promptOf(body));
      assert.ok(row.completion_tokens > 0 && row.completion_tokens <= (call?.chunks_sent ?? 0));
      assert.equal(row.cost_nano_usd, row.prompt_tokens * 1_000 + row.completion_tokens * 4_000);
    });

    for (const [when, stream, directive] of [
      ["before the head of a stream", true, "stall=headers"],
      ["before the first token of a stream", true, "stall=first"],
      ["before the head of a plain reply", false, "stall=headers"],
      ["inside a plain reply", false, "stall=mid"],
    ] as const) {
      test(`${when} ends the call to the provider and pays for the prompt`, async () => {
        const who = await person();
        const word = unique();
        const body = asking(`${word} [sim:${directive}]`, stream ? { stream } : {});
        const client = visit(stack.functions[origin], who, body);
        await awaited(stack, word, "open");
        client.leave();
        await awaited(stack, word, "client_left", 1, SOON_MS);
        const row = await theRow(who);
        assert.deepEqual([row.status, row.settlement], ["client_left", "estimated"]);
        assert.deepEqual([row.prompt_tokens, row.completion_tokens], [promptOf(body), 0]);
        assert.equal(row.cost_nano_usd, row.prompt_tokens * 1_000);
      });
    }

    test("while the provider is silent in mid-stream ends the call at once", async () => {
      const who = await person();
      const word = unique();
      const body = asking(`${word} [sim:stall=mid]`, { stream: true });
      const client = visit(stack.functions[origin], who, body);
      await client.until('"index":0,"delta":{"content"');
      client.leave();
      await awaited(stack, word, "client_left", 1, SOON_MS);
      assert.equal((await theRow(who)).status, "client_left");
    });

    test("after the last event has got its whole answer", async () => {
      const who = await person();
      const word = unique();
      const body = asking(`${word} [sim:stall=end]`, { stream: true });
      const client = visit(stack.functions[origin], who, body);
      await client.until("[DONE]");
      client.leave();
      await awaited(stack, word, "client_left");
      const row = await theRow(who);
      assert.deepEqual([row.status, row.settlement], ["succeeded", "reported"]);
      const [call] = await journal(stack, word);
      assert.equal(row.completion_tokens, call?.usage?.completion_tokens);
    });
  });
}

test("a call that was left is no failure of the service", async () => {
  const who = await person();
  const word = unique();
  const body = asking(`${word} [sim:delay=20;chunks=2000]`, { stream: true });
  const client = visit(stack.gateway, who, body);
  await client.until('"content":"');
  client.leave();
  await theRow(who);
  const { total } = await report(stack, who);
  assert.deepEqual([total.calls, total.failed_calls], [1, 0]);
});

test("the others are not disturbed by those who leave", async () => {
  const who = await person();
  const slow = asking(`${unique()} [sim:delay=10;chunks=100]`, { stream: true });
  const staying = Array.from({ length: 5 }, () => chat(stack, who, slow));
  for (let i = 0; i < 10; i++) {
    const client = visit(stack.gateway, who, asking(`${unique()} [sim:delay=10;chunks=500]`, { stream: true }));
    await client.until('"content":"');
    client.leave();
  }
  for (const reply of await Promise.all(staying)) assert.ok(reply.text.endsWith("[DONE]\n\n"));
  const rows = await bookedBy(stack, who, 15);
  assert.equal(rows.filter((row) => row.status === "succeeded").length, 5);
  assert.equal(rows.filter((row) => row.status === "client_left").length, 10);
});
