// Guessing at passwords: strangers are slowed down together, and whatever they do the owner still signs in.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { auth, problem, tokens } from "./auth-client.ts";
import { credentials, eventually, network, network6, person, query, shared } from "./harness.ts";

const stack = shared();
const FREE = 10;

function login(email: string, password: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return auth(stack, "login", { email, password }, headers);
}

/** Guesses from networks of their own until they are refused; how many were taken. */
async function exhaust(email: string): Promise<number> {
  for (let taken = 0; taken < 50; taken++) {
    const reply = await login(email, "a guess");
    const { status } = reply;
    await reply.arrayBuffer();
    if (status === 429) return taken;
    assert.equal(status, 401);
  }
  throw new Error("nothing slows guesses down");
}

describe("an account at which strangers guess", { concurrency: true }, () => {
  test("is closed to strangers, and open to its owner at home and on the owner's device", async () => {
    const who = await person();
    const home = { "cf-connecting-ip": who.network };
    const first = await login(who.email, who.password, home);
    const device = first.headers.get("selvage-device") ?? "";
    await tokens(first);
    assert.match(device, /^dv1\./);

    assert.equal(await exhaust(who.email), FREE);
    const stranger = await login(who.email, who.password);
    assert.ok(Number(stranger.headers.get("retry-after")) > 0);
    assert.match(stranger.headers.get("server-timing") ?? "", /desc="d1=1 object=1"$/, "nothing was hashed");
    await problem(stranger, 429, "rate_limited");

    await tokens(await login(who.email, who.password, home));
    await tokens(await login(who.email, who.password, { "selvage-device": device }));
    const again = await login(who.email, who.password, { ...home, "selvage-device": device });
    assert.equal(again.headers.get("selvage-device"), null, "the device has its token");
    await tokens(again);
    assert.equal((await login(who.email, who.password)).status, 429, "and none of it helped the strangers");
  });

  test("has an event in its list where guesses begin to wait", async () => {
    const who = await person();
    await exhaust(who.email);
    const sql = "SELECT detail FROM security_events WHERE user_id = ? AND kind = 'proofs_refused'";
    const rows = await eventually(() => {
      const found = query(stack, sql, [who.id]);
      return found.length > 0 ? found : undefined;
    });
    assert.deepEqual(
      rows.map(({ detail }) => JSON.parse(String(detail))),
      [{ method: "password", from: "unknown" }],
    );
  });

  test("is counted exactly when all guess at once", async () => {
    const who = await person();
    const all = await Promise.all(Array.from({ length: 30 }, async () => (await login(who.email, "a guess")).status));
    assert.equal(all.filter((status) => status === 401).length, FREE);
    assert.equal(all.filter((status) => status === 429).length, 30 - FREE);
  });

  test("takes no other person's device for its owner's", async () => {
    const [who, other] = [await person(), await person()];
    const theirs = await login(other.email, other.password, { "cf-connecting-ip": other.network });
    const device = theirs.headers.get("selvage-device") ?? "";
    await exhaust(who.email);
    const renamed = device.replace(other.id, who.id);
    for (const bad of [device, renamed, "dv1.x.9.y.z", "x".repeat(500)]) {
      assert.equal((await login(who.email, who.password, { "selvage-device": bad })).status, 429, bad);
    }
  });

  test("is its owner's from the whole of a /64", async () => {
    const home = network6();
    const who = credentials();
    await tokens(await auth(stack, "register", who, { "cf-connecting-ip": `${home}::1` }), 201);
    await exhaust(who.email);
    await tokens(await login(who.email, who.password, { "cf-connecting-ip": `${home}:ffff::2` }));
  });
});

test("an address without an account is answered like one with, guess by guess", async () => {
  const facts = async (email: string): Promise<unknown[]> => {
    const seen: unknown[] = [];
    for (let i = 0; i < FREE + 3; i++) {
      const reply = await login(email, "a guess", { "cf-connecting-ip": network() });
      const { request_id: _, ...body } = (await reply.json()) as Record<string, unknown>;
      const trips = /desc="([^"]*)"/.exec(reply.headers.get("server-timing") ?? "")?.[1];
      const names = [...reply.headers.keys()].filter((name) => name !== "date");
      seen.push({ status: reply.status, body, trips, names });
    }
    return seen;
  };
  const known = await facts((await person()).email);
  assert.deepEqual(known, await facts(credentials().email));
});

test("a wrong password at a change of password is slowed down for that session", async () => {
  const who = await person();
  const wish = (current: string) => auth(stack, "password", { current, new: credentials().password }, who.headers);
  for (let i = 0; i < 5; i++) assert.equal((await wish("a guess")).status, 401);
  assert.equal((await wish(who.password)).status, 429);
  await tokens(await login(who.email, who.password, { "cf-connecting-ip": who.network }));
});

test("a wrong password at a change of address is slowed down for that session", async () => {
  const who = await person();
  const wish = (password: string) => auth(stack, "email/change", { email: credentials().email, password }, who.headers);
  for (let i = 0; i < 5; i++) assert.equal((await wish("a guess")).status, 401);
  assert.equal((await wish(who.password)).status, 429);
  await tokens(await login(who.email, who.password, { "cf-connecting-ip": who.network }));
});
