// Organisations: their life, their members and invitations, and what must hold under many requests at once. Not
// here: who is let in (permissions.test.ts), and that lists and single reads agree (organisations-reach.test.ts).

import assert from "node:assert/strict";
import { test } from "node:test";
import { problem } from "./auth-client.ts";
import { change, network, type Person, person, post, query, shared } from "./harness.ts";
import { invitedBy, joined, organisationOf, organisations, proven, reply, slug } from "./organisations-client.ts";

const stack = shared();

interface Listed<T> {
  readonly data: readonly T[];
}

const accept = (who: Person, token: string): Promise<Response> =>
  post(`${stack.functions.organisations}/v1/invitations/accept`, { token }, { ...who.headers, ...from() });

const from = (): { "cf-connecting-ip": string } => ({ "cf-connecting-ip": network() });

/** An organisation with an owner, and members with these roles. */
async function team(...roles: readonly string[]): Promise<{ id: string; owner: Person; members: Person[] }> {
  const owner = await person();
  const id = await organisationOf(stack, owner);
  const members = await Promise.all(roles.map(() => person()));
  for (const [n, member] of members.entries()) await joined(stack, id, member, roles[n] ?? "member");
  return { id, owner, members };
}

test("somebody is invited by letter, sees what it is, and joins", async () => {
  const { id, owner } = await team();
  const { who, token } = await invitedBy(stack, owner, id);
  const preview = await post(
    `${stack.functions.organisations}/v1/invitations/preview`,
    { token },
    { ...who.headers, ...from() },
  );
  assert.equal((await reply<{ organisation_name: string }>(preview)).organisation_name, "Acme");
  await problem(await organisations(stack, who, "GET", `/${id}`), 404, "not_found");
  assert.equal((await reply<{ role: string }>(accept(who, token))).role, "member");
  assert.equal((await reply<{ role: string }>(organisations(stack, who, "GET", `/${id}`))).role, "member");
});

test("an invitation opens to nobody but the address it was sent to", async () => {
  const { id, owner } = await team();
  const { who, token } = await invitedBy(stack, owner, id);
  const thief = await person();
  await proven(stack, thief);
  await problem(await accept(thief, token), 403, "invitation_refused");
  await change(stack, "UPDATE users SET email_verified_at = NULL WHERE id = ?", [who.id]);
  await problem(await accept(who, token), 403, "invitation_refused");
});

test("of many who accept with one token at once exactly one is answered by 200", async () => {
  const { id, owner } = await team();
  const { who, token } = await invitedBy(stack, owner, id);
  const replies = await Promise.all(Array.from({ length: 12 }, () => accept(who, token)));
  assert.deepEqual(replies.map(({ status }) => status).sort(), [200, ...Array<number>(11).fill(403)]);
  const kinds = query(stack, "SELECT kind FROM security_events WHERE user_id = ? AND kind LIKE '%joined'", [who.id]);
  assert.equal(kinds.length, 1);
});

test("two owners who leave or step down at once leave one owner behind", async () => {
  for (const [method, body] of [
    ["DELETE", undefined],
    ["PATCH", { role: "member" }],
  ] as const) {
    const {
      id,
      owner,
      members: [other],
    } = await team("owner");
    assert.ok(other !== undefined);
    const replies = await Promise.all(
      [owner, other].map((who) => organisations(stack, who, method, `/${id}/members/me`, body)),
    );
    assert.equal(replies.filter(({ ok }) => ok).length, 1, replies.map(({ status }) => status).join());
    const refused = replies.find(({ ok }) => !ok);
    assert.ok(refused !== undefined);
    await problem(refused, 409, "last_owner");
    const owners = query(stack, "SELECT user_id FROM members WHERE organisation_id = ? AND role = 'owner'", [id]);
    assert.equal(owners.length, 1);
  }
});

test("a right that is taken away is gone for the next request, in a session and a token that live on", async () => {
  const {
    id,
    owner,
    members: [admin],
  } = await team("admin");
  assert.ok(admin !== undefined);
  const rename = (): Promise<Response> => organisations(stack, admin, "PATCH", `/${id}`, { name: "Renamed" });
  assert.equal((await rename()).status, 200);
  await reply(organisations(stack, owner, "PATCH", `/${id}/members/${admin.id}`, { role: "member" }));
  await problem(await rename(), 403, "forbidden");
  await reply(organisations(stack, owner, "PUT", `/${id}/roles/member`, { permissions: [] }));
  await problem(await organisations(stack, admin, "GET", `/${id}`), 404, "not_found");
  await reply(organisations(stack, owner, "PATCH", `/${id}/members/${admin.id}`, { role: "admin" }));
  assert.equal((await rename()).status, 200);
  assert.equal((await organisations(stack, owner, "DELETE", `/${id}/members/${admin.id}`)).status, 204);
  await problem(await rename(), 404, "not_found");
});

test("of many organisations with one short name at once one is made", async () => {
  const owner = await person();
  const wish = { name: "Acme", slug: slug() };
  const replies = await Promise.all(Array.from({ length: 6 }, () => organisations(stack, owner, "POST", "", wish)));
  assert.deepEqual(replies.map(({ status }) => status).sort(), [201, 409, 409, 409, 409, 409]);
  const { data } = await reply<Listed<{ slug: string }>>(organisations(stack, owner, "GET"));
  assert.deepEqual(data, [{ ...data[0], slug: wish.slug }]);
});

test("a deleted account takes its lonely organisations along and is kept by those it owns alone with others", async () => {
  const {
    id,
    owner,
    members: [member],
  } = await team("member");
  assert.ok(member !== undefined);
  const lonely = await organisationOf(stack, owner);
  const remove = (who: Person): Promise<Response> =>
    fetch(`${stack.functions.users}/v1/users/me`, { method: "DELETE", headers: who.headers });
  await problem(await remove(owner), 409, "last_owner");
  await reply(organisations(stack, owner, "GET", `/${lonely}`));
  assert.equal((await organisations(stack, member, "DELETE", `/${id}/members/me`)).status, 204);
  assert.equal((await remove(owner)).status, 204);
  for (const gone of [id, lonely]) {
    assert.deepEqual(query(stack, "SELECT 1 FROM organisations WHERE id = ?", [gone]), []);
  }
});

test("an export has the memberships", async () => {
  const { id, owner } = await team();
  const all = await reply<{ memberships: { organisation_id: string; role: string }[] }>(
    fetch(`${stack.functions.users}/v1/users/me/export`, { headers: owner.headers }),
  );
  assert.deepEqual(
    all.memberships.map(({ organisation_id, role }) => [organisation_id, role]),
    [[id, "owner"]],
  );
});
