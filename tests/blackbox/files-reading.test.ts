// Bytes of files on their way out, in the runtime's own bucket: any range is a slice, names and types do no harm, and what
// should lie in the bucket does.

import assert from "node:assert/strict";
import { createHash, randomBytes, randomInt } from "node:crypto";
import { test } from "node:test";
import { admin, change, command, type Person, person, query, schedule, shared } from "./harness.ts";
import { files, type StoredFile, shares } from "./jobs-client.ts";
import { reply } from "./organisations-client.ts";

const stack = shared();

/** Keeps these bytes under this name. */
async function keep(
  who: Person,
  bytes: Uint8Array<ArrayBuffer>,
  name = "a.bin",
  visibility = "private",
): Promise<StoredFile> {
  const form = new FormData();
  form.set("purpose", "user_data");
  form.set("visibility", visibility);
  form.set("file", new File([bytes], name));
  return reply<StoredFile>(files(stack, who, "POST", "files", form), 200);
}

function content(id: string, headers: Record<string, string> = {}, method = "GET"): Promise<Response> {
  return fetch(`${stack.gateway}/v1/files/${id}/content`, { method, headers });
}

async function bytesOf(answer: Response): Promise<Buffer> {
  return Buffer.from(await answer.arrayBuffer());
}

/** The parts of an answer with several. */
function partsOf(body: Buffer, boundary: string): { range: string; bytes: Buffer }[] {
  const parts: { range: string; bytes: Buffer }[] = [];
  let at = 0;
  for (;;) {
    const begin = body.indexOf(`\r\n--${boundary}\r\n`, at);
    if (begin < 0) return parts;
    const gap = body.indexOf("\r\n\r\n", begin);
    const [, range = "", from, to] =
      /Content-Range: (bytes (\d+)-(\d+)\/\d+)/.exec(body.subarray(begin, gap).toString()) ?? [];
    const end = gap + 4 + Number(to) - Number(from) + 1;
    parts.push({ range, bytes: body.subarray(gap + 4, end) });
    at = end;
  }
}

test("any range of a file is a slice of it, whole, single or several", async () => {
  const who = await person();
  const bytes = randomBytes(300_000);
  const { id, sha256 } = await keep(who, bytes, "a.bin", "public");
  const whole = await content(id);
  assert.equal(whole.headers.get("content-length"), String(bytes.length));
  assert.equal(whole.headers.get("accept-ranges"), "bytes");
  assert.equal(whole.headers.get("etag"), `"${sha256}"`);
  assert.ok((await bytesOf(whole)).equals(bytes));
  const head = await content(id, {}, "HEAD");
  assert.deepEqual([head.status, head.headers.get("content-length")], [200, String(bytes.length)]);
  for (let round = 0; round < 40; round++) {
    const from = randomInt(bytes.length);
    const to = from + randomInt(bytes.length);
    const answer = await content(id, { range: `bytes=${from}-${to}` });
    const expected = bytes.subarray(from, to + 1);
    assert.equal(answer.status, 206);
    assert.equal(answer.headers.get("content-length"), String(expected.length));
    assert.equal(answer.headers.get("content-range"), `bytes ${from}-${from + expected.length - 1}/${bytes.length}`);
    assert.ok((await bytesOf(answer)).equals(expected), `${from}-${to}`);
  }
  for (let round = 0; round < 10; round++) {
    const spans = Array.from(
      { length: 2 + randomInt(6) },
      (_, n) => [n * 40_000, n * 40_000 + randomInt(30_000)] as const,
    );
    if (round % 2 === 1) spans.reverse();
    const answer = await content(id, { range: `bytes=${spans.map((span) => span.join("-")).join(", ")}` });
    const body = await bytesOf(answer);
    assert.equal(answer.headers.get("content-length"), String(body.length));
    const boundary = /boundary=(\w+)/.exec(answer.headers.get("content-type") ?? "")?.[1] ?? "";
    const parts = partsOf(body, boundary);
    assert.deepEqual(
      parts.map((part) => part.range),
      spans.map(([from, to]) => `bytes ${from}-${to}/${bytes.length}`),
    );
    for (const [n, [from, to]] of spans.entries()) assert.ok(parts[n]?.bytes.equals(bytes.subarray(from, to + 1)));
    assert.ok(body.toString("latin1").endsWith(`\r\n--${boundary}--\r\n`));
  }
  const many = Array.from({ length: 10_000 }, (_, n) => `${n * 3}-${n * 3}`).join(",");
  const refused = await content(id, { range: `bytes=${many.slice(0, 12_000)}` });
  assert.deepEqual([refused.status, refused.headers.get("content-range")], [416, `bytes */${bytes.length}`]);
  const overlapping = await content(id, { range: "bytes=0-99999,50000-150000,100-200" });
  assert.ok((await bytesOf(overlapping)).equals(bytes.subarray(0, 150_001)));
});

