// Bytes on their way in, in the runtime's own bucket: killed at any byte and resumed, lying about their length or checksum, two
// at once. What is kept is what was sent, or nothing.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { change, eventually, person, query, schedule, shared } from "./harness.ts";
import { organisationOf, proven, reply } from "./organisations-client.ts";
import {
  allowed,
  asked,
  type Body,
  begun,
  brokenOff,
  bytesOf,
  dialled,
  head,
  ingest,
  offsetOf,
  partOf,
  patch,
  rowsOf,
  sha256,
  TUS,
  TUS_BYTES,
  type Upload,
  wish,
} from "./uploads-client.ts";

const stack = shared();
const MIB = 1024 * 1024;

test("a body that breaks off at any byte goes on there and comes to the same checksum", async () => {
  const who = await person();
  const bytes = randomBytes(9 * MIB + 7);
  const id = await begun(stack, who, bytes.length, { sha256: sha256(bytes) });
  // In the first piece, at its end and behind it; through the gateway every second time.
  const cuts = [0, 1, 4095, 65_537, 3 * MIB, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 9 * MIB + 6];
  let offset = 0;
  for (const [n, cut] of cuts.entries()) {
    const origin = n % 2 === 0 ? stack.functions.ingest : stack.gateway;
    const request = {
      method: "PATCH",
      path: `/v1/tus/${id}`,
      headers: { ...TUS_BYTES, "upload-offset": String(offset) },
    };
    await brokenOff(origin, who, request, bytes.subarray(offset), cut - offset);
    // All that was sent is kept, as soon as the runtime has seen the end of it.
    offset = await eventually(async () => ((await offsetOf(stack, who, id)) === cut ? cut : undefined));
  }
  const last = await patch(stack, who, id, offset, bytes.subarray(offset));
  assert.deepEqual([last.status, last.headers.get("upload-offset")], [204, String(bytes.length)]);
  assert.ok((await bytesOf(stack, who, id)).equals(bytes));
  assert.deepEqual([rowsOf(stack, "uploads", id), rowsOf(stack, "upload_pieces", id)], [0, 0]);
  assert.equal(await offsetOf(stack, who, id), bytes.length);
});

test("a body put whole that breaks off leaves nothing, and is put again", async () => {
  const who = await person();
  const bytes = randomBytes(MIB);
  const id = await begun(stack, who, bytes.length);
  const request = { method: "PUT", path: `/v1/files/${id}/content`, headers: {} };
  for (const cut of [0, 1, 700_000, bytes.length - 1]) {
    await brokenOff(stack.gateway, who, request, bytes, cut);
    assert.equal(rowsOf(stack, "files", id), 0);
  }
  const put = await fetch(`${stack.gateway}/v1/files/${id}/content`, {
    method: "PUT",
    headers: who.headers,
    body: bytes,
  });
  const file = await reply<{ sha256: string; media_type: string }>(put, 200);
  assert.equal(file.sha256, sha256(bytes));
  assert.ok((await bytesOf(stack, who, id)).equals(bytes));
});

test("lengths that lie are a clear problem, and nothing is kept", async () => {
  const who = await person();
  const id = await begun(stack, who, 1000);
  const put = (body: Body): Promise<Response> => ingest(stack, who, "PUT", `files/${id}/content`, body);
  // Not declared: in chunks, one by one.
  const chunked = (length: number): ReadableStream =>
    new ReadableStream({
      start(out) {
        for (let at = 0; at < length; at += 100) out.enqueue(new Uint8Array(Math.min(100, length - at)));
        out.close();
      },
    });
  for (const body of [new Uint8Array(999), new Uint8Array(1001), chunked(999), chunked(1001)]) {
    assert.equal((await put(body)).status, 422);
  }
  for (const body of [new Uint8Array(1001), chunked(1001)]) {
    assert.equal((await patch(stack, who, id, 0, body)).status, 413);
  }
  assert.deepEqual([rowsOf(stack, "files", id), await offsetOf(stack, who, id)], [0, 0]);
  assert.equal((await put(chunked(1000))).status, 200);
});

