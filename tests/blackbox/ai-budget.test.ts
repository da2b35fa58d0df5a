// Budgets and limits on calls under way hold against bursts: what is admitted never exceeds them, and what is
// refused never reaches a provider. Not here: what a call costs (`ledger-…`).

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { asking, type Body, bookedBy, chat, type Reply, unique } from "./ai-call.ts";
import { awaited, journal, report } from "./ai-journal.ts";
import { isError } from "./ai-table.ts";
import { visit } from "./ai-visit.ts";
import { eventually, type OwnStack, person, startStack } from "./harness.ts";
import { books } from "./ledger-books.ts";
import { COMPLETION, COST, exact, PROMPT } from "./limits-client.ts";

function isBudget(reply: Reply): void {
  assert.equal(reply.status, 402);
  assert.equal(reply.headers.get("content-type"), "application/json");
  assert.equal(reply.headers.get("x-cost-nano-usd"), null);
  isError(reply.text, "insufficient_quota");
}

test("five hundred calls at once against a budget for a hundred: exactly a hundred are made", async () => {
  const budget = 100 * COST;
  await using stack = await startStack({ vars: { DEFAULT_BUDGET_NANO_USD: String(budget) } });
  const who = await person(stack);
  const word = unique();
  let highest = 0;
  let running = true;
  const watching = (async () => {
    while (running) {
      const { spent, reserved } = books(stack);
      highest = Math.max(highest, spent + reserved);
      await new Promise((look) => setTimeout(look, 10));
    }
  })();
  const calls = Array.from({ length: 500 }, (_, i) =>
    chat(stack, who, exact(`${word}${String(i).padStart(3, "0")}`, i % 2 === 0)),
  );
  const replies = await Promise.all(calls).finally(() => {
    running = false;
  });
  await watching;

  assert.equal(replies.filter(({ status }) => status === 200).length, 100);
  const refused = replies.filter(({ status }) => status !== 200);
  refused.forEach(isBudget);
  assert.equal(refused.length, 400);
  assert.ok(highest <= budget, `${highest} of ${budget}`);

  // What was refused never reached the provider, and is in no ledger.
  assert.equal((await journal(stack, word)).length, 100);
  const rows = await bookedBy(stack, who, 100);
  assert.ok(rows.every((row) => row.cost_nano_usd === COST));
  const { total } = await report(stack, who);
  assert.deepEqual([total.calls, total.cost_nano_usd], [100, budget]);
  assert.deepEqual({ ...books(stack) }, { spent: budget, reserved: 0, open: 0, waiting: 0 });
  isBudget(await chat(stack, who, exact(word, false)));
});

describe("a budget for one call", { concurrency: true }, () => {
  let stack: OwnStack;
  before(async () => {
    stack = await startStack({ vars: { DEFAULT_BUDGET_NANO_USD: String(COST) } });
  });
  after(() => stack.stop());

  test("is one person's own: another has theirs", async () => {
    const [one, other] = [await person(stack), await person(stack)];
    assert.equal((await chat(stack, one, exact(unique(), false))).status, 200);
    isBudget(await chat(stack, one, exact(unique(), true)));
    assert.equal((await chat(stack, other, exact(unique(), true))).status, 200);
  });

  test("admits one at a time, and the next when the first has cost less", async () => {
    const who = await person(stack);
    const word = unique();
    // Left before it has said a thing, it costs the estimate of its prompt: a quarter of what it reserves.
    const body = { ...exact(word, true), messages: [{ role: "user", content: `${word} [sim:stall=first]` }] };
    const client = visit(stack.gateway, who, body);
    await awaited(stack, word, "open");
    isBudget(await chat(stack, who, exact(unique(), false)));
    client.leave();
    await bookedBy(stack, who, 1);
    const small = asking("hello", { max_tokens: 1 });
    await eventually(async () => ((await chat(stack, who, small)).status === 200 ? true : undefined));
  });

  test("is not touched by a call that the provider refuses", async () => {
    const who = await person(stack);
    for (let i = 0; i < 3; i++) {
      // The caller's own fault: a provider that fails would be left alone after a while.
      const reply = await chat(stack, who, asking("[sim:status=400]", { max_tokens: COMPLETION }));
      assert.equal(reply.status, 400);
    }
    await bookedBy(stack, who, 3);
    assert.equal((await chat(stack, who, exact(unique(), false))).status, 200);
  });

  test("counts what was really spent, also where a provider bills more than could be foreseen", async () => {
    const who = await person(stack);
    const message = `${unique()} [sim:prompt-tokens=${PROMPT * 10};completion-tokens=1]`;
    const reply = await chat(stack, who, asking(message, { max_tokens: 1 }));
    assert.equal(reply.status, 200);
    const [row] = await bookedBy(stack, who, 1);
    assert.equal(row?.cost_nano_usd, PROMPT * 10 * 1_000 + 4_000);
    isBudget(await chat(stack, who, asking("hi", { max_tokens: 1 })));
  });

  test("refuses a call that alone could cost more", async () => {
    const who = await person(stack);
    const word = unique();
    isBudget(await chat(stack, who, asking(word, { max_tokens: COMPLETION * 100 })));
    isBudget(await chat(stack, who, asking(word, { max_tokens: COMPLETION, n: 20 })));
    isBudget(await chat(stack, who, asking(word)));
    assert.deepEqual(await journal(stack, word), []);
  });
});

test("a limit on calls under way refuses one more, and admits it when one has ended", async () => {
  await using stack = await startStack({ vars: { DEFAULT_CONCURRENCY: "3" } });
  const who = await person(stack);
  const word = unique();
  const body = (index: number): Body => asking(`${word}-${index} [sim:stall=first]`, { stream: true });
  const clients = [0, 1, 2].map((index) => visit(stack.gateway, who, body(index)));
  await awaited(stack, word, "open", 3);

  const refused = await Promise.all(
    [false, true].map((stream) => chat(stack, who, asking(`${word}-late`, { stream }))),
  );
  for (const reply of refused) {
    assert.equal(reply.status, 429);
    assert.equal(reply.headers.get("retry-after"), "1");
    isError(reply.text, "concurrency_exceeded");
  }
  assert.deepEqual(await journal(stack, `${word}-late`), []);
  assert.equal((await chat(stack, await person(stack), asking(unique()))).status, 200);

  clients[0]?.leave();
  const again = await eventually(async () => {
    const reply = await chat(stack, who, asking(`${word}-again`));
    return reply.status === 200 ? reply : undefined;
  });
  assert.equal(again.status, 200);
  for (const client of clients) client.leave();
  await bookedBy(stack, who, 4);
});
