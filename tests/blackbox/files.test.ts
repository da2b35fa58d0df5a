// Files over HTTP, in the runtime's own bucket: bytes come back as they went, and go when they are to go.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { person, query, schedule, shared } from "./harness.ts";
import { fileOf, files, type StoredFile } from "./jobs-client.ts";
import { reply } from "./organisations-client.ts";

const stack = shared();

test("bytes of any kind come back as they went, as an attachment of no type", async () => {
  const who = await person();
  const bytes = randomBytes(3 * 1024 * 1024);
  const form = new FormData();
  form.set("purpose", "user_data");
  form.set("file", new File([bytes], "à la carte.bin", { type: "text/html" }));
  const kept = await reply<StoredFile>(files(stack, who, "POST", "files", form), 200);
  assert.deepEqual([kept.bytes, kept.filename], [bytes.length, "à la carte.bin"]);
  assert.equal(kept.sha256, createHash("sha256").update(bytes).digest("hex"));
  const content = await files(stack, who, "GET", `files/${kept.id}/content`);
  assert.ok(Buffer.from(await content.arrayBuffer()).equals(bytes));
  assert.equal(content.headers.get("content-type"), "application/octet-stream");
  assert.equal(content.headers.get("x-content-type-options"), "nosniff");
  assert.match(
    content.headers.get("content-disposition") ?? "",
    /^attachment; .*filename\*=UTF-8''%C3%A0%20la%20carte\.bin$/,
  );
});

test("a deleted file is gone at once, and the sweep takes its bytes", async () => {
  const who = await person();
  const id = await fileOf(stack, who, "to be deleted\n");
  assert.deepEqual(await reply(files(stack, who, "DELETE", `files/${id}?permanent=true`)), {
    id,
    object: "file",
    deleted: true,
  });
  assert.equal((await files(stack, who, "GET", `files/${id}`)).status, 404);
  const remains = () => query(stack, "SELECT object FROM file_remains WHERE object = ?", [`files/${id}`]).length;
  assert.equal(remains(), 1);
  await schedule(stack, "files");
  assert.equal(remains(), 0);
});
