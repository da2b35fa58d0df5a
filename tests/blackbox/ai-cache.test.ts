// Answers that are given again: one call for many who ask at once, whoever leads it and whatever becomes of them, and
// nothing for another tenant. Not here: what is the same request, and which answers are kept (tests of the function).

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { asking, type Body, bookedBy, chat, open, type Reply, read, unique } from "./ai-call.ts";
import { awaited, journal } from "./ai-journal.ts";
import { killed } from "./chaos.ts";
import { admin, type OwnStack, type Person, person, query, startStack } from "./harness.ts";
import { answers, changed, fresh } from "./registry-client.ts";

const LEASE_MS = 3_000;
const HOUR = { headers: { "selvage-cache": "max-age=3600" } };
/** A stream that takes a second. */
const SLOW = "delay=20;chunks=50";

function cached(stack: OwnStack, who: Person, body: Body): Promise<Reply> {
  return chat(stack, who, body, HOUR);
}

/** How many replies had each mark. */
function marks(replies: readonly Reply[]): Record<string, number> {
  const count: Record<string, number> = {};
  for (const { headers } of replies) {
    const mark = headers.get("x-cache") ?? "none";
    count[mark] = (count[mark] ?? 0) + 1;
  }
  return count;
}

/** What the ledger says of where a person's answers came from. */
function told(stack: OwnStack, who: Person): unknown[] {
  const sql = "SELECT cost_nano_usd, detail FROM ledger WHERE user_id = ? AND detail LIKE '%\"cache\":%'";
  return query(stack, sql, [who.id]);
}

