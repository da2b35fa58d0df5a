// How soon an ended session is refused, in each mode of SESSION_CHECK, behind a KV that is late and keeps its
// misses: docs/accounts/sessions.md states these bounds.

import assert from "node:assert/strict";
import { test } from "node:test";
import { tokens } from "./auth-client.ts";
import { credentials, eventually, network, post } from "./harness.ts";
import { type Late, startLate } from "./lagging-kv.ts";

/** Asks a row: `me` is sensitive, `token` is not. */
async function status(late: Late, row: "me" | "token", access: string): Promise<number> {
  const reply = await fetch(`${late.origin}/v1/auth/${row}`, { headers: { authorization: `Bearer ${access}` } });
  await reply.arrayBuffer();
  return reply.status;
}

/** Signs in, looks up the session once on both kinds of rows, and signs out. */
async function signedOut(late: Late): Promise<{ access: string; refresh: string }> {
  const from = { "cf-connecting-ip": network() };
  const signed = await tokens(await post(`${late.origin}/v1/auth/register`, credentials(), from), 201);
  const access = signed.access_token;
  assert.deepEqual([await status(late, "me", access), await status(late, "token", access)], [200, 200]);
  const reply = await post(`${late.origin}/v1/auth/logout`, {}, { authorization: `Bearer ${access}` });
  assert.equal(reply.status, 204);
  return { access, refresh: signed.refresh_token };
}

/** What is refused at once in every mode, whatever KV does. */
async function endsAtOnce(late: Late, { access, refresh }: { access: string; refresh: string }): Promise<void> {
  assert.equal(await status(late, "me", access), 401);
  const reply = await post(`${late.origin}/v1/auth/refresh`, { refresh_token: refresh });
  assert.equal(reply.status, 401);
}

test("sensitive: ordinary rows trust a token until it expires, others refuse at once", async () => {
  await using late = await startLate({ SESSION_CHECK: "sensitive", ACCESS_TOKEN_SECONDS: "3" });
  const ended = await signedOut(late);
  await endsAtOnce(late, ended);
  assert.equal(await status(late, "token", ended.access), 200);
  await late.arrive();
  await late.forget();
  assert.equal(await status(late, "token", ended.access), 200, "hints are not read");
  await eventually(async () => ((await status(late, "token", ended.access)) === 401 ? true : undefined), 6_000);
});

test("hint: ordinary rows refuse when the hint has come and the cached miss has gone, and not before", async () => {
  await using late = await startLate({ SESSION_CHECK: "hint" });
  const ended = await signedOut(late);
  await endsAtOnce(late, ended);
  await eventually(async () => ((await late.writes()) > 0 ? true : undefined));
  assert.equal(await status(late, "token", ended.access), 200, "the hint has not come");
  await late.arrive();
  assert.equal(await status(late, "token", ended.access), 200, "the miss is cached");
  await late.forget();
  assert.equal(await status(late, "token", ended.access), 401);
});

test("hint: where KV never tells, a token still ends when it expires", async () => {
  await using late = await startLate({ SESSION_CHECK: "hint", ACCESS_TOKEN_SECONDS: "3" });
  const ended = await signedOut(late);
  await endsAtOnce(late, ended);
  assert.equal(await status(late, "token", ended.access), 200);
  await eventually(async () => ((await status(late, "token", ended.access)) === 401 ? true : undefined), 6_000);
});

test("every: all rows refuse at once, whatever KV does", async () => {
  await using late = await startLate({ SESSION_CHECK: "every" });
  const ended = await signedOut(late);
  assert.equal(await status(late, "token", ended.access), 401);
  await endsAtOnce(late, ended);
});
