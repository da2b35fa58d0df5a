// `Idempotency-Key` on register: a retry gets the stored reply, another body is
// refused, and many at once make one account.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { auth, problem, tokens } from "./auth-client.ts";
import { change, credentials, eventually, network, query, shared } from "./harness.ts";

const stack = shared();

/** Registers under a key, from a network that has the key to itself. */
function register(body: unknown, key: string, from: string): Promise<Response> {
  return auth(stack, "register", body, { "idempotency-key": key, "cf-connecting-ip": from });
}

function accounts(email: string): unknown {
  return query(stack, "SELECT count(*) AS n FROM users WHERE email = ?", [email])[0]?.n;
}

test("the same key and body get the same reply, and make one account", async () => {
  const [body, key, from] = [credentials(), randomUUID(), network()];
  const first = await register(body, key, from);
  assert.equal(first.headers.get("idempotent-replayed"), null);
  const text = await first.text();
  assert.equal(first.status, 201, text);
  const retry = await register(body, key, from);
  assert.deepEqual([retry.status, await retry.text()], [201, text]);
  assert.equal(retry.headers.get("idempotent-replayed"), "true");
  assert.equal(retry.headers.get("content-type"), "application/json");
  assert.notEqual(retry.headers.get("x-request-id"), first.headers.get("x-request-id"));
  assert.equal(accounts(body.email), 1);
});

test("the same key with another body is 422", async () => {
  const [key, from] = [randomUUID(), network()];
  await tokens(await register(credentials(), key, from), 201);
  const other = credentials();
  await problem(await register(other, key, from), 422, "idempotency_mismatch");
  assert.equal(accounts(other.email), 0);
});

test("one key used by many at once makes one account", async () => {
  const [body, key, from] = [credentials(), randomUUID(), network()];
  const replies = await Promise.all(Array.from({ length: 8 }, () => register(body, key, from)));
  const texts = new Set<string>();
  for (const reply of replies) {
    if (reply.status === 201) texts.add(await reply.text());
    else {
      await problem(reply, 409, "idempotency_in_progress");
      assert.equal(reply.headers.get("retry-after"), "1");
    }
  }
  assert.equal(texts.size, 1);
  assert.equal(accounts(body.email), 1);
  // Those who were told to try again get the reply, too.
  const retry = await eventually(async () => {
    const reply = await register(body, key, from);
    const text = await reply.text();
    return reply.status === 201 ? text : undefined;
  });
  assert.ok(texts.has(retry));
});

test("a failure is not kept: the key may be used again with the same body", async () => {
  const [key, from] = [randomUUID(), network()];
  const body = credentials();
  await tokens(await auth(stack, "register", body), 201);
  await problem(await register(body, key, from), 409, "email_taken");
  await change(stack, "DELETE FROM users WHERE email = ?", [body.email]);
  await tokens(await register(body, key, from), 201);
});

test("another network has keys of its own", async () => {
  const key = randomUUID();
  const [one, other] = [credentials(), credentials()];
  await tokens(await register(one, key, network()), 201);
  await tokens(await register(other, key, network()), 201);
});

test("a key that cannot be one is 400", async () => {
  for (const key of ["a b", "x".repeat(256)]) {
    await problem(await register(credentials(), key, network()), 400, "malformed_request");
  }
});

test("a kept reply holds no token and no password in clear", async () => {
  const [body, key, from] = [credentials(), randomUUID(), network()];
  const { refresh_token, access_token } = await tokens(await register(body, key, from), 201);
  const kept = JSON.stringify(query(stack, "SELECT * FROM idempotency_keys WHERE key = ?", [key]));
  for (const secret of [body.password, refresh_token, access_token]) {
    assert.equal(kept.includes(secret), false);
  }
});
