// What every reply carries, whoever answers and whatever the answer is: an id, and
// the headers that keep browsers from guessing, framing and storing.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { operations, samplePath } from "./gateway-description.ts";
import { person, post, type Stack, shared } from "./harness.ts";

const stack = shared();

const SECURITY: Readonly<Record<string, string>> = {
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "cross-origin",
};

/** One call of each kind: its name, the reply, and whether it may be kept. */
async function kinds({ gateway, functions }: Stack): Promise<[string, Response][]> {
  const someone = await person();
  const { headers } = someone;
  const chat = { model: "no such model", messages: [] };
  return [
    ["200 of a function", await fetch(`${gateway}/v1/auth/token`, { headers })],
    ["200 of the gateway", await fetch(`${gateway}/healthz`)],
    ["204", await post(`${functions.auth}/v1/auth/logout`, {}, headers)],
    ["preflight", await fetch(`${gateway}/v1/auth/login`, { method: "OPTIONS" })],
    ["400", await post(`${gateway}/v1/chat/completions`, "{", headers)],
    ["401", await fetch(`${gateway}/v1/auth/me`)],
    ["401 of a row in OpenAI's shape", await fetch(`${gateway}/v1/models`)],
    ["404 of the gateway", await fetch(`${gateway}/nothing`)],
    ["404 of a function", await fetch(`${functions.usage}/nothing`)],
    ["404 of a model", await post(`${gateway}/v1/chat/completions`, chat, headers)],
    ["405", await fetch(`${gateway}/v1/usage`, { method: "DELETE" })],
    ["413", await post(`${functions.auth}/v1/auth/refresh`, `"${"x".repeat(70_000)}"`)],
    ["415", await fetch(`${functions.auth}/v1/auth/refresh`, { method: "POST" })],
    ["422", await fetch(`${gateway}/v1/usage?group_by=nothing`, { headers })],
  ];
}

test("security headers are on every reply, success or not", async () => {
  for (const [kind, reply] of await kinds(stack)) {
    const told = Object.keys(SECURITY).map((name) => [name, reply.headers.get(name)]);
    assert.deepEqual(told, Object.entries(SECURITY), kind);
    const policy = reply.headers.get("content-security-policy") ?? "";
    assert.match(policy, /^default-src 'none'; (.*; )?frame-ancestors 'none'$/, kind);
    assert.match(reply.headers.get("vary") ?? "", /\bOrigin\b/, kind);
    assert.equal(reply.headers.get("cache-control"), "no-store", kind);
    assert.match(reply.headers.get("server-timing") ?? "", /^app;dur=\d+/, kind);
    assert.match(reply.headers.get("x-request-id") ?? "", /^req_[0-9a-f]{24}$/, kind);
    for (const name of ["server", "x-powered-by"]) assert.equal(reply.headers.get(name), null, kind);
    await reply.arrayBuffer();
  }
});

test("a well-formed request id comes back, any other is replaced", async () => {
  const own = `t-${randomUUID()}`;
  const cases: [string, boolean][] = [
    [own, true],
    ["A_b-1234", true],
    ["x".repeat(64), true],
    ["x".repeat(65), false],
    ["short", false],
    ["has a space in it", false],
    ['quote"brace}1', false],
  ];
  for (const origin of [stack.gateway, stack.functions.auth]) {
    for (const [id, kept] of cases) {
      const reply = await fetch(`${origin}/v1/auth/me`, { headers: { "x-request-id": id } });
      const told = reply.headers.get("x-request-id");
      assert.equal(told === id, kept, id);
      const { request_id } = (await reply.json()) as { request_id: string };
      assert.equal(request_id, told);
    }
  }
});

test("HEAD is answered like GET, without a body", async () => {
  const { headers } = await person();
  const gets = (await operations(stack)).filter(({ method }) => method === "GET");
  for (const { path } of gets) {
    const url = stack.gateway + samplePath(path);
    const get = await fetch(url, { headers });
    const head = await fetch(url, { method: "HEAD", headers });
    assert.equal(head.status, get.status, path);
    assert.equal(head.headers.get("content-type"), get.headers.get("content-type"), path);
    assert.equal(head.headers.get("etag"), get.headers.get("etag"), path);
    assert.equal(await head.text(), "", path);
    await get.arrayBuffer();
  }
});

test("OPTIONS names the methods of a path, and is 404 where there is no path", async () => {
  const options = async (path: string): Promise<Response> => fetch(stack.gateway + path, { method: "OPTIONS" });
  const login = await options("/v1/auth/login");
  assert.deepEqual([login.status, login.headers.get("allow")], [204, "POST, OPTIONS"]);
  const usage = await options("/v1/usage");
  assert.deepEqual([usage.status, usage.headers.get("allow")], [204, "GET, HEAD, OPTIONS"]);
  const nothing = await options("/v1/nothing");
  assert.equal(nothing.status, 404);
  await nothing.arrayBuffer();
});
