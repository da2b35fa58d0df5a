// Refresh tokens: each is used once, a retry within ten seconds gets the same
// successor, and many at once agree on one. That a later use ends the family is
// tested on the host, where time is injected.

import assert from "node:assert/strict";
import { test } from "node:test";
import { auth, problem, read, tokens } from "./auth-client.ts";
import { change, person, query, shared } from "./harness.ts";

const stack = shared();

test("a refresh gives a new pair of the same session, and the pair works", async () => {
  const someone = await person();
  const first = await tokens(await auth(stack, "refresh", { refresh_token: someone.refresh_token }));
  assert.equal(first.user.id, someone.id);
  assert.notEqual(first.refresh_token, someone.refresh_token);
  assert.deepEqual([first.token_type, first.expires_in, first.refresh_expires_in], ["Bearer", 600, 2_592_000]);
  const me = await read(stack, "me", first.access_token);
  assert.equal(me.status, 200);
  await me.arrayBuffer();
  const second = await tokens(await auth(stack, "refresh", { refresh_token: first.refresh_token }));
  assert.notEqual(second.refresh_token, first.refresh_token);
  const sessions = query(stack, "SELECT count(*) AS n FROM sessions WHERE user_id = ?", [someone.id]);
  assert.deepEqual(
    sessions.map(({ n }) => n),
    [1],
  );
});

test("twenty refreshes of one token at once get one successor and log nobody out", async () => {
  const { id, refresh_token } = await person();
  const replies = await Promise.all(Array.from({ length: 20 }, () => auth(stack, "refresh", { refresh_token })));
  const pairs = await Promise.all(replies.map((reply) => tokens(reply)));
  const successors = new Set(pairs.map((pair) => pair.refresh_token));
  assert.equal(successors.size, 1);
  const mine = query(
    stack,
    "SELECT count(*) AS n FROM refresh_tokens r JOIN sessions s ON s.id = r.session_id WHERE s.user_id = ? AND s.ended_at IS NULL",
    [id],
  );
  assert.deepEqual(
    mine.map(({ n }) => n),
    [2],
  );
  for (const { access_token } of pairs) {
    const me = await read(stack, "me", access_token);
    assert.equal(me.status, 200);
    await me.arrayBuffer();
  }
  await tokens(await auth(stack, "refresh", { refresh_token: [...successors][0] }));
});

test("a token and its successor refreshed by many at once: each has one successor, and nobody is logged out", async () => {
  const { refresh_token: parent } = await person();
  const { refresh_token: child } = await tokens(await auth(stack, "refresh", { refresh_token: parent }));
  const uses = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? parent : child));
  const pairs = await Promise.all(
    uses.map(async (refresh_token) => tokens(await auth(stack, "refresh", { refresh_token }))),
  );
  const successors = (of: string) => new Set(pairs.filter((_, n) => uses[n] === of).map((pair) => pair.refresh_token));
  assert.deepEqual([...successors(parent)], [child]);
  assert.equal(successors(child).size, 1);
  const [grandchild] = successors(child);
  await tokens(await auth(stack, "refresh", { refresh_token: grandchild }));
});

test("a retry within ten seconds gets the same refresh token, also after its successor was used", async () => {
  const { refresh_token } = await person();
  const first = await tokens(await auth(stack, "refresh", { refresh_token }));
  const retried = await tokens(await auth(stack, "refresh", { refresh_token }));
  assert.equal(retried.refresh_token, first.refresh_token);
  const next = await tokens(await auth(stack, "refresh", { refresh_token: first.refresh_token }));
  const late = await tokens(await auth(stack, "refresh", { refresh_token }));
  assert.equal(late.refresh_token, first.refresh_token);
  const again = await tokens(await auth(stack, "refresh", { refresh_token: first.refresh_token }));
  assert.equal(again.refresh_token, next.refresh_token);
});

test("what is no refresh token is 401, and the same 401 for every reason", async () => {
  const someone = await person();
  const unknown = `rt_${"A".repeat(43)}`;
  for (const refresh_token of [unknown, "", "junk", someone.access_token]) {
    await problem(await auth(stack, "refresh", { refresh_token }), 401, "refresh_refused");
  }
});

test("a refresh token that has expired is 401", async () => {
  const { id, refresh_token } = await person();
  await change(
    stack,
    "UPDATE refresh_tokens SET expires_at = 1 WHERE session_id IN (SELECT id FROM sessions WHERE user_id = ?)",
    [id],
  );
  await problem(await auth(stack, "refresh", { refresh_token }), 401, "refresh_refused");
});

test("the database holds no token and no password in clear", async () => {
  const someone = await person();
  const { refresh_token } = await tokens(await auth(stack, "refresh", { refresh_token: someone.refresh_token }));
  const secrets = [someone.password, someone.refresh_token, someone.access_token, refresh_token];
  const tables = query(stack, "SELECT name FROM sqlite_master WHERE type = 'table'");
  for (const { name } of tables) {
    if (String(name).startsWith("_cf_")) continue;
    const rows = JSON.stringify(query(stack, `SELECT * FROM "${name}"`));
    for (const secret of secrets) assert.equal(rows.includes(secret), false, String(name));
  }
});
