// Administrators in somebody's place: what the token says, what the person sees, how it ends. Which rows it opens is
// the column `stand-in` of permissions.test.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { problem, read } from "./auth-client.ts";
import { admin, change, eventually, logLines, type Person, person, post, query, shared } from "./harness.ts";
import { reply, standIn } from "./organisations-client.ts";

const stack = shared();

const beginUrl = (who: { id: string }): string => `${stack.functions.guests}/v1/admin/users/${who.id}/impersonate`;

const me = async (token: string): Promise<number> => {
  const answer = await read(stack, "me", token);
  await answer.arrayBuffer();
  return answer.status;
};

interface Listed {
  readonly data: readonly { readonly id: string; readonly kind?: string; readonly actor_id: string | null }[];
}

const sessionsOf = (who: Person): Promise<Listed> =>
  reply(fetch(`${stack.functions.users}/v1/auth/sessions`, { headers: who.headers }));

test("the token names both, lives for a quarter of an hour, and comes without a refresh token", async () => {
  const [boss, who] = [await admin(), await person()];
  const begun = await standIn(stack, boss, who);
  const claims = JSON.parse(Buffer.from(begun.access_token.split(".")[1] ?? "", "base64url").toString());
  assert.deepEqual([claims.sub, claims.act, claims.exp - claims.iat], [who.id, { sub: boss.id }, 900]);
  assert.deepEqual([begun.actor_id, begun.expires_in, "refresh_token" in begun], [boss.id, 900, false]);
  assert.equal(await me(begun.access_token), 200);
});

test("the person finds it in their sessions, their events and their mail, and ends it", async () => {
  const [boss, who] = [await admin(), await person()];
  const begun = await standIn(stack, boss, who);
  const { data } = await sessionsOf(who);
  assert.deepEqual(
    data.filter(({ actor_id }) => actor_id !== null).map(({ id, actor_id }) => [id, actor_id]),
    [[begun.session_id, boss.id]],
  );
  const events = await reply<{ events: { kind: string; actor_id: string; detail: string }[] }>(
    fetch(`${stack.functions.users}/v1/users/me/export`, { headers: who.headers }),
  );
  const event = events.events.find(({ kind }) => kind === "impersonation_began");
  assert.deepEqual([event?.actor_id, /a test/.test(event?.detail ?? "")], [boss.id, true]);
  const text = await eventually(
    () =>
      query(stack, "SELECT text FROM mailbox WHERE recipient = ? AND subject LIKE '%administrator%'", [who.email])[0],
  );
  assert.match(String(text.text), /act as you/);
  const url = `${stack.functions.users}/v1/auth/sessions/${begun.session_id}`;
  assert.equal((await fetch(url, { method: "DELETE", headers: who.headers })).status, 204);
  assert.equal(await me(begun.access_token), 401);
});

test("any administrator ends it, and it ends with the administrator's role or account", async () => {
  const [boss, other, who] = [await admin(), await admin(), await person()];
  const first = await standIn(stack, boss, who);
  assert.equal((await fetch(beginUrl(who), { method: "DELETE", headers: other.headers })).status, 204);
  assert.equal(await me(first.access_token), 401);
  const second = await standIn(stack, boss, who);
  const roles = {
    method: "PUT",
    headers: { "content-type": "application/json", ...other.headers },
    body: '{"roles":[]}',
  };
  assert.equal((await fetch(`${stack.functions.users}/v1/admin/users/${boss.id}/roles`, roles)).status, 200);
  assert.equal(await me(second.access_token), 401);
});

test("nobody acts as an administrator, as themselves, or from an old proof", async () => {
  const [boss, other, who] = [await admin(), await admin(), await person()];
  const begin = (by: Person, as: Person): Promise<Response> => post(beginUrl(as), { reason: "a test" }, by.headers);
  await problem(await begin(boss, other), 403, "forbidden");
  await problem(await begin(boss, boss), 403, "forbidden");
  await problem(await begin(who, other), 403, "forbidden");
  await problem(await post(beginUrl(who), {}, boss.headers), 422, "validation_failed");
  await change(stack, "UPDATE sessions SET authenticated_at = ? WHERE user_id = ?", [Date.now() - 600_000, boss.id]);
  await problem(await begin(boss, who), 403, "step_up_required");
  assert.equal((await sessionsOf(who)).data.length, 1);
});

test("what is logged of a call in somebody's place names who made it", async () => {
  const [boss, who] = [await admin(), await person()];
  const begun = await standIn(stack, boss, who);
  const answer = await read(stack, "token", begun.access_token);
  await answer.arrayBuffer();
  const id = answer.headers.get("x-request-id");
  const line = await eventually(async () =>
    (await logLines(stack)).find(({ metadata }) => metadata.requestId === id && metadata.status === 200),
  );
  const { userId, metadata } = line;
  assert.deepEqual([userId, metadata.actorId], [who.id, boss.id]);
});
