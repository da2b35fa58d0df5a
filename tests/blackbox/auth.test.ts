// Signing up, signing in, and reading what one is. Not here: refresh, logout, the
// admin's link, limits, idempotency: each has a file.

import assert from "node:assert/strict";
import { test } from "node:test";
import { auth, problem, read, type TokenReply, tokens } from "./auth-client.ts";
import { change, credentials, person, query, shared } from "./harness.ts";

const stack = shared();

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** The contracted fields of a token reply, and no others. */
function isTokenReply(reply: TokenReply, email: string, name: string): void {
  const { user, ...rest } = reply;
  assert.deepEqual(Object.keys(user).sort(), ["created_at", "email", "id", "name", "roles"]);
  assert.match(user.id, /^usr_[0-9A-Za-z]{20,}$/);
  assert.deepEqual([user.email, user.name, user.roles], [email, name, []]);
  assert.match(user.created_at, RFC3339);
  assert.ok(Math.abs(Date.parse(user.created_at) - Date.now()) < 120_000);
  const fields = ["access_token", "expires_in", "refresh_expires_in", "refresh_token", "token_type"];
  assert.deepEqual(Object.keys(rest).sort(), fields);
  assert.equal(rest.token_type, "Bearer");
  assert.equal(rest.expires_in, 600);
  assert.equal(rest.refresh_expires_in, 30 * 86_400);
  assert.match(rest.refresh_token, /^rt_[\w-]{43}$/);
}

test("registering is 201 with tokens", async () => {
  const { email, password } = credentials();
  const reply = await auth(stack, "register", { email, password, name: "李 雷", locale: "zh-CN" });
  isTokenReply(await tokens(reply, 201), email, "李 雷");
});

test("an address is trimmed and found in any case", async () => {
  const { email, password } = credentials();
  const sent = ` ${email.toUpperCase()} `;
  isTokenReply(await tokens(await auth(stack, "register", { email: sent, password }), 201), email, "");
  isTokenReply(await tokens(await auth(stack, "login", { email: sent, password })), email, "");
});

test("a known address is 409", async () => {
  const { email } = await person();
  const other = { email, password: "quite another password" };
  await problem(await auth(stack, "register", other), 409, "email_taken");
});

test("one address registered by many at once becomes one account", async () => {
  const body = credentials();
  const all = await Promise.all(Array.from({ length: 6 }, () => auth(stack, "register", body)));
  assert.deepEqual(all.map(({ status }) => status).sort(), [201, 409, 409, 409, 409, 409]);
  const found = query(stack, "SELECT count(*) AS n FROM users WHERE email = ?", [body.email]);
  assert.deepEqual(
    found.map(({ n }) => n),
    [1],
  );
  await Promise.all(all.map((reply) => reply.arrayBuffer()));
});

test("invalid values are 422 with a pointer to each first one", async () => {
  const { email, password } = credentials();
  const cases: [unknown, string, string][] = [
    [{ email: "no address", password }, "/email", "invalid"],
    [{ email, password: "short" }, "/password", "invalid"],
    [{ email, password: 12345678 }, "/password", "invalid"],
    [{ email }, "/password", "missing"],
    [{ email, password, admin: true }, "/admin", "unknown"],
    [{ email, password, name: "x".repeat(101) }, "/name", "invalid"],
    [{ email, password, locale: "not a tag" }, "/locale", "invalid"],
  ];
  for (const [body, pointer, code] of cases) {
    const { errors } = await problem(await auth(stack, "register", body), 422, "validation_failed");
    assert.deepEqual(
      errors?.map((error) => [error.pointer, error.code]),
      [[pointer, code]],
    );
  }
  const found = query(stack, "SELECT id FROM users WHERE email = ?", [email]);
  assert.deepEqual(found, []);
});

test("signing in is 200 with tokens of another session", async () => {
  const someone = await person();
  const { email, password } = someone;
  const reply = await tokens(await auth(stack, "login", { email, password }));
  isTokenReply(reply, email, "");
  assert.equal(reply.user.id, someone.id);
  assert.notEqual(reply.refresh_token, someone.refresh_token);
  assert.notEqual(sessionOf(reply.access_token), sessionOf(someone.access_token));
});

function sessionOf(token: string): unknown {
  const claims = Buffer.from(token.split(".")[1] ?? "", "base64url").toString();
  return (JSON.parse(claims) as { sid: unknown }).sid;
}

test("a wrong password and an unknown address get the same answer after the same work", async () => {
  const { email } = await person();
  const answers = await Promise.all(
    [email, credentials().email].map(async (address) => {
      const reply = await auth(stack, "login", { email: address, password: "not the password" });
      const { request_id, ...rest } = await problem(reply, 401, "invalid_credentials");
      assert.equal(request_id, reply.headers.get("x-request-id"));
      return { rest, trips: /desc="([^"]*)"/.exec(reply.headers.get("server-timing") ?? "")?.[1] };
    }),
  );
  assert.deepEqual(answers[0], answers[1]);
});

test("a suspended account cannot sign in, and only the owner learns why", async () => {
  const { id, email, password, refresh_token } = await person();
  await change(stack, "UPDATE users SET status = 'suspended' WHERE id = ?", [id]);
  await problem(await auth(stack, "login", { email, password }), 403, "suspended");
  await problem(await auth(stack, "refresh", { refresh_token }), 403, "suspended");
  const wrong = { email, password: "not the password" };
  await problem(await auth(stack, "login", wrong), 401, "invalid_credentials");
});

test("me is the user", async () => {
  const someone = await person();
  const reply = await read(stack, "me", someone.access_token);
  assert.equal(reply.status, 200);
  const user = (await reply.json()) as TokenReply["user"];
  assert.deepEqual(Object.keys(user).sort(), ["created_at", "email", "id", "name", "roles"]);
  assert.deepEqual([user.id, user.email, user.roles], [someone.id, someone.email, []]);
});

test("token is what the access token says", async () => {
  const someone = await person();
  const reply = await read(stack, "token", someone.access_token);
  assert.equal(reply.status, 200);
  const { expires_at, ...said } = (await reply.json()) as Record<string, unknown>;
  assert.deepEqual(said, {
    sub: someone.id,
    email: someone.email,
    roles: [],
    permissions: ["use:ai", "read:usage", "use:files"],
    session_id: sessionOf(someone.access_token),
  });
  const left = Date.parse(String(expires_at)) - Date.now();
  assert.ok(left > 0 && left <= 600_000, `${left} ms`);
});

test("without a token a protected row is 401 with a challenge", async () => {
  for (const row of ["me", "token"]) {
    const without = await fetch(`${stack.functions.auth}/v1/auth/${row}`);
    assert.equal(without.headers.get("www-authenticate"), 'Bearer error="invalid_request"');
    await problem(without, 401, "unauthenticated");
    const junk = await read(stack, row, "junk");
    assert.equal(junk.headers.get("www-authenticate"), 'Bearer error="invalid_token"');
    await problem(junk, 401, "unauthenticated");
  }
});
