// What an organisation says of files: how long they are kept. And its face. Not here: who may change organisations, which is
// in organisations.test.ts and permissions.test.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { person, query, schedule, shared } from "./harness.ts";
import { files, form } from "./jobs-client.ts";
import { newKey } from "./keys-client.ts";
import { joined, organisationOf, organisations, reply } from "./organisations-client.ts";
import { at, bytesOf, type Caller, painted, pictures } from "./pictures-client.ts";
import { begun, ingest, patch, TUS } from "./uploads-client.ts";

const stack = shared();

interface Lived {
  readonly id: string;
  readonly created_at: number;
  readonly expires_at: number | null;
}

/** Seconds for which a file is kept. */
const life = ({ created_at, expires_at }: Lived): number | null =>
  expires_at === null ? null : expires_at - created_at;

/** Keeps a file by the form. */
function kept(who: Caller, fields: Readonly<Record<string, string>>): Promise<Lived> {
  const whole = form("x", "user_data");
  for (const [name, value] of Object.entries(fields)) whole.set(name, value);
  return reply<Lived>(files(stack, who, "POST", "files", whole), 200);
}

test("files of an organisation are kept for as long as it says, by whichever way they come, unless their uploader says otherwise", async () => {
  const who = await person();
  const id = await organisationOf(stack, who);
  const say = (days: number | null) =>
    reply(organisations(stack, who, "PATCH", `/${id}`, { files_expire_after_days: days }));
  const before = await kept(who, { organisation_id: id });
  await say(2);
  const theirs = await kept(who, { organisation_id: id });
  const hour = { "expires_after[anchor]": "created_at", "expires_after[seconds]": "3600" };
  assert.deepEqual(
    [life(before), life(theirs), life(await kept(who, { organisation_id: id, ...hour })), life(await kept(who, {}))],
    [null, 172_800, 3_600, null],
  );
  const keyed = { headers: { authorization: `Bearer ${(await newKey(stack, who, { organisation_id: id })).key}` } };
  assert.equal(life(await kept(keyed, {})), 172_800, "by a key that it pays for");
  const upload = await begun(stack, who, 3, { organisation_id: id });
  const put = ingest(stack, who, "PUT", `files/${upload}/content`, "abc", { "content-type": "text/plain" });
  assert.equal(life(await reply<Lived>(put, 200)), 172_800);
  const metadata = `filename ${btoa("a.txt")},organisation_id ${btoa(id)}`;
  const headers = { ...TUS, "upload-length": "3", "upload-metadata": metadata };
  const made = await ingest(stack, who, "POST", "tus", undefined, headers);
  const tus = (made.headers.get("location") ?? "").split("/").at(-1) ?? "";
  assert.equal((await patch(stack, who, tus, 0, "abc")).status, 204);
  const read = (file: string) => reply<Lived>(files(stack, who, "GET", `files/${file}`));
  assert.equal(life(await read(tus)), 172_800);
  await say(null);
  assert.equal(life(await kept(who, { organisation_id: id })), null);
  assert.deepEqual([life(await read(before.id)), life(await read(theirs.id))], [null, 172_800], "what is there stays");
});

test("an organisation's face is set by who may change it, seen by anybody, and goes with the organisation", async () => {
  const [owner, member, other] = await Promise.all([person(), person(), person()]);
  const id = await organisationOf(stack, owner);
  await joined(stack, id, member, "member");
  const face = await painted(300, 200).jpeg().toBuffer();
  const put = (who: Caller) => pictures(stack, who, "PUT", `organisations/${id}/avatar`, face);
  assert.deepEqual([(await put(member)).status, (await put(other)).status], [403, 404]);
  const { avatar_ref } = await reply<{ avatar_ref: string }>(put(owner), 200);
  const seen = await reply<{ avatar_ref: string }>(organisations(stack, member, "GET", `/${id}`));
  assert.equal(seen.avatar_ref, avatar_ref);
  const shown = await at(stack, avatar_ref);
  assert.equal(shown.headers.get("cache-control"), "public, max-age=604800");
  const read = await sharp(await bytesOf(shown)).metadata();
  assert.deepEqual([read.width, read.height, read.format], [256, 256, "webp"]);
  assert.equal((await organisations(stack, owner, "DELETE", `/${id}`)).status, 204);
  assert.equal((await at(stack, avatar_ref)).status, 404);
  const left = () => query(stack, "SELECT object FROM file_remains WHERE object LIKE ?", [`avatars/${id}/%`]).length;
  assert.equal(left(), 4);
  await schedule(stack, "files");
  assert.equal(left(), 0, "its bytes go with the sweep");
});
