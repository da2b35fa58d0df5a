// Who reads a file: every visibility against every caller, and what happens when something is taken back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { admin, change, type Person, person, post, query, shared } from "./harness.ts";
import { files, type StoredFile, shares } from "./jobs-client.ts";
import { newKey } from "./keys-client.ts";
import { joined, organisationOf, organisations, reply, standIn } from "./organisations-client.ts";

const stack = shared();

/** A file of this person, for the organisation where one is named. */
async function keep(who: Person, visibility: string, organisation?: string): Promise<string> {
  const form = new FormData();
  form.set("purpose", "user_data");
  form.set("visibility", visibility);
  if (organisation !== undefined) form.set("organisation_id", organisation);
  form.set("file", new File(["x"], "a.txt"));
  return (await reply<StoredFile>(files(stack, who, "POST", "files", form), 200)).id;
}

const status = async (id: string, headers: Record<string, string>): Promise<number> => {
  const answer = await fetch(`${stack.gateway}/v1/files/${id}/content`, { headers });
  await answer.arrayBuffer();
  return answer.status;
};

test("every visibility opens a file to whom it names, and to nobody else", async () => {
  const [owner, member, reader, stranger, friend] = await Promise.all([
    person(),
    person(),
    person(),
    person(),
    person(),
  ]);
  const organisation = await organisationOf(stack, owner);
  await joined(stack, organisation, member, "member");
  await reply(organisations(stack, owner, "PUT", `/${organisation}/roles/outsider`, { permissions: [] }));
  await joined(stack, organisation, reader, "outsider");
  const boss = await admin();
  const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });
  const key = bearer((await newKey(stack, owner, { scopes: ["use:files"] })).key);
  const unfit = bearer((await newKey(stack, owner, { scopes: ["read:usage"] })).key);
  const instead = { ...(await standIn(stack, boss, owner)).headers };
  const callers: Record<string, Record<string, string>> = {
    anonymous: {},
    owner: { ...owner.headers },
    member: { ...member.headers },
    outsider: { ...reader.headers },
    friend: { ...friend.headers },
    stranger: { ...stranger.headers },
    administrator: { ...boss.headers },
    "stand-in": instead,
    key,
    "key without scope": unfit,
    nonsense: { authorization: "Bearer nonsense" },
  };
  const closed = { "stand-in": 403, "key without scope": 403, nonsense: 401 };
  const expected: Record<string, Record<string, number>> = {
    private: { owner: 200, friend: 200, key: 200, ...closed },
    organisation: { owner: 200, friend: 200, key: 200, member: 200, ...closed },
    public: { ...Object.fromEntries(Object.keys(callers).map((name) => [name, 200])), ...closed, "stand-in": 200 },
  };
  for (const [visibility, outcomes] of Object.entries(expected)) {
    const id = await keep(owner, visibility, organisation);
    await reply(shares(stack, owner, "PUT", `${id}/shares/${friend.id}`));
    for (const [name, headers] of Object.entries(callers))
      assert.equal(await status(id, headers), outcomes[name] ?? 404, `${visibility} as ${name}`);
    await reply(files(stack, owner, "DELETE", `files/${id}`));
    for (const name of ["anonymous", "owner", "member", "friend"])
      assert.equal(await status(id, callers[name] ?? {}), 404, `${visibility} in the trash as ${name}`);
  }
});

test("what is taken back is closed at once, and is told in the audit", async () => {
  const [owner, friend] = await Promise.all([person(), person()]);
  const id = await keep(owner, "public");
  assert.equal(await status(id, {}), 200);
  await reply(files(stack, owner, "PATCH", `files/${id}`, { visibility: "private" }));
  assert.equal(await status(id, {}), 404);
  await change(stack, "UPDATE users SET email_verified_at = 1 WHERE id = ?", [friend.id]);
  const path = `${id}/shares/${encodeURIComponent(friend.email)}`;
  const known = await shares(stack, owner, "PUT", path);
  const unknown = await shares(stack, owner, "PUT", `${id}/shares/nobody-${friend.email}`);
  assert.deepEqual([known.status, unknown.status], [200, 200], "nobody learns whether there is an account");
  assert.equal(await status(id, friend.headers), 200);
  const withMe = await reply<{ data: { id: string }[] }>(files(stack, friend, "GET", "files?shared=with-me"));
  assert.deepEqual(
    withMe.data.map((file) => file.id),
    [id],
  );
  assert.equal((await shares(stack, owner, "DELETE", path)).status, 204);
  assert.equal(await status(id, friend.headers), 404);
  const kinds = query(stack, "SELECT kind FROM security_events WHERE user_id = ? AND kind LIKE 'file_%' ORDER BY id", [
    owner.id,
  ]);
  assert.deepEqual(kinds.map((row) => row.kind).sort(), ["file_shared", "file_shared", "file_visibility_changed"]);
});

test("a link opens its own file to anybody, until it is taken back", async () => {
  const owner = await person();
  const [id, other] = [await keep(owner, "private"), await keep(owner, "private")];
  // By the front door, which is where links lead.
  const made = post(`${stack.gateway}/v1/files/${id}/links`, { expires_in: 60 }, owner.headers);
  const link = await reply<{ id: string; url: string }>(made, 201);
  const get = async (url: string): Promise<number> => (await fetch(url)).status;
  assert.equal((await fetch(link.url)).headers.get("cache-control"), "private, no-cache");
  const at = link.url.lastIndexOf(".") + 1;
  const forged = link.url.slice(0, at) + (link.url[at] === "A" ? "B" : "A") + link.url.slice(at + 1);
  assert.deepEqual(
    [await get(forged), await get(link.url.replace(id, other)), await get(link.url.slice(0, -1))],
    [404, 404, 404],
  );
  await change(stack, "UPDATE users SET status = 'suspended' WHERE id = ?", [owner.id]);
  assert.equal(await get(link.url), 404, "whose maker is suspended");
  await change(stack, "UPDATE users SET status = 'active' WHERE id = ?", [owner.id]);
  assert.equal(await get(link.url), 200);
  assert.equal((await shares(stack, owner, "DELETE", `${id}/links/${link.id}`)).status, 204);
  assert.equal(await get(link.url), 404);
});
