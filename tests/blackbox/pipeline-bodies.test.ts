// Bodies that are too large, malformed, slow or broken off, against the built
// Workers. What each value of a body may be is tested on the host.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { auth, problem, tokens } from "./auth-client.ts";
import { credentials, eventually, logLines, network, person, post, shared } from "./harness.ts";
import { begin, write } from "./pipeline-raw.ts";

const stack = shared();

/** The bound of our own routes. */
const JSON_LIMIT = 64 * 1024;
/** The bound of routes that proxy. */
const LARGEST = 20 * 1024 * 1024;

const REFRESH = `${stack.functions.auth}/v1/auth/refresh`;

function paddedTo(bytes: number): string {
  const empty = JSON.stringify({ refresh_token: "" });
  return JSON.stringify({ refresh_token: "x".repeat(bytes - empty.length) });
}

test("a body of exactly the bound is read, one byte more is 413", async () => {
  await problem(await post(REFRESH, paddedTo(JSON_LIMIT)), 401, "refresh_refused");
  const { detail } = await problem(await post(REFRESH, paddedTo(JSON_LIMIT + 1)), 413, "payload_too_large");
  assert.equal(detail, "At most 65536 bytes are read here.");
});

for (const [name, origin] of [
  ["its own origin", stack.functions.auth],
  ["the gateway", stack.gateway],
]) {
  test(`a declared length beyond the bound is 413 before the body comes, at ${name}`, async () => {
    const raw = begin(`${origin}/v1/auth/refresh`, { "content-length": `${JSON_LIMIT + 1}` });
    const reply = await raw.reply;
    raw.sent.destroy();
    assert.equal(reply.status, 413);
    assert.equal((JSON.parse(reply.body) as { code: string }).code, "payload_too_large");
  });

  test(`a body in chunks is 413 as soon as it passes the bound, at ${name}`, async () => {
    const raw = begin(`${origin}/v1/auth/refresh`);
    // Never ended: a reader that wants all of it would never answer.
    for (let part = 0; part < 5; part += 1) await write(raw, "x".repeat(16 * 1024));
    const { status, body } = await raw.reply;
    raw.sent.destroy();
    assert.equal(status, 413);
    assert.equal((JSON.parse(body) as { code: string }).code, "payload_too_large");
  });
}

test("a chat beyond its bound is 413 in OpenAI's shape", async () => {
  const { authorization } = (await person()).headers;
  const declared = { authorization, "content-length": `${LARGEST + 1}` };
  const raw = begin(`${stack.gateway}/v1/chat/completions`, declared);
  const { status, body } = await raw.reply;
  raw.sent.destroy();
  assert.equal(status, 413);
  const { error } = JSON.parse(body) as { error: Record<string, unknown> };
  assert.deepEqual([error.type, error.code], ["invalid_request_error", "payload_too_large"]);
});

test("what is not JSON is 400, however it is broken", async () => {
  const broken = ["", "{", "nonsense", '{"refresh_token":"x"} {}', "\u0000", "'x'", '{"refresh_token":"\\ud800"}'];
  for (const text of broken) {
    const { detail } = await problem(await post(REFRESH, text), 400, "malformed_request");
    assert.match(detail ?? "", /^The body is not valid JSON: /);
  }
  const bytes = Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]);
  const headers = { "content-type": "application/json" };
  const reply = await fetch(REFRESH, { method: "POST", headers, body: bytes });
  await problem(reply, 400, "malformed_request");
});

test("JSON that is no object, or has a field twice, is 422", async () => {
  const nested = `{"refresh_token":${"[".repeat(30_000)}`;
  for (const text of ["[]", '["x"]', "1", "null", '"x"', nested, '{"refresh_token":"x","refresh_token":"y"}']) {
    await problem(await post(REFRESH, text), 422, "validation_failed");
  }
});

test("a body that is not said to be JSON is 415", async () => {
  const types = ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json", ""];
  for (const type of types) {
    const reply = await post(REFRESH, { refresh_token: "x" }, { "content-type": type });
    await problem(reply, 415, "unsupported_media_type");
  }
  for (const type of ["application/json; charset=utf-8", "Application/JSON"]) {
    const reply = await post(REFRESH, { refresh_token: "x" }, { "content-type": type });
    await problem(reply, 401, "refresh_refused");
  }
});

test("a slow upload is waited for, and others are answered meanwhile", async () => {
  const body = JSON.stringify(credentials());
  const raw = begin(`${stack.functions.auth}/v1/auth/register`, { "cf-connecting-ip": network() });
  for (const part of [body.slice(0, 10), body.slice(10, 30), body.slice(30)]) {
    await write(raw, part);
    await problem(await auth(stack, "refresh", { refresh_token: "x" }), 401, "refresh_refused");
  }
  raw.sent.end();
  assert.equal((await raw.reply).status, 201);
});

test("an upload that is broken off is no failure of ours and harms nobody", async () => {
  const id = `t-${randomUUID()}`;
  const headers = { "x-request-id": id, "cf-connecting-ip": network() };
  const url = `${stack.functions.auth}/v1/auth/register`;
  const raws = [
    begin(url, { ...headers, "content-length": "1000" }),
    begin(url, { ...headers, "idempotency-key": randomUUID() }),
  ];
  for (const raw of raws) {
    await write(raw, '{"email":');
    raw.sent.destroy();
    await assert.rejects(raw.reply);
  }
  const { email, password } = credentials();
  await tokens(await auth(stack, "register", { email, password }), 201);
  const lines = await eventually(() => {
    const both = logLines(stack, (line) => line.metadata.requestId === id);
    return both.length === raws.length ? both : undefined;
  });
  const told = lines.map(({ level, metadata }) => [level, metadata.status, metadata.code]);
  assert.deepEqual(told, Array(2).fill(["warn", 400, "malformed_request"]));
});

test("a client that leaves after sending everything finds the reply under its key", async () => {
  const body = credentials();
  const headers = { "idempotency-key": randomUUID(), "cf-connecting-ip": network() };
  const raw = begin(`${stack.functions.auth}/v1/auth/register`, headers);
  const gone = assert.rejects(raw.reply);
  await write(raw, JSON.stringify(body));
  raw.sent.end();
  await new Promise((flushed) => setImmediate(flushed));
  raw.sent.destroy();
  await gone;
  await eventually(async () => {
    const reply = await auth(stack, "register", body, headers);
    const { status } = reply;
    await reply.arrayBuffer();
    return status === 201 ? true : undefined;
  }, 15_000);
});
