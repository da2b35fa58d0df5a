// The official `openai` package for JavaScript against uploads in parts, as its users write it. Not here: what is refused
// (`tests/blackbox/uploads.test.ts`).

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import OpenAI, { toFile } from "openai";
import { person, shared } from "../blackbox/harness.ts";

const stack = shared();

test("an upload is made of parts, and its file is read", async () => {
  const openai = new OpenAI({ baseURL: `${stack.gateway}/v1`, apiKey: (await person()).access_token, maxRetries: 0 });
  const halves = [randomBytes(700_000), randomBytes(300_000)] as const;
  const bytes = Buffer.concat(halves);
  const upload = await openai.uploads.create({
    filename: "train.jsonl",
    purpose: "fine-tune",
    bytes: bytes.length,
    mime_type: "text/jsonl",
  });
  assert.deepEqual([upload.object, upload.status, upload.bytes], ["upload", "pending", bytes.length]);
  const ids: string[] = [];
  for (const half of halves) {
    const part = await openai.uploads.parts.create(upload.id, { data: await toFile(half, "part") });
    assert.deepEqual([part.object, part.upload_id], ["upload.part", upload.id]);
    ids.push(part.id);
  }
  const md5 = createHash("md5").update(bytes).digest("hex");
  const done = await openai.uploads.complete(upload.id, { part_ids: ids, md5 });
  assert.deepEqual([done.status, done.file?.object, done.file?.bytes], ["completed", "file", bytes.length]);
  const content = await openai.files.content(done.file?.id ?? "");
  assert.ok(Buffer.from(await content.arrayBuffer()).equals(bytes));
});

test("an upload is cancelled, and takes nothing more", async () => {
  const openai = new OpenAI({ baseURL: `${stack.gateway}/v1`, apiKey: (await person()).access_token, maxRetries: 0 });
  const upload = await openai.uploads.create({
    filename: "a",
    purpose: "user_data",
    bytes: 1,
    mime_type: "text/plain",
  });
  assert.equal((await openai.uploads.cancel(upload.id)).status, "cancelled");
  const late = openai.uploads.parts.create(upload.id, { data: await toFile(Buffer.from("x"), "part") });
  await assert.rejects(late, OpenAI.NotFoundError);
});