test("checksums that do not fit keep nothing of what they came with", async () => {
  const who = await person();
  const bytes = randomBytes(10 * MIB);
  const id = await begun(stack, who, bytes.length);
  const put = (digest: string): Promise<Response> =>
    ingest(stack, who, "PUT", `files/${id}/content`, bytes, { "content-digest": digest });
  const sum = (of: Uint8Array, by: string): string => createHash(by).update(of).digest("base64");
  assert.equal((await put(`sha-256=:${sum(bytes.subarray(1), "sha256")}:`)).status, 422);
  for (const by of ["sha1", "sha256", "sha512", "md5"]) {
    const wrong = { "upload-checksum": `${by} ${sum(bytes.subarray(1), by)}` };
    assert.equal((await patch(stack, who, id, 0, bytes, wrong)).status, 460, by);
    assert.equal((await patch(stack, who, id, 0, bytes.subarray(0, 9 * MIB), wrong)).status, 460, by);
  }
  assert.equal(await offsetOf(stack, who, id), 0);
  const right = (of: Uint8Array, by: string) => ({ "upload-checksum": `${by} ${sum(of, by)}` });
  const first = bytes.subarray(0, 9 * MIB);
  assert.equal((await patch(stack, who, id, 0, first, right(first, "sha1"))).status, 204);
  const last = bytes.subarray(9 * MIB);
  assert.equal((await patch(stack, who, id, 9 * MIB, last, right(last, "md5"))).status, 204);
  assert.ok((await bytesOf(stack, who, id)).equals(bytes));
});

test("a whole that comes to another checksum than was said ends its upload", async () => {
  const who = await person();
  const said = { sha256: sha256(Buffer.from("abcdef")) };
  const [put, tus] = [await begun(stack, who, 6, said), await begun(stack, who, 6, said)];
  assert.equal((await ingest(stack, who, "PUT", `files/${put}/content`, "abcdeg")).status, 422);
  assert.equal((await patch(stack, who, tus, 0, "abc")).status, 204);
  assert.equal((await patch(stack, who, tus, 3, "deg")).status, 460);
  for (const id of [put, tus]) {
    assert.deepEqual([rowsOf(stack, "files", id), rowsOf(stack, "uploads", id)], [0, 0]);
    assert.equal((await ingest(stack, who, "GET", `uploads/${id}`)).status, 404);
  }
});

test("of two who go on at the same place one does, and the bytes are that one's", async () => {
  const who = await person();
  const sides = [randomBytes(2 * MIB), randomBytes(2 * MIB)];
  const id = await begun(stack, who, 4 * MIB);
  const statuses = await Promise.all(sides.map(async (side) => (await patch(stack, who, id, 0, side)).status));
  assert.deepEqual(statuses.toSorted(), [204, 409]);
  assert.equal(await offsetOf(stack, who, id), 2 * MIB);
  const winner = sides[statuses.indexOf(204)] ?? sides[0];
  // The same with the last bytes, by two ways.
  const last = randomBytes(2 * MIB);
  const both = await Promise.all([
    patch(stack, who, id, 2 * MIB, last),
    patch(stack, who, id, 2 * MIB, randomBytes(2 * MIB)),
  ]);
  assert.deepEqual(both.map(({ status }) => status).toSorted(), [204, 409]);
  const kept = await bytesOf(stack, who, id);
  assert.ok(winner !== undefined && kept.subarray(0, 2 * MIB).equals(winner));
  assert.equal(rowsOf(stack, "files", id), 1);
});

test("twenty at once at the quota never come above it", async () => {
  const who = await person();
  await allowed(stack, who.id, 5, 1000);
  const replies = await Promise.all(Array.from({ length: 20 }, () => asked(stack, who, wish(150))));
  const made = replies.filter(({ status }) => status === 200).length;
  assert.deepEqual([made, replies.filter(({ status }) => status === 403).length], [5, 15]);
  const quota = await reply<object>(ingest(stack, who, "GET", "files/quota"), 200);
  assert.deepEqual(quota, {
    owner: who.id,
    files: 5,
    bytes: 750,
    most_files: 5,
    most_bytes: 1000,
    longest_file: 5_000_000_000,
  });
  const uploads = await Promise.all(replies.filter(({ ok }) => ok).map(async (one) => (await one.json()) as Upload));
  const id = uploads[0]?.id;
  await reply(ingest(stack, who, "POST", `uploads/${id}/cancel`), 200);
  assert.equal((await asked(stack, who, wish(401))).status, 403);
  assert.equal((await asked(stack, who, wish(400))).status, 200);
});

test("parts come side by side and in any order, and become the file that was said", async () => {
  const who = await person();
  const bytes = randomBytes(3 * MIB);
  const id = await begun(stack, who, bytes.length);
  const places = [2, 0, 1];
  const parts = await Promise.all(
    places.map((place) => partOf(stack, who, id, new Uint8Array(bytes.subarray(place * MIB, (place + 1) * MIB)))),
  );
  const part_ids = [0, 1, 2].map((place) => parts[places.indexOf(place)]);
  const complete = (md5: string) => {
    const headers = { "content-type": "application/json" };
    return ingest(stack, who, "POST", `uploads/${id}/complete`, JSON.stringify({ part_ids, md5 }), headers);
  };
  assert.equal((await complete("0".repeat(32))).status, 422);
  const done = await reply<Upload>(complete(createHash("md5").update(bytes).digest("hex")), 200);
  assert.deepEqual([done.status, done.file?.sha256], ["completed", sha256(bytes)]);
  assert.ok((await bytesOf(stack, who, id)).equals(bytes));
  // What goes on in two ways is neither.
  assert.equal((await patch(stack, who, id, 0, "x")).status, 409);
});

