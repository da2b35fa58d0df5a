// Requests and tokens a minute: what fits, what is told, and when it fits again; and letters about budgets that are
// nearly spent. Not here: budgets themselves (`ai-limits`). A minute is not waited for: that it ends is shown by the
// book's own tests.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chat, type Reply, unique } from "./ai-call.ts";
import { journal } from "./ai-journal.ts";
import { isError } from "./ai-table.ts";
import { eventually, type OwnStack, person, query, startStack } from "./harness.ts";
import { type ApiKey, bearing, keys, newKey } from "./keys-client.ts";
import { COMPLETION, COST, exact, PROMPT } from "./limits-client.ts";
import { reply } from "./organisations-client.ts";

const TOKENS = PROMPT + COMPLETION;

let stack: OwnStack;
before(async () => {
  stack = await startStack({ vars: { DEFAULT_BUDGET_NANO_USD: "9000000000000000" } });
});
after(() => stack.stop());

function as(key: { readonly key: string }): { headers: { authorization: string } } {
  return { headers: { authorization: bearing(key.key).authorization } };
}

function isRate(answer: Reply, scope: string): number {
  assert.equal(answer.status, 429);
  isError(answer.text, "rate_limited");
  assert.ok(answer.text.includes(`\`${scope}\``), answer.text);
  const wait = Number(answer.headers.get("retry-after"));
  assert.ok(wait >= 1 && wait <= 61, `Retry-After: ${wait}`);
  return wait;
}

test("of many calls at once as many are made as a key may make in a minute", async () => {
  const made = await newKey(stack, await person(stack), { rpm: 7 });
  const word = unique();
  const calls = Array.from({ length: 40 }, (_, i) => chat(stack, as(made), exact(`${word}${i}`, i % 2 === 0)));
  const replies = await Promise.all(calls);
  const made7 = replies.filter(({ status }) => status === 200);
  assert.equal(made7.length, 7);
  const left = made7.map(({ headers }) => Number(headers.get("x-ratelimit-remaining-requests")));
  assert.deepEqual(left.sort(), [0, 1, 2, 3, 4, 5, 6]);
  for (const { headers } of made7) {
    assert.equal(headers.get("x-ratelimit-limit-requests"), "7");
    assert.match(headers.get("x-ratelimit-reset-requests") ?? "", /^(1m)?\d+s$/);
  }
  for (const refused of replies.filter(({ status }) => status !== 200)) isRate(refused, `key:${made.id}`);
  assert.equal((await journal(stack, word)).length, 7);
});

test("tokens count as reserved until a call has said what it used", async () => {
  const made = await newKey(stack, await person(stack), { tpm: 2 * TOKENS });
  const cheap = (): ReturnType<typeof exact> => exact(unique(), false, "prompt-tokens=5;completion-tokens=1");
  for (const expected of [TOKENS, TOKENS - 6]) {
    const answer = await eventually(async () => {
      const one = await chat(stack, as(made), cheap());
      return one.status === 200 ? one : undefined;
    });
    assert.equal(answer.headers.get("x-ratelimit-limit-tokens"), String(2 * TOKENS));
    // The one before is settled behind its reply.
    const left = Number(answer.headers.get("x-ratelimit-remaining-tokens"));
    assert.ok(left === expected || left === 0, `${left}`);
  }
  const full = await eventually(async () => {
    const one = await chat(stack, as(made), exact(unique()));
    return one.status === 429 ? one : undefined;
  });
  isRate(full, `key:${made.id}`);
});

test("a call that alone is more than a minute's tokens is refused, and nobody is told to wait", async () => {
  const made = await newKey(stack, await person(stack), { tpm: TOKENS - 1 });
  const refused = await chat(stack, as(made), exact(unique()));
  assert.equal(refused.status, 429);
  assert.deepEqual([refused.headers.get("retry-after"), refused.headers.get("x-should-retry")], [null, "false"]);
});

test("a rate that is raised holds for the next call", async () => {
  const owner = await person(stack);
  const made = await newKey(stack, owner, { rpm: 1 });
  assert.equal((await chat(stack, as(made), exact(unique()))).status, 200);
  isRate(await chat(stack, as(made), exact(unique())), `key:${made.id}`);
  await reply(keys(stack, owner, "PATCH", `/${made.id}`, { rpm: 2 }));
  assert.equal((await chat(stack, as(made), exact(unique()))).status, 200);
  isRate(await chat(stack, as(made), exact(unique())), `key:${made.id}`);
  await reply(keys(stack, owner, "PATCH", `/${made.id}`, { rpm: null }));
  assert.equal((await chat(stack, as(made), exact(unique()))).status, 200);
});

test("a minute outlives the runtime", async () => {
  const made = await newKey(stack, await person(stack), { rpm: 1 });
  await using own = await startStack();
  const theirs = await newKey(own, await person(own), { rpm: 1 });
  assert.equal((await chat(own, as(theirs), exact(unique()))).status, 200);
  process.kill(own.pids.workerd, "SIGKILL");
  const refused = await eventually(async () => {
    const answer = await chat(own, as(theirs), exact(unique()));
    return answer.status < 500 ? answer : undefined;
  }, 60_000);
  isRate(refused, `key:${theirs.id}`);
  assert.equal((await chat(stack, as(made), exact(unique()))).status, 200);
});

test("the owner is written to once when a budget is nearly spent and once when it is", async () => {
  const owner = await person(stack);
  const made = await newKey(stack, owner, { budget_nano_usd: 10 * COST, budget_period: "day" });
  const letters = (): string[] =>
    query(stack, "SELECT about FROM letters WHERE recipient = ? AND kind = 'budget' ORDER BY created_at, about", [
      owner.email,
    ]).map((row) => String(row.about));
  const spent = (count: number): Promise<ApiKey> =>
    eventually(async () => {
      const now = await reply<ApiKey>(keys(stack, owner, "GET", `/${made.id}`));
      return now.spent_nano_usd === count * COST ? now : undefined;
    });
  const call = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) assert.equal((await chat(stack, as(made), exact(unique()))).status, 200);
  };
  await call(7);
  await spent(7);
  await call(1);
  const first = await eventually(() => (letters().length === 1 ? letters()[0] : undefined));
  assert.match(first ?? "", new RegExp(`^key:${made.id}: 80 % \\(0\\.004000000 / 0\\.005000000 USD, day 20`));
  await call(2);
  await spent(10);
  const both = await eventually(() => (letters().length === 2 ? letters() : undefined));
  assert.match(both[1] ?? "", /: 100 % /);
  assert.equal((await chat(stack, as(made), exact(unique()))).status, 402);
});
