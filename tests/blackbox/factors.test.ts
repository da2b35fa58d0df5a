// The second factor against the built Workers: what a pending sign-in opens, and
// of many uses of anything at once exactly one wins. Not here: the arithmetic of
// codes (functions/factors), passkeys (passkeys.test.ts).

import assert from "node:assert/strict";
import { test } from "node:test";
import { auth, problem, read, tokens } from "./auth-client.ts";
import { factors, guarded, json, pending, rewind, verify } from "./factors-client.ts";
import { operations, samplePath } from "./gateway-description.ts";
import { adminLink, change, query, shared } from "./harness.ts";

const stack = shared();

test("a password and a code sign in", async () => {
  const one = await guarded(stack);
  const { access_token, user } = await tokens(await verify(stack, await pending(stack, one), one.app.code()));
  assert.equal(user.id, one.who.id);
  assert.equal((await read(stack, "me", access_token)).status, 200);
});

test("a pending token opens no row that asks who is calling", async () => {
  const one = await guarded(stack);
  const token = await pending(stack, one);
  const headers = { authorization: `Bearer ${token}`, "x-api-key": token };
  let asked = 0;
  for (const { method, path, who } of await operations(stack)) {
    if (who === "public") continue;
    const content = method === "GET" ? {} : { body: "{}" };
    const init = { method, headers: { ...headers, "content-type": "application/json" }, ...content };
    const reply = await fetch(stack.gateway + samplePath(path), init);
    assert.equal(reply.status, 401, `${method} ${path}`);
    await reply.arrayBuffer();
    asked++;
  }
  assert.ok(asked > 8);
  await problem(await auth(stack, "refresh", { refresh_token: token }), 401, "refresh_refused");
  await tokens(await verify(stack, token, one.app.code()));
});

test("of many uses of one code with one pending token exactly one wins", async () => {
  const one = await guarded(stack);
  const [token, code] = [await pending(stack, one), one.app.code()];
  const replies = await Promise.all(Array.from({ length: 5 }, () => verify(stack, token, code)));
  assert.equal(replies.filter(({ status }) => status === 200).length, 1);
  const sessions = "SELECT count(*) AS n FROM sessions WHERE user_id = ?";
  assert.equal(query(stack, sessions, [one.who.id])[0]?.n, 2);
});

test("of many uses of one code with as many pending tokens exactly one wins", async () => {
  const one = await guarded(stack);
  const waiting = await Promise.all(Array.from({ length: 4 }, () => pending(stack, one)));
  const code = one.app.code();
  const replies = await Promise.all(waiting.map((token) => verify(stack, token, code)));
  assert.equal(replies.filter(({ status }) => status === 200).length, 1);
});

test("of many uses of one recovery code exactly one wins, and no other is gone", async () => {
  const one = await guarded(stack);
  const waiting = await Promise.all(Array.from({ length: 8 }, () => pending(stack, one)));
  const replies = await Promise.all(waiting.map((token) => verify(stack, token, one.recovery[0] ?? "")));
  assert.equal(replies.filter(({ status }) => status === 200).length, 1);
  const state = await json(await fetch(`${stack.functions.factors}/v1/auth/mfa`, { headers: one.who.headers }));
  assert.equal(state.recovery_codes_left, 9);
});

test("no code opens twice", async () => {
  const one = await guarded(stack);
  const code = one.app.code();
  await tokens(await verify(stack, await pending(stack, one), code));
  await problem(await verify(stack, await pending(stack, one), code), 401, "code_refused");
});

test("wrong codes are slowed down whatever networks and sign-ins they come with", async () => {
  const one = await guarded(stack);
  // Ten at once are as many as strangers may be that know the password.
  const waiting = await Promise.all(Array.from({ length: 9 }, () => pending(stack, one)));
  const replies = await Promise.all(waiting.map((token) => verify(stack, token, one.app.wrong())));
  const statuses = replies.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [...Array(5).fill(401), ...Array(4).fill(429)]);
  const late = await verify(stack, await pending(stack, one), one.app.code());
  assert.ok(Number(late.headers.get("retry-after")) <= 15);
  await problem(late, 429, "rate_limited");
  await tokens(await verify(stack, await pending(stack, one), one.recovery[0] ?? ""));
});

test("an administrator's link stops at the second factor of its account", async () => {
  const one = await guarded(stack);
  const token = await adminLink(stack, one.who.email);
  const said = await json(await auth(stack, "claim", { token, password: "another password" }));
  assert.equal(said.status, "mfa_required");
  const { user } = await tokens(await verify(stack, String(said.pending_token), one.app.code()));
  assert.deepEqual(user.roles, ["admin"]);
});

test("a stale proof opens the second factor only after it was given again", async () => {
  const one = await guarded(stack);
  const stale = "UPDATE sessions SET authenticated_at = ? WHERE user_id = ?";
  await change(stack, stale, [Date.now() - 600_000, one.who.id]);
  const { headers } = one.who;
  const asked = await problem(await factors(stack, "mfa/recovery-codes", {}, headers), 403, "step_up_required");
  assert.deepEqual((asked as unknown as { methods: string[] }).methods, ["totp", "recovery_code"]);
  const { password } = one.who;
  await problem(await factors(stack, "step-up", { password }, headers), 403, "step_up_required");
  await json(await factors(stack, "step-up", { code: one.app.code() }, headers));
  await json(await factors(stack, "mfa/recovery-codes", {}, headers));
});

test("of many proofs with one code exactly one is taken", async () => {
  const one = await guarded(stack);
  const body = { code: one.app.code() };
  const replies = await Promise.all(Array.from({ length: 5 }, () => factors(stack, "step-up", body, one.who.headers)));
  assert.equal(replies.filter(({ status }) => status === 200).length, 1);
});

test("the secret is sealed where it is stored", async () => {
  const one = await guarded(stack);
  const [row] = query(stack, "SELECT secret FROM totp_factors WHERE user_id = ?", [one.who.id]);
  // The name of the key stands before a full stop.
  const [key, body = ""] = String(row?.secret).split(".");
  const sealed = Buffer.from(body, "base64");
  // Nonce, forty hexadecimal digits, tag.
  assert.equal(sealed.length, 12 + 40 + 16);
  await rewind(stack, one);
  await change(stack, "UPDATE totp_factors SET secret = ? WHERE user_id = ?", [
    `${key}.${sealed.fill(7, 20, 21).toString("base64")}`,
    one.who.id,
  ]);
  await problem(await verify(stack, await pending(stack, one), one.app.code()), 500, "internal");
});