test("names are what is behind the last slash, or refused", async () => {
  const who = await person();
  const named = async (filename: string) => {
    const of = await asked(stack, who, wish(1, { filename }));
    return of.status === 200 ? ((await of.json()) as { filename: string }).filename : of.status;
  };
  assert.equal(await named("../../etc/passwd"), "passwd");
  assert.equal(await named("C:\\a\\invoice.pdf.exe"), "invoice.pdf.exe");
  for (const bad of ["..", "a/", "a\u0000.png", "a\r\nb", "gnp\u202eexe", "x".repeat(256)]) {
    assert.equal(await named(bad), 422, JSON.stringify(bad));
  }
  const made = await ingest(stack, who, "POST", "tus", undefined, {
    ...TUS,
    "upload-length": "1",
    "upload-metadata": `filename ${btoa("../x\ny")}`,
  });
  assert.equal(made.status, 422);
});

test("an upload for an organisation needs a role there, and takes its room", async () => {
  const [owner, stranger] = [await person(), await person()];
  await proven(stack, owner);
  const organisation_id = await organisationOf(stack, owner);
  const body = wish(10, { organisation_id, visibility: "organisation" });
  assert.equal((await asked(stack, stranger, body)).status, 422);
  await reply(asked(stack, owner, body), 200);
  const room = query(stack, "SELECT files, bytes FROM file_room WHERE owner = ?", [organisation_id]);
  assert.deepEqual([room[0]?.files, room[0]?.bytes], [1, 10]);
});

test("what nobody goes on with ends, and its bytes go", async () => {
  const who = await person();
  const id = await begun(stack, who, 10);
  assert.equal((await patch(stack, who, id, 0, "abc")).status, 204);
  const objects = query(stack, "SELECT object FROM upload_pieces WHERE upload_id = ?", [id]).map((row) =>
    String(row.object),
  );
  assert.equal(objects.length, 1);
  await change(stack, "UPDATE uploads SET expires_at = 1 WHERE id = ?", [id]);
  assert.equal((await ingest(stack, who, "HEAD", `tus/${id}`, undefined, TUS)).status, 404);
  await schedule(stack, "ingest");
  assert.deepEqual([rowsOf(stack, "uploads", id), rowsOf(stack, "upload_pieces", id)], [0, 0]);
  await schedule(stack, "files");
  assert.deepEqual(query(stack, "SELECT object FROM file_remains WHERE object = ?", objects), []);
});

test("a page of another origin may send what tus sends and read what it answers", async () => {
  const headers = { origin: "https://app.example", "access-control-request-method": "PATCH" };
  const asked = await fetch(`${stack.gateway}/v1/tus/file_x`, { method: "OPTIONS", headers });
  assert.deepEqual([asked.status, asked.headers.get("tus-version")], [204, "1.0.0"]);
  // Both functions of one path answer for themselves.
  const url = `${stack.gateway}/v1/files/file_x/content`;
  const allow = async (method: string) => {
    const preflight = { origin: "https://app.example", "access-control-request-method": method };
    return (await fetch(url, { method: "OPTIONS", headers: preflight })).headers.get("allow") ?? "";
  };
  assert.match(await allow("PUT"), /PUT/);
  assert.match(await allow("GET"), /GET/);
});

test("a body that goes on behind its end is no other request", async () => {
  const who = await person();
  const id = await begun(stack, who, 3);
  const socket = await dialled(stack.gateway);
  const heard: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => heard.push(chunk));
  const headers = { ...who.headers, ...TUS_BYTES, "upload-offset": "0", "transfer-encoding": "chunked" };
  socket.write(head(new URL(stack.gateway), "PATCH", `/v1/tus/${id}`, headers));
  socket.write("5\r\nabcde\r\n0\r\n\r\n");
  await eventually(async () => (Buffer.concat(heard).includes("\r\n\r\n") ? true : undefined));
  socket.destroy();
  assert.match(Buffer.concat(heard).toString(), /^HTTP\/1\.1 413 /);
  assert.equal(await offsetOf(stack, who, id), 0);
});
