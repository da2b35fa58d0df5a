// Signing out: the refresh token and sensitive rows refuse at once, ordinary rows
// when the access token expires.

import assert from "node:assert/strict";
import { test } from "node:test";
import { auth, problem, read, type TokenReply, tokens } from "./auth-client.ts";
import { type Person, person, shared } from "./harness.ts";

const stack = shared();

async function logout(who: { access_token: string }, body: unknown): Promise<void> {
  const reply = await auth(stack, "logout", body, { authorization: `Bearer ${who.access_token}` });
  assert.equal(reply.status, 204);
  assert.equal(await reply.text(), "");
}

async function login({ email, password }: Person): Promise<TokenReply> {
  return tokens(await auth(stack, "login", { email, password }));
}

async function isSignedOut(who: { access_token: string; refresh_token: string }): Promise<void> {
  const { access_token, refresh_token } = who;
  await problem(await auth(stack, "refresh", { refresh_token }), 401, "refresh_refused");
  await problem(await read(stack, "me", access_token), 401, "unauthenticated");
}

async function isSignedIn(who: { access_token: string; refresh_token: string }): Promise<void> {
  const me = await read(stack, "me", who.access_token);
  assert.equal(me.status, 200);
  await me.arrayBuffer();
  await tokens(await auth(stack, "refresh", { refresh_token: who.refresh_token }));
}

test("after a logout refresh and session rows refuse at once", async () => {
  const someone = await person();
  await logout(someone, {});
  await isSignedOut(someone);
});

test("after a logout user rows accept the access token until it expires", async () => {
  const someone = await person();
  await logout(someone, {});
  const { headers } = someone;
  for (const url of [
    `${stack.functions.auth}/v1/auth/token`,
    `${stack.functions.usage}/v1/usage`,
    `${stack.functions.ai}/v1/models`,
  ]) {
    const reply = await fetch(url, { headers });
    assert.equal(reply.status, 200, url);
    await reply.arrayBuffer();
  }
});

test("a logout ends this session and no other", async () => {
  const someone = await person();
  const elsewhere = await login(someone);
  await logout(someone, {});
  await isSignedOut(someone);
  await isSignedIn(elsewhere);
});

test("a logout that names a refresh token ends the session of that token", async () => {
  const someone = await person();
  const elsewhere = await login(someone);
  await logout(someone, { refresh_token: elsewhere.refresh_token });
  await isSignedOut(elsewhere);
  await isSignedIn(someone);
});

test("a logout of all ends every session of the caller and none of anybody else", async () => {
  const [someone, other] = await Promise.all([person(), person()]);
  const elsewhere = await login(someone);
  await logout(someone, { all: true });
  await isSignedOut(someone);
  await isSignedOut(elsewhere);
  await isSignedIn(other);
});

test("a logout that names another person's refresh token changes nothing for them", async () => {
  const [someone, other] = await Promise.all([person(), person()]);
  await logout(someone, { refresh_token: other.refresh_token });
  await isSignedIn(other);
});

test("the retry window of a refresh does not outlive a logout", async () => {
  const someone = await person();
  const { refresh_token } = someone;
  const next = await tokens(await auth(stack, "refresh", { refresh_token }));
  await logout(next, {});
  await problem(await auth(stack, "refresh", { refresh_token }), 401, "refresh_refused");
});

test("logging out twice is refused like any call of an ended session", async () => {
  const someone = await person();
  await logout(someone, {});
  const { authorization } = someone.headers;
  await problem(await auth(stack, "logout", {}, { authorization }), 401, "unauthenticated");
});
