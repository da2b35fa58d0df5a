// Requests of other origins, by configuration. A stack of its own with two allowed
// origins; the shared one allows none.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openPage, type Site, site } from "./browser.ts";
import { type OwnStack, person, post, shared, startStack } from "./harness.ts";
import { bytesOf } from "./uploads-client.ts";
import { sentByUppy } from "./uploads-page.ts";

const ALLOWED = "https://app.example";
const OTHER = "https://app.example.evil.example";

let stack: OwnStack;
let page: Site;

before(async () => {
  page = await site();
  stack = await startStack({ vars: { CORS_ORIGINS: `${ALLOWED}, https://two.example, ${page.origin}` } });
});

after(async () => {
  await stack?.stop();
  await page?.[Symbol.asyncDispose]();
});

function preflight(url: string, origin: string): Promise<Response> {
  const asks = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization",
  };
  return fetch(url, { method: "OPTIONS", headers: { origin, ...asks } });
}

/** The headers that speak of origins. */
function told(reply: Response): Record<string, string> {
  const cors = [...reply.headers].filter(([name]) => name.startsWith("access-control-"));
  return Object.fromEntries(cors);
}

/** A path of each function and of the gateway itself. */
const PATHS = ["/v1/auth/login", "/v1/chat/completions", "/v1/usage", "/readyz"];

test("a preflight of an allowed origin learns what it may do, at every function", async () => {
  for (const path of PATHS) {
    const reply = await preflight(stack.gateway + path, ALLOWED);
    assert.equal(reply.status, 204, path);
    const { "access-control-allow-headers": headers, ...rest } = told(reply);
    assert.equal(rest["access-control-allow-origin"], ALLOWED);
    assert.equal(rest["access-control-allow-methods"], reply.headers.get("allow"));
    assert.equal(rest["access-control-max-age"], "7200");
    assert.equal(rest["access-control-allow-credentials"], undefined);
    const names = (headers ?? "").toLowerCase().split(", ");
    for (const name of ["authorization", "content-type", "idempotency-key", "x-request-id", "x-api-key"])
      assert.ok(names.includes(name), name);
    assert.match(reply.headers.get("vary") ?? "", /\bOrigin\b/);
  }
});

test("a preflight of any other origin learns nothing", async () => {
  for (const origin of [OTHER, "http://app.example", "null", "https://app.example:8443"]) {
    for (const path of PATHS) {
      assert.deepEqual(told(await preflight(stack.gateway + path, origin)), {}, `${origin} ${path}`);
    }
  }
});

test("success and failure may be read by an allowed origin, with their headers", async () => {
  const { headers } = await person(stack);
  const signed = { ...headers, origin: ALLOWED };
  const origin = { origin: ALLOWED };
  const replies = [
    await fetch(`${stack.gateway}/v1/auth/token`, { headers: signed }),
    await fetch(`${stack.gateway}/v1/auth/token`, { headers: origin }),
    await fetch(`${stack.gateway}/v1/models`, { headers: origin }),
    await fetch(`${stack.gateway}/nothing`, { headers: origin }),
    await fetch(`${stack.gateway}/v1/usage`, { method: "PUT", headers: origin }),
    await post(`${stack.functions.auth}/v1/auth/refresh`, "{", origin),
    await fetch(`${stack.gateway}/docs`, { headers: origin }),
  ];
  assert.deepEqual(
    replies.map(({ status }) => status),
    [200, 401, 401, 404, 405, 400, 200],
  );
  for (const reply of replies) {
    const { "access-control-allow-origin": allowed, "access-control-expose-headers": exposed } = told(reply);
    assert.equal(allowed, ALLOWED, reply.url);
    for (const name of ["X-Request-Id", "Retry-After", "RateLimit", "X-Cost-Nano-Usd", "ETag"])
      assert.ok(exposed?.split(", ").includes(name), `${reply.url} ${name}`);
    await reply.arrayBuffer();
  }
});

test("any other origin may not read, and is answered all the same", async () => {
  const reply = await fetch(`${stack.gateway}/healthz`, { headers: { origin: OTHER } });
  assert.deepEqual([reply.status, told(reply)], [200, {}]);
  await reply.arrayBuffer();
});

test("a stream may be read by an allowed origin", async () => {
  const { headers } = await person(stack);
  const models = await fetch(`${stack.gateway}/v1/models`, { headers });
  const { data } = (await models.json()) as { data: { id: string }[] };
  const messages = [{ role: "user", content: "hello" }];
  const body = { model: data[0]?.id, messages, stream: true };
  const signed = { ...headers, origin: ALLOWED };
  const reply = await post(`${stack.gateway}/v1/chat/completions`, body, signed);
  assert.match(reply.headers.get("content-type") ?? "", /^text\/event-stream/);
  assert.equal(told(reply)["access-control-allow-origin"], ALLOWED);
  assert.match(await reply.text(), /data: \[DONE\]\n\n$/);
});

test("where no origin is configured none is allowed", async () => {
  const { gateway } = shared();
  for (const path of PATHS) assert.deepEqual(told(await preflight(gateway + path, ALLOWED)), {});
  const reply = await fetch(`${gateway}/healthz`, { headers: { origin: ALLOWED } });
  assert.deepEqual(told(reply), {});
  await reply.arrayBuffer();
});

test("Uppy sends a file by tus from a page of an allowed origin", async () => {
  const who = await person(stack);
  await using browser = await openPage();
  await browser.go(page.origin);
  const { url, failed } = await sentByUppy(browser, `${stack.gateway}/v1/tus`, who.headers.authorization, 1_000_003);
  assert.deepEqual(failed, []);
  const kept = await bytesOf(stack, who, url?.split("/").at(-1) ?? "");
  assert.deepEqual([kept.length, kept.every((byte) => byte === 7)], [1_000_003, true]);
});
