// What survives a restart of the whole stack: accounts, sessions, keys, replies
// kept for a key. Not here: a runtime that is killed (chaos tests).

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { auth, problem, read, tokens } from "./auth-client.ts";
import { credentials, network, person, type Stack, startStack } from "./harness.ts";

async function keySet(stack: Stack): Promise<unknown> {
  return (await fetch(`${stack.gateway}/.well-known/jwks.json`)).json();
}

test("accounts, sessions, keys and kept replies survive a restart", async (context) => {
  const persist = await mkdtemp(join(tmpdir(), "selvage-blackbox-"));
  context.after(() => rm(persist, { recursive: true, force: true }));
  const once = { "idempotency-key": randomUUID(), "cf-connecting-ip": network() };
  const registration = credentials();

  const first = await startStack({ persist });
  const [someone, leaver] = await Promise.all([person(first), person(first)]);
  const kept = await (await auth(first, "register", registration, once)).text();
  const { refresh_token } = await tokens(await auth(first, "refresh", { refresh_token: someone.refresh_token }));
  await auth(first, "logout", {}, leaver.headers);
  const keys = await keySet(first);
  assert.equal((await first.stop()).code, 0);

  await using second = await startStack({ persist });
  assert.deepEqual(await keySet(second), keys);
  const me = await read(second, "me", someone.access_token);
  assert.equal(me.status, 200);
  await me.arrayBuffer();
  await tokens(await auth(second, "login", { email: someone.email, password: someone.password }));
  await tokens(await auth(second, "refresh", { refresh_token }));
  const left = { refresh_token: leaver.refresh_token };
  await problem(await auth(second, "refresh", left), 401, "refresh_refused");
  const replayed = await auth(second, "register", registration, once);
  assert.deepEqual([replayed.status, await replayed.text()], [201, kept]);
});
