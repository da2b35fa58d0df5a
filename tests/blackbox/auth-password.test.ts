// Another password for somebody who is signed in. Not here: resets (mail-links.test.ts).

import assert from "node:assert/strict";
import { test } from "node:test";
import { auth, problem, read, tokens } from "./auth-client.ts";
import { change, credentials, eventually, person, query, shared } from "./harness.ts";

const stack = shared();

test("a new password ends the other sessions, keeps this one, and tells the owner", async () => {
  const here = await person();
  const { email, password } = here;
  const there = await tokens(await auth(stack, "login", { email, password }));
  const wish = { current: password, new: credentials().password };
  assert.equal((await auth(stack, "password", wish, here.headers)).status, 204);
  assert.equal((await read(stack, "me", here.access_token)).status, 200);
  await problem(await read(stack, "me", there.access_token), 401, "unauthenticated");
  await problem(await auth(stack, "refresh", { refresh_token: there.refresh_token }), 401, "refresh_refused");
  await problem(await auth(stack, "login", { email, password }), 401, "invalid_credentials");
  await tokens(await auth(stack, "login", { email, password: wish.new }));
  await eventually(
    () =>
      query(stack, "SELECT 1 FROM mailbox WHERE recipient = ? AND subject LIKE '%password was changed'", [email])[0],
  );
});

test("it wants the current password, or a fresh proof", async () => {
  const { id, headers, password } = await person();
  const wish = credentials().password;
  await problem(await auth(stack, "password", { current: wish, new: wish }, headers), 401, "invalid_credentials");
  await change(stack, "UPDATE sessions SET authenticated_at = ? WHERE user_id = ?", [Date.now() - 600_000, id]);
  const stale = await problem(await auth(stack, "password", { new: wish }, headers), 403, "step_up_required");
  assert.deepEqual((stale as unknown as { methods: string[] }).methods, ["password"]);
  assert.equal((await auth(stack, "password", { current: password, new: wish }, headers)).status, 204);
});

test("of many changes with the same current password at once exactly one is made", async () => {
  const { email, headers, password } = await person();
  const wishes = Array.from({ length: 5 }, () => credentials().password);
  const replies = await Promise.all(
    wishes.map((wish) => auth(stack, "password", { current: password, new: wish }, headers)),
  );
  assert.equal(replies.filter(({ status }) => status === 204).length, 1);
  const opened = await Promise.all(wishes.map((wish) => auth(stack, "login", { email, password: wish })));
  assert.deepEqual(
    opened.map(({ status }) => status === 200),
    replies.map(({ status }) => status === 204),
  );
});
