// Requests of other origins, by configuration. A stack of its own with two allowed
// origins; the shared one allows none.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openPage, type Site, site } from "./browser.ts";
import { eventually, type OwnStack, person, post, query, shared, startStack } from "./harness.ts";
import { bytesOf, offsetOf, sha256 } from "./uploads-client.ts";
import { chosen, progress, type Sent, sentByUppy } from "./uploads-page.ts";

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

test("Uppy sends a file by tus and by a form from a page of an allowed origin", async () => {
  const who = await person(stack);
  const bytes = chosen(1_000_003);
  await using browser = await openPage();
  await browser.go(page.origin);
  const { authorization } = who.headers;
  const tus = await sentByUppy(browser, "byTus", `${stack.gateway}/v1/tus`, authorization, bytes.length, 400_000);
  assert.deepEqual(tus.failed, []);
  assert.deepEqual(tus.offsets, ["POST ", "PATCH 0", "PATCH 400000", "PATCH 800000"]);
  const form = await sentByUppy(browser, "byForm", `${stack.gateway}/v1/files`, authorization, bytes.length);
  assert.deepEqual(form.failed, []);
  for (const id of [tus.url?.split("/").at(-1), form.body])
    assert.equal(sha256(await bytesOf(stack, who, id ?? "")), sha256(bytes));
});

test("Uppy whose page was closed in the middle of a file goes on with it in another, to the same checksum", async () => {
  const who = await person(stack);
  const bytes = chosen(12_000_000);
  await using browser = await openPage();
  await browser.go(page.origin);
  const send = (): Promise<Sent> =>
    sentByUppy(browser, "byTus", `${stack.gateway}/v1/tus`, who.headers.authorization, bytes.length);
  await browser.slowed(6_000_000);
  const first = send().catch((error: unknown) => error);
  await eventually(async () => ((await progress(browser)) > bytes.length / 3 ? true : undefined));
  await browser.killed();
  assert.match(String(await first), /the tab was closed/);
  const [upload] = query(stack, "SELECT id FROM uploads WHERE user_id = ?", [who.id]);
  const id = String(upload?.id);
  const offset = await eventually(async () => (await offsetOf(stack, who, id)) || undefined);
  assert.ok(offset < bytes.length);

  await browser.go(page.origin);
  const { url, failed, offsets } = await send();
  assert.deepEqual([url?.split("/").at(-1), failed], [id, []]);
  // What was on its way when the tab went may have come in since: it goes on behind that.
  const [asked, went] = offsets ?? [];
  assert.deepEqual([asked, offsets?.length], ["HEAD ", 2]);
  assert.ok(Number(went?.split(" ")[1]) >= offset, went);
  assert.equal(sha256(await bytesOf(stack, who, id)), sha256(bytes));
  assert.equal(query(stack, "SELECT id FROM files WHERE user_id = ?", [who.id]).length, 1);
});
