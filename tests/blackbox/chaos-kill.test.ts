// The runtime is killed in the middle of calls. Reservations outlive it: when their lease ends, each such call
// is in the ledger once, as `killed` and `estimated`, with what was reserved, and nothing stays reserved.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { asking, type Body, bookedBy, chat, type LedgerRow, ledger, open, read, unique } from "./ai-call.ts";
import { awaited, report } from "./ai-journal.ts";
import { killed } from "./chaos.ts";
import { eventually, type OwnStack, person, startStack } from "./harness.ts";
import { books } from "./ledger-books.ts";

const LEASE_MS = 2_000;
const PROMPT = 400;
const COMPLETION = 25;
/** What a call here reserves: a token a byte of its body and 64 more, and `max_tokens`. */
const RESERVED = PROMPT * 1_000 + COMPLETION * 4_000;

/** A request that reserves `RESERVED`; told so by `directives`, it also costs that. */
function reserving(word: string, directives: string, stream: boolean): Body {
  const more = { max_tokens: COMPLETION, ...(stream ? { stream } : {}) };
  const message = `${word} [sim:${directives}]`;
  const bytes = Buffer.byteLength(JSON.stringify(asking(message, more)));
  return asking(message + "x".repeat(PROMPT - 64 - bytes), more);
}

const EXACT = `prompt-tokens=${PROMPT};completion-tokens=${COMPLETION}`;

function start(budget: number): Promise<OwnStack> {
  const vars = { ADMISSION_LEASE_MS: `${LEASE_MS}`, DEFAULT_BUDGET_NANO_USD: `${budget}` };
  return startStack({ vars });
}

function isKilled(row: LedgerRow | undefined): void {
  assert.deepEqual([row?.status, row?.settlement], ["killed", "estimated"]);
  assert.deepEqual([row?.prompt_tokens, row?.completion_tokens], [PROMPT, COMPLETION]);
  assert.deepEqual([row?.cost_nano_usd, row?.price_version], [RESERVED, "1"]);
}

describe("a killed runtime", () => {
  for (const [what, stream, directives] of [
    ["in mid-stream", true, "delay=20;chunks=5000"],
    ["before the first token", true, "stall=first"],
    ["in a plain call", false, "stall=headers"],
  ] as const) {
    test(`${what} leaves the call to be booked as it was reserved, once, and the rest of the budget free`, async () => {
      await using stack = await start(3 * RESERVED);
      const who = await person(stack);
      const word = unique();
      const body = reserving(word, directives, stream);
      const reply = open(stack, who, body).then(read, () => undefined);
      await awaited(stack, word, "open");
      if (directives.startsWith("delay")) await eventually(() => (books(stack).open === 1 ? true : undefined));
      await killed(stack);
      assert.notEqual((await reply)?.complete, true);

      // Nobody asks the object anything: its own alarm settles the call.
      const [row, ...more] = await bookedBy(stack, who, 1, 30_000);
      isKilled(row);
      assert.deepEqual(more, []);
      assert.equal(row?.stream, stream ? 1 : 0);
      await eventually(() => (books(stack).waiting === 0 ? true : undefined));
      assert.deepEqual({ ...books(stack) }, { spent: RESERVED, reserved: 0, open: 0, waiting: 0 });

      // What is left of the budget is free: two exact calls fit, a third does not.
      for (const status of [200, 200, 402]) {
        const next = await chat(stack, who, reserving(unique(), EXACT, stream));
        assert.equal(next.status, status, next.text);
      }
      const rows = await bookedBy(stack, who, 3);
      assert.equal(rows.filter((one) => one.status === "killed").length, 1);
      const { total } = await report(stack, who);
      assert.deepEqual([total.calls, total.failed_calls, total.cost_nano_usd], [3, 1, 3 * RESERVED]);
    });
  }

  test("with forty calls of two people under way leaves each of them to be booked once", async () => {
    await using stack = await start(1_000 * RESERVED);
    const people = [await person(stack), await person(stack)];
    const word = unique();
    const replies = people.flatMap((who) =>
      Array.from({ length: 20 }, (_, i) => {
        const body = reserving(`${word}${i}`, i % 2 === 0 ? "delay=20;chunks=5000" : "stall=headers", i % 2 === 0);
        return open(stack, who, body).then(read, () => undefined);
      }),
    );
    await awaited(stack, word, "open", 40);
    await killed(stack);
    await Promise.all(replies);
    for (const who of people) {
      const rows = await bookedBy(stack, who, 20, 30_000);
      rows.forEach(isKilled);
    }
    await eventually(() => (books(stack).waiting === 0 ? true : undefined));
    assert.deepEqual({ ...books(stack) }, { spent: 40 * RESERVED, reserved: 0, open: 0, waiting: 0 });
    for (const who of people) assert.equal(ledger(stack, who).length, 20);
  });

  test("does not lose what was spent before, nor who was signed in", async () => {
    await using stack = await start(RESERVED);
    const who = await person(stack);
    assert.equal((await chat(stack, who, reserving(unique(), EXACT, false))).status, 200);
    await bookedBy(stack, who, 1);
    await killed(stack);
    assert.equal((await chat(stack, who, reserving(unique(), EXACT, false))).status, 402);
    assert.equal((await report(stack, who)).total.cost_nano_usd, RESERVED);
  });
});

test("a call that outlives its lease is booked as killed first, and corrected when it ends", async () => {
  await using stack = await start(3 * RESERVED);
  const who = await person(stack);
  const word = unique();
  const body = reserving(word, `delay=150;chunks=${COMPLETION};${EXACT}`, true);
  const reply = open(stack, who, body).then(read);
  await awaited(stack, word, "open");
  const early = await bookedBy(stack, who, 1, 20_000);
  isKilled(early[0]);
  assert.ok((await reply).text.endsWith("[DONE]\n\n"));
  const row = await eventually(() => {
    const [one] = ledger(stack, who);
    return one?.status === "succeeded" ? one : undefined;
  });
  assert.deepEqual([row.settlement, row.cost_nano_usd, row.call_id], ["reported", RESERVED, early[0]?.call_id]);
  assert.equal(ledger(stack, who).length, 1);
  assert.deepEqual({ ...books(stack) }, { spent: RESERVED, reserved: 0, open: 0, waiting: 0 });
});
