// Files in a stack of their own: a gigabyte in and out, while the runtime's memory is watched; and a scanner that is asked what
// files are.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, type TestContext, test } from "node:test";
import { change, type OwnStack, type Person, person, post, query, schedule, startStack } from "./harness.ts";
import { files, type StoredFile, shares } from "./jobs-client.ts";
import { growth, LongBody, sent, summed } from "./long-body.ts";
import { reply } from "./organisations-client.ts";
import { ANYBODY, pictures } from "./pictures-client.ts";
import { EICAR, led, type Scanner, startScanner } from "./scanner.ts";
import { begun, offsetOf, TUS_BYTES } from "./uploads-client.ts";

/** Where a scanner is sent. The stack itself listens elsewhere, and nobody knows where before it does. */
const PUBLIC_URL = "https://files.example";
const SECRET = `whsec_${randomBytes(24).toString("base64")}`;

let stack: OwnStack;
let scanner: Scanner;

before(async () => {
  scanner = await startScanner(SECRET);
  stack = await startStack({ vars: { SCAN_URL: scanner.url, SCAN_SECRET: SECRET, PUBLIC_URL } });
  scanner.front = stack.gateway;
});

after(async () => {
  await stack?.stop();
  await scanner?.[Symbol.asyncDispose]();
});

/** Sends so many bytes by one of the ways in. */
type Way = (id: string, body: LongBody, bytes: number) => Promise<void>;

/** Does something while the runtime, the local bucket included, grows by so many bytes at most. */
async function flat(t: TestContext, what: string, most: number, work: () => Promise<void>): Promise<void> {
  const begin = performance.now();
  const grown = await growth(stack.pids.workerd, work);
  const told = grown === undefined ? "this system tells nothing of memory" : `${Math.round(grown / 1e6)} MB more`;
  t.diagnostic(`${what}: ${((performance.now() - begin) / 1000).toFixed(1)} s, ${told}`);
  assert.ok(grown === undefined || grown < most, `${what}: ${told}`);
}

test("a gigabyte goes in and out with its checksum, and the runtime holds little of it", async (t) => {
  const who = await person(stack);
  const put: Way = async (id, body, bytes) => {
    const url = `${stack.gateway}/v1/files/${id}/content`;
    const { status, answer } = await sent(url, "PUT", who.headers, body, bytes);
    assert.equal(status, 200, answer);
  };
  const tus: Way = async (id, body, bytes) => {
    for (let at = 0; at < bytes; at += bytes / 2) {
      assert.equal(await offsetOf(stack, who, id), at);
      const headers = { ...who.headers, ...TUS_BYTES, "upload-offset": String(at) };
      const { status, answer } = await sent(`${stack.gateway}/v1/tus/${id}`, "PATCH", headers, body, bytes / 2);
      assert.equal(status, 204, answer);
    }
  };
  const rounds = [
    // What the runtime takes to come up is not a body's.
    ["tus, the first", tus, 60e6, Number.POSITIVE_INFINITY],
    // The shorter one first: what was once taken is not given back, and nothing would be seen of it.
    ["tus", tus, 300e6, 200e6],
    ["PUT", put, 1e9, 400e6],
  ] as const;
  for (const [way, send, bytes, most] of rounds) {
    const body = new LongBody();
    const id = await begun(stack, who, bytes);
    await flat(t, `in by ${way}`, most, () => send(id, body, bytes));
    const sum = body.sha256();
    await flat(t, `out after ${way}`, most, async () => {
      const content = await summed(`${stack.gateway}/v1/files/${id}/content`, who.headers);
      assert.deepEqual(content, [bytes, sum]);
    });
    assert.equal((await reply<{ sha256: string }>(files(stack, who, "GET", `files/${id}`), 200)).sha256, sum);
    await reply(files(stack, who, "DELETE", `files/${id}?permanent=true`));
    await change(stack, "UPDATE file_remains SET due_at = 1");
    await schedule(stack, "files");
  }
});

/** A file for everybody, which somebody else may read and a link leads to, once it is found to be clean. */
async function opened(owner: Person, friend: Person, bytes: string): Promise<{ id: string; link: string }> {
  const form = new FormData();
  form.set("purpose", "user_data");
  form.set("visibility", "public");
  form.set("file", new File([bytes], "a.gif"));
  const { id } = await reply<StoredFile>(files(stack, owner, "POST", "files", form), 200);
  await reply(shares(stack, owner, "PUT", `${id}/shares/${friend.id}`));
  const made = post(`${stack.gateway}/v1/files/${id}/links`, { expires_in: 600 }, owner.headers);
  return { id, link: led((await reply<{ url: string }>(made, 201)).url, stack.gateway) };
}

/** What its owner, a friend, nobody and a link get of a file's bytes, and what stands in its record. */
async function seen(owner: Person, friend: Person, { id, link }: { id: string; link: string }): Promise<unknown[]> {
  const url = `${stack.gateway}/v1/files/${id}/content`;
  const status = async (of: Promise<Response>): Promise<number> => {
    const answer = await of;
    await answer.arrayBuffer();
    return answer.status;
  };
  const [own, other] = [fetch(url, { headers: owner.headers }), fetch(url, { headers: friend.headers })];
  const statuses = await Promise.all([own, other, fetch(url), fetch(link)].map(status));
  const { scan } = await reply<{ scan: string }>(files(stack, owner, "GET", `files/${id}`), 200);
  return [...statuses, scan];
}

