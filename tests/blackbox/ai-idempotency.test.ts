// `Idempotency-Key` on chat: the same key and body are one call to the provider, one row in the ledger and one
// answer, plain and streamed. Not here: the other rows that take a key, and what is stored.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import { asking, type Body, booked, bookedBy, chat, ledger, type Reply, unique } from "./ai-call.ts";
import { awaited, journal } from "./ai-journal.ts";
import { isError } from "./ai-table.ts";
import { visit } from "./ai-visit.ts";
import { eventually, type Person, person, shared } from "./harness.ts";

const stack = shared();

function keyed(who: Person, body: Body, key: string): Promise<Reply> {
  return chat(stack, who, body, { headers: { "idempotency-key": key } });
}

/** The stored reply, once the first request has been kept. */
function replayed(who: Person, body: Body, key: string): Promise<Reply> {
  return eventually(async () => {
    const reply = await keyed(who, body, key);
    if (reply.status === 409) return undefined;
    assert.equal(reply.headers.get("idempotent-replayed"), "true", reply.text);
    return reply;
  });
}

for (const stream of [false, true]) {
  const kind = stream ? "a stream" : "a plain call";
  describe(`the key of ${kind}`, { concurrency: true }, () => {
    const request = (message: string): Body => asking(message, stream ? { stream } : {});

    test("replays the answer byte for byte, and calls the provider once", async () => {
      const who = await person();
      const [word, key] = [unique(), randomUUID()];
      const first = await keyed(who, request(word), key);
      assert.equal(first.status, 200);
      assert.equal(first.headers.get("idempotent-replayed"), null);
      const second = await replayed(who, request(word), key);
      assert.equal(second.status, 200);
      assert.deepEqual(second.bytes, first.bytes);
      assert.equal(second.headers.get("content-type"), first.headers.get("content-type"));
      await booked(stack, first);
      assert.equal((await journal(stack, word)).length, 1);
      assert.equal(ledger(stack, who).length, 1);
    });

    test("with another body is refused, and the provider is not called", async () => {
      const who = await person();
      const [word, key] = [unique(), randomUUID()];
      await keyed(who, request(`${word} one`), key);
      const other = await keyed(who, request(`${word} two`), key);
      assert.equal(other.status, 422);
      assert.equal(other.headers.get("content-type"), "application/json");
      isError(other.text, "idempotency_mismatch");
      assert.deepEqual(await journal(stack, `${word} two`), []);
    });

    test("sent ten times at once is one call; who comes too early is told to come again", async () => {
      const who = await person();
      const [word, key] = [unique(), randomUUID()];
      const body = request(`${word} [sim:delay=50]`);
      const replies = await Promise.all(Array.from({ length: 10 }, () => keyed(who, body, key)));
      const early = replies.filter(({ status }) => status === 409);
      for (const reply of early) {
        assert.equal(reply.headers.get("retry-after"), "1");
        isError(reply.text, "idempotency_in_progress");
      }
      const [first, ...same] = replies.filter(({ status }) => status === 200);
      assert.ok(first);
      assert.equal(early.length + same.length + 1, replies.length);
      assert.deepEqual((await replayed(who, body, key)).bytes, first.bytes);
      await bookedBy(stack, who, 1);
      assert.equal((await journal(stack, word)).length, 1);
      assert.equal(ledger(stack, who).length, 1);
    });

    test("is free again after a failure: the next try calls the provider", async () => {
      const who = await person();
      const [word, key] = [unique(), randomUUID()];
      const body = request(`${word} [sim:status=500,times=2]`);
      assert.equal((await keyed(who, body, key)).status, 502);
      assert.equal((await keyed(who, body, key)).status, 200);
      assert.equal((await journal(stack, word)).length, 3);
    });

    test("is free again after an answer that broke off", async () => {
      const who = await person();
      const [word, key] = [unique(), randomUUID()];
      const body = request(`${word} [sim:cut=mid,times=1]`);
      const broken = await keyed(who, body, key);
      assert.match(broken.text, /upstream_truncated/);
      const whole = await eventually(async () => {
        const reply = await keyed(who, body, key);
        return reply.status === 409 ? undefined : reply;
      });
      assert.equal(whole.status, 200);
      assert.doesNotMatch(whole.text, /upstream_truncated/);
      assert.equal(whole.headers.get("idempotent-replayed"), null);
    });

    test("is free again after its client left", async () => {
      const who = await person();
      const [word, key] = [unique(), randomUUID()];
      const body = request(`${word} [sim:stall=mid,times=1]`);
      const from = { ...who, headers: { ...who.headers, "idempotency-key": key } };
      const client = visit(stack.gateway, from, body);
      await awaited(stack, word, "open");
      client.leave();
      await awaited(stack, word, "client_left");
      const whole = await eventually(async () => {
        const reply = await keyed(who, body, key);
        return reply.status === 409 ? undefined : reply;
      });
      assert.equal(whole.status, 200);
      assert.equal(whole.headers.get("idempotent-replayed"), null);
    });

    test("is the caller's own: another person with the same key has their own call", async () => {
      const [one, other] = [await person(), await person()];
      const [word, key] = [unique(), randomUUID()];
      await keyed(one, request(word), key);
      const theirs = await keyed(other, request(word), key);
      assert.equal(theirs.status, 200);
      assert.equal(theirs.headers.get("idempotent-replayed"), null);
      assert.equal((await journal(stack, word)).length, 2);
    });
  });
}

test("without a key two equal requests are two calls", async () => {
  const who = await person();
  const word = unique();
  await chat(stack, who, asking(word));
  await chat(stack, who, asking(word));
  assert.equal((await journal(stack, word)).length, 2);
});

test("a key that is too long is refused before the provider is called", async () => {
  const who = await person();
  const word = unique();
  const reply = await keyed(who, asking(word), "k".repeat(256));
  assert.equal(reply.status, 400);
  isError(reply.text, "malformed_request");
  assert.deepEqual(await journal(stack, word), []);
});
