// Who reads a file, and what happens when something is taken back. Not here: every visibility against every caller
// (`files-matrix.test.ts`).

import assert from "node:assert/strict";
import { test } from "node:test";
import { change, type Person, person, post, query, shared } from "./harness.ts";
import { files, type StoredFile, shares } from "./jobs-client.ts";
import { joined, organisationOf, reply } from "./organisations-client.ts";

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

test("a member's link to what is their organisation's ends when its owner makes it private, and with their right", async () => {
  const [owner, lead] = await Promise.all([person(), person()]);
  const organisation = await organisationOf(stack, owner);
  await joined(stack, organisation, lead, "admin");
  const id = await keep(owner, "organisation", organisation);
  const asked = post(`${stack.gateway}/v1/files/${id}/links`, { expires_in: 60 }, lead.headers);
  const made = await reply<{ url: string }>(asked, 201);
  const open = async (): Promise<number> => {
    const answer = await fetch(made.url);
    await answer.arrayBuffer();
    return answer.status;
  };
  assert.equal(await open(), 200);
  await reply(files(stack, owner, "PATCH", `files/${id}`, { visibility: "private" }));
  assert.equal(await open(), 404, "its maker reads it no more");
  await reply(files(stack, owner, "PATCH", `files/${id}`, { visibility: "organisation" }));
  assert.equal(await open(), 200);
  await change(stack, "UPDATE members SET role = 'member' WHERE user_id = ?", [lead.id]);
  assert.equal(await open(), 404, "its maker may share it no more");
});