/** Has the scanner asked about everything now. */
async function scanned(): Promise<void> {
  await change(stack, "UPDATE files SET scan_at = 1 WHERE scan = 'pending'");
  await schedule(stack, "shares");
}

const WAITS = [200, 404, 404, 404, "pending"];
const CLEAN = [200, 200, 200, 200, "clean"];
const INFECTED = [403, 404, 404, 404, "infected"];

test("a file is read by others once the scanner finds it clean, and by nobody where it is infected", async () => {
  const [owner, friend] = [await person(stack), await person(stack)];
  scanner.manner = "at once";
  const [good, bad] = [await opened(owner, friend, "GIF89a"), await opened(owner, friend, `GIF89a${EICAR}`)];
  // By another way in, too.
  const put = { id: await begun(stack, owner, EICAR.length, { visibility: "public" }), link: bad.link };
  const url = `${stack.gateway}/v1/files/${put.id}/content`;
  await reply(fetch(url, { method: "PUT", headers: owner.headers, body: EICAR }), 200);
  for (const file of [good, bad, put]) assert.deepEqual(await seen(owner, friend, file), WAITS);
  assert.equal((await pictures(stack, ANYBODY, "GET", `files/${good.id}/picture`)).status, 404);
  await scanned();
  assert.deepEqual(await seen(owner, friend, good), CLEAN);
  for (const file of [bad, put]) assert.deepEqual(await seen(owner, friend, file), INFECTED);
  const told = await reply<{ error: { code: string } }>(files(stack, owner, "GET", `files/${bad.id}/content`), 403);
  assert.equal(told.error.code, "file_infected");
  for (const path of [`files/${bad.id}/picture`, `files/${bad.id}/variants/w16,png`])
    assert.equal((await pictures(stack, owner, "GET", path)).status, 404, path);
  const analyse = (file_id: string): Promise<Response> =>
    post(`${stack.gateway}/v1/analyses`, { file_id, task: "describe" }, owner.headers);
  const refused = await reply<{ errors: { code: string }[] }>(analyse(bad.id), 422);
  assert.equal(refused.errors[0]?.code, "file_infected", "no model is shown it either");
  const events = query(stack, "SELECT detail FROM security_events WHERE user_id = ? AND kind = 'file_infected'", [
    owner.id,
  ]);
  assert.deepEqual(
    events.map(({ detail }) => (JSON.parse(String(detail)) as { file_id: string }).file_id).toSorted(),
    [bad.id, put.id].toSorted(),
  );
  await reply(files(stack, owner, "DELETE", `files/${bad.id}`));
  await scanned();
  assert.deepEqual([scanner.told(good.id).length, scanner.told(bad.id).length], [1, 1], "each is asked about once");
  assert.equal(scanner.forged(), 0);
});

test("a scanner that takes its time says what a file is at its address, once, and nobody else does", async () => {
  const [owner, friend] = [await person(stack), await person(stack)];
  scanner.manner = "later";
  const file = await opened(owner, friend, `GIF89a${EICAR}`);
  await scanned();
  assert.deepEqual(await seen(owner, friend, file), WAITS);
  const [one] = scanner.told(file.id);
  assert.ok(one !== undefined);
  assert.ok([one.content_url, one.verdict_url].every((url) => url.startsWith(`${PUBLIC_URL}/v1/files/`)));
  const say = async (url: string, verdict: string): Promise<number> =>
    (await post(led(url, stack.gateway), { verdict })).status;
  const read = async (url: string): Promise<number> => (await fetch(led(url, stack.gateway))).status;
  const reads = new URL(one.content_url).searchParams.get("scan");
  const forged = [`${one.verdict_url}A`, `${stack.gateway}/v1/files/scans/${file.id}.${reads}`];
  for (const url of forged) assert.equal(await say(url, "clean"), 404, "what lets it read does not let it answer");
  assert.equal(await read(`${one.content_url}A`), 404);
  assert.equal(await say(one.verdict_url, "fine"), 422);
  assert.deepEqual(await seen(owner, friend, file), WAITS);
  assert.equal(await say(one.verdict_url, await scanner.verdict(one)), 204);
  assert.deepEqual(await seen(owner, friend, file), INFECTED);
  assert.equal(await say(one.verdict_url, "clean"), 404, "what is said is said");
  assert.equal(await read(one.content_url), 404, "it has read enough");
});

test("while the scanner is not there, or says nothing that can be understood, a file waits, and is asked about later each time", async () => {
  const [owner, friend] = [await person(stack), await person(stack)];
  const file = await opened(owner, friend, "GIF89a");
  for (const [tries, manner] of (["hangs up", "talks nonsense", "hangs up"] as const).entries()) {
    scanner.manner = manner;
    const begin = Date.now();
    await scanned();
    assert.deepEqual(await seen(owner, friend, file), WAITS, manner);
    const [row] = query(stack, "SELECT scan_at, scan_tries FROM files WHERE id = ?", [file.id]);
    assert.equal(row?.scan_tries, tries + 1);
    const wait = Number(row?.scan_at) - begin;
    assert.ok(wait >= 60_000 * 2 ** tries && wait < 60_000 * 2 ** tries + 30_000, `${manner}: ${wait} ms`);
  }
  await schedule(stack, "shares");
  assert.equal(scanner.told(file.id).length, 3, "before its time it is not asked");
  scanner.manner = "at once";
  await scanned();
  assert.deepEqual(await seen(owner, friend, file), CLEAN);
});