describe("answers from the cache", { concurrency: true }, () => {
  let stack: OwnStack;
  before(async () => {
    stack = await startStack({ vars: { AI_CACHE_LEASE_MS: String(LEASE_MS) } });
  });
  after(() => stack.stop());

  for (const stream of [true, false]) {
    test(`thirty requests at once for one ${stream ? "stream" : "plain reply"} are one call`, async () => {
      const who = await person(stack);
      const word = unique();
      const body = asking(`${word} [sim:${SLOW}]`, { stream });
      const replies = await Promise.all(Array.from({ length: 30 }, () => cached(stack, who, body)));
      assert.ok(replies.every(({ status }) => status === 200));
      assert.equal((await journal(stack, word)).length, 1);
      assert.equal(new Set(replies.map(({ text }) => text)).size, 1);
      assert.equal(marks(replies).miss, 1);
      const again = await cached(stack, who, body);
      assert.equal(again.headers.get("x-cache"), "hit");
      assert.deepEqual(again.bytes, replies[0]?.bytes);
      assert.equal(again.headers.get("content-type"), replies[0]?.headers.get("content-type"));
      const rows = await bookedBy(stack, who, 31);
      assert.equal(rows.filter(({ cost_nano_usd }) => cost_nano_usd === 0).length, 30);
      assert.equal(told(stack, who).length, 30);
    });
  }

  test("another tenant never gets it", async () => {
    const [one, other] = [await person(stack), await person(stack)];
    const word = unique();
    for (const who of [one, other]) {
      assert.equal((await cached(stack, who, asking(word))).headers.get("x-cache"), "miss");
    }
    assert.equal((await journal(stack, word)).length, 2);
  });

  test("a question that means the same gets the answer of one's own tenant, and of no other", async () => {
    const route = fresh("near");
    const semantic = { model: "simulated-embedding", threshold: 900 };
    const targets = [{ provider: "simulator", model: "simulated-chat" }];
    const variants = [{ name: "only", weight: 1, targets }];
    await changed(stack, await admin(stack), "PUT", `/routes/${route}`, {
      id: route,
      variants,
      cache: { ttl_s: 3600, semantic },
    });
    await answers(stack, await person(stack), route, 200);
    const [one, other] = [await person(stack), await person(stack)];
    const word = unique();
    const first = asking(`what is the capital of ${word}`, { model: route });
    const turned = asking(`${word} the capital of what is`, { model: route });
    const told = await chat(stack, one, first);
    const again = await chat(stack, one, turned);
    assert.deepEqual(
      [told, again].map(({ headers }) => headers.get("x-cache")),
      ["miss", "semantic"],
    );
    assert.deepEqual(again.bytes, told.bytes);
    const elsewhere = await chat(stack, other, turned);
    assert.equal(elsewhere.headers.get("x-cache"), "miss");
    assert.match(elsewhere.text, /what is/);
    const made = (await journal(stack, word)).filter(({ path }) => path.endsWith("/chat/completions"));
    assert.equal(made.length, 2);
    // The vectors are calls of those who asked: two and an answer, and an answer that was kept.
    const rows = await bookedBy(stack, one, 4);
    assert.equal(rows.filter(({ model }) => model === "simulated-embedding").length, 2);
  });

  test("when the one that leads fails, those who wait make their own calls", async () => {
    const who = await person(stack);
    const word = unique();
    const body = asking(`${word} [sim:cut=first;${SLOW}]`, { stream: true });
    const replies = await Promise.all(Array.from({ length: 5 }, () => cached(stack, who, body)));
    assert.ok(replies.every(({ status }) => status === 502));
    assert.ok((await journal(stack, word)).length >= 5);
  });

  test("when the one that leads is left by its client, another call is made", async () => {
    const who = await person(stack);
    const word = unique();
    const body = asking(`${word} [sim:stall=first;times=1]`, { stream: true });
    const leave = new AbortController();
    const left = open(stack, who, body, { ...HOUR, signal: leave.signal }).catch(() => undefined);
    await awaited(stack, word, "open");
    const waiting = cached(stack, who, body);
    leave.abort();
    await left;
    assert.equal((await waiting).status, 200);
    assert.equal((await journal(stack, word)).length, 2);
  });

  test("when the one that leads is silent beyond its lease, one of those who wait takes over", async () => {
    const who = await person(stack);
    const word = unique();
    const body = asking(`${word} [sim:stall=first;times=1]`, { stream: true });
    const leave = new AbortController();
    const silent = open(stack, who, body, { ...HOUR, signal: leave.signal }).catch(() => undefined);
    await awaited(stack, word, "open");
    const replies = await Promise.all([0, 1, 2].map(() => cached(stack, who, body)));
    assert.ok(replies.every(({ status }) => status === 200));
    assert.equal((await journal(stack, word)).length, 2);
    leave.abort();
    await silent;
  });

  test("what breaks off is not kept", async () => {
    const who = await person(stack);
    const word = unique();
    const body = asking(`${word} [sim:cut=mid;times=1]`, { stream: true });
    assert.ok((await cached(stack, who, body)).text.includes("upstream_truncated"));
    const second = await cached(stack, who, body);
    assert.equal(second.headers.get("x-cache"), "miss");
    assert.ok(second.text.endsWith("data: [DONE]\n\n"));
  });
});

test("answers outlive the runtime, and a leader that was killed holds nobody up", async () => {
  await using stack = await startStack({ vars: { AI_CACHE_LEASE_MS: String(LEASE_MS) } });
  const who = await person(stack);
  const [kept, lost] = [unique(), unique()];
  const first = await cached(stack, who, asking(kept));
  const body = asking(`${lost} [sim:stall=first;times=1]`, { stream: true });
  const cut = open(stack, who, body, HOUR).then(read, () => undefined);
  await awaited(stack, lost, "open");
  await killed(stack);
  await cut;
  assert.equal((await cached(stack, who, body)).status, 200);
  const again = await cached(stack, who, asking(kept));
  assert.equal(again.headers.get("x-cache"), "hit");
  assert.deepEqual(again.bytes, first.bytes);
  assert.equal((await journal(stack, kept)).length, 1);
});
