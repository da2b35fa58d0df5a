// An admin's one-time link: opened by as many as like, used once. Not here: the
// command that prints it (xtask), the page with the form (gateway-pages.test.ts).

import assert from "node:assert/strict";
import { test } from "node:test";
import { auth, problem, read, tokens } from "./auth-client.ts";
import { admin, adminLink, change, credentials, person, query, shared } from "./harness.ts";

const stack = shared();

test("a link makes an admin, signed in", async () => {
  const { email, password } = credentials();
  const token = await adminLink(stack, email);
  const { user, access_token } = await tokens(await auth(stack, "claim", { token, password }));
  assert.deepEqual([user.email, user.roles], [email, ["admin"]]);
  const said = (await (await read(stack, "token", access_token)).json()) as Record<string, unknown>;
  assert.deepEqual([said.roles, said.permissions], [["admin"], ["*:*"]]);
  const again = await tokens(await auth(stack, "login", { email, password }));
  assert.deepEqual(again.user.roles, ["admin"]);
});

test("of many who use one link at once exactly one wins", async () => {
  const { email } = credentials();
  const token = await adminLink(stack, email);
  const passwords = Array.from({ length: 8 }, () => credentials().password);
  const replies = await Promise.all(passwords.map((password) => auth(stack, "claim", { token, password })));
  const winners = replies.filter(({ status }) => status === 200);
  assert.equal(winners.length, 1);
  for (const [index, reply] of replies.entries()) {
    const password = passwords[index];
    if (reply.status === 200) {
      await reply.arrayBuffer();
      await tokens(await auth(stack, "login", { email, password }));
    } else {
      await problem(reply, 401, "link_refused");
      await problem(await auth(stack, "login", { email, password }), 401, "invalid_credentials");
    }
  }
  const rows = query(
    stack,
    "SELECT (SELECT count(*) FROM users WHERE email = ?1) AS users, (SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = ?1) AS sessions",
    [email],
  );
  // The winner's own, and the one of the sign-in above.
  assert.deepEqual([rows[0]?.users, rows[0]?.sessions], [1, 2]);
});

test("a link that was used, has expired or never was is 401", async () => {
  const { email, password } = credentials();
  const used = await adminLink(stack, email);
  await tokens(await auth(stack, "claim", { token: used, password }));
  const another = credentials().email;
  const expired = await adminLink(stack, another);
  await change(stack, "UPDATE one_time_tokens SET expires_at = ? WHERE email = ?", [Date.now() - 1, another]);
  for (const token of [used, expired, "never was one", ""]) {
    await problem(await auth(stack, "claim", { token, password }), 401, "link_refused");
  }
});

test("a password that is refused leaves the link usable", async () => {
  const { email, password } = credentials();
  const token = await adminLink(stack, email);
  await problem(await auth(stack, "claim", { token, password: "short" }), 422, "validation_failed");
  await tokens(await auth(stack, "claim", { token, password }));
});

test("a link for an existing account changes its password, makes it admin and ends its sessions", async () => {
  const before = await person();
  const { password } = credentials();
  const token = await adminLink(stack, before.email);
  const { user } = await tokens(await auth(stack, "claim", { token, password }));
  assert.deepEqual([user.id, user.roles], [before.id, ["admin"]]);
  const { refresh_token, email } = before;
  await problem(await auth(stack, "refresh", { refresh_token }), 401, "refresh_refused");
  await problem(await read(stack, "me", before.access_token), 401, "unauthenticated");
  const old = { email, password: before.password };
  await problem(await auth(stack, "login", old), 401, "invalid_credentials");
});

test("two links make two admins", async () => {
  const [one, other] = await Promise.all([admin(), admin()]);
  assert.notEqual(one.id, other.id);
});