test("conditions are looked at in their order, and a copy that still holds is not sent again", async () => {
  const who = await person();
  const { id, sha256 } = await keep(who, Buffer.from("0123456789"), "a.txt", "public");
  const [tag, since] = [`"${sha256}"`, (await content(id)).headers.get("last-modified") ?? ""];
  const before = new Date(Date.parse(since) - 1000).toUTCString();
  const cases: [Record<string, string>, number][] = [
    [{ "if-none-match": tag }, 304],
    [{ "if-none-match": `W/${tag}` }, 304],
    [{ "if-modified-since": since }, 304],
    [{ "if-modified-since": before }, 200],
    [{ "if-match": '"other"' }, 412],
    [{ "if-match": tag, "if-none-match": tag }, 304],
    [{ "if-unmodified-since": before }, 412],
    [{ "if-range": tag, range: "bytes=0-0" }, 206],
    [{ "if-range": '"other"', range: "bytes=0-0" }, 200],
    [{ "if-none-match": tag, range: "bytes=99-" }, 304],
    [{ range: "bytes=99-" }, 416],
  ];
  for (const [headers, status] of cases) {
    const answer = await content(id, headers);
    assert.equal(answer.status, status, JSON.stringify(headers));
    if (status === 304) assert.equal((await bytesOf(answer)).length, 0);
  }
});

test("what could run is never shown, whatever its name says, and no name breaks a header", async () => {
  const who = await person();
  const page = Buffer.from("\ufeff <!-- x --><!DOCTYPE html><script>alert(1)</script>");
  const svg = Buffer.from(
    '<?xml version="1.0"?><!DOCTYPE svg><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
  );
  const polyglot = Buffer.from("GIF89a/*\0\0*/=1;/*<script>alert(1)</script>*/");
  const names = ["photo.png", "a.php.jpg", "../../etc/passwd", "..\\..\\x", "日本語 ü 😀.html", 'q"u;o=te.html'];
  for (const [n, name] of names.entries()) {
    const { id } = await keep(who, [page, svg, polyglot][n % 3] ?? page, name, "public");
    const answer = await content(id);
    assert.equal(answer.headers.get("content-type"), "application/octet-stream", name);
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
    assert.match(answer.headers.get("content-security-policy") ?? "", /sandbox/);
    const disposition = answer.headers.get("content-disposition") ?? "";
    assert.match(disposition, /^attachment; filename="[ -~]*"; filename\*=UTF-8''[\w.%-]+$/, name);
    assert.ok(!/[/\\]|%2F|%5C|%E2%80%AE/.test(disposition.replace("UTF-8''", "")), disposition);
  }
  const picture = await keep(who, Buffer.from("GIF89a\x01\x00\x01\x00\x00\x00\x00;", "latin1"), "evil.html", "public");
  const shown = await content(picture.id);
  assert.equal(shown.headers.get("content-type"), "image/gif");
  assert.equal(shown.headers.get("cache-control"), "public, max-age=604800");
  assert.match(shown.headers.get("content-disposition") ?? "", /^inline; /);
});

test("a look at the bucket finds what does not fit, and mends it", async () => {
  const who = await person();
  const boss = await admin();
  const [lost, kept] = [await keep(who, Buffer.from("lost")), await keep(who, Buffer.from("kept"))];
  const old = Date.now() - 7_200_000;
  const run = async (...more: string[]): Promise<string> => {
    process.env.SELVAGE_TOKEN = boss.access_token;
    const { code, stdout, stderr } = await command(["files", "check", "--origin", stack.gateway, ...more]).ended;
    assert.equal(code, 0, stderr);
    return stdout;
  };
  // A record that is old and has no bytes; counters that are wrong.
  await change(stack, "UPDATE files SET object = ?, created_at = ? WHERE id = ?", [
    `files/${lost.id}-gone`,
    old,
    lost.id,
  ]);
  await change(stack, "UPDATE file_room SET bytes = bytes + 5 WHERE owner = ?", [who.id]);
  const told = await run();
  assert.ok(told.includes(`files/${lost.id}-gone  records without bytes`), told);
  assert.ok(told.includes(`${who.id}  counters that are wrong`), told);
  assert.ok(!told.includes(kept.id), told);
  await run("--apply");
  const [room] = query(stack, "SELECT files, bytes FROM file_room WHERE owner = ?", [who.id]);
  assert.deepEqual({ ...room }, { files: 2, bytes: 8 });
  assert.equal(query(stack, "SELECT status FROM files WHERE id = ?", [lost.id])[0]?.status, "error");
  const manifest = await shares(stack, boss, "GET", "manifest?limit=100");
  assert.equal(manifest.headers.get("content-type"), "application/x-ndjson");
  for (const line of (await manifest.text()).trim().split("\n"))
    assert.match((JSON.parse(line) as { object: string }).object, /\S/);
});

test("the trash gives back what it took, and the sweep empties it", async () => {
  const who = await person();
  const { id } = await keep(who, Buffer.from("x"));
  await reply(files(stack, who, "DELETE", `files/${id}`));
  assert.equal((await files(stack, who, "GET", `files/${id}/content`)).status, 404);
  await reply(files(stack, who, "POST", `files/${id}/restore`, {}));
  assert.equal(
    createHash("sha256")
      .update(await bytesOf(await files(stack, who, "GET", `files/${id}/content`)))
      .digest("hex").length,
    64,
  );
  await reply(files(stack, who, "DELETE", `files/${id}?permanent=true`));
  await schedule(stack, "files");
  assert.equal(query(stack, "SELECT 1 FROM file_remains WHERE object = ?", [`files/${id}`]).length, 0);
});
