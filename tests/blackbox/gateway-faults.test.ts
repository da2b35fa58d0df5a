// The built gateway before functions that throw, hang, are down or are not bound:
// each becomes a 503 in the dialect of its row, within a bound, and nobody else
// notices. Fixtures stand in for the functions.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { APP, type Gateway, gatewayWith } from "./gateway-fixture.ts";
import { behindTheGateway, eventually, post } from "./harness.ts";

const DEADLINE_MS = 400;

/** `auth` throws, `ai` hangs, the others answer. */
let broken: Gateway;
/** `auth` is down, `ai` throws, `usage` and `social` are not bound. */
let absent: Gateway;
/** `ai` takes longer than a brief row may; the others are well. */
let tardy: Gateway;

before(async () => {
  [broken, absent, tardy] = await Promise.all([
    gatewayWith({ auth: "throws", ai: "hangs" }, DEADLINE_MS),
    gatewayWith({ auth: "down", ai: "throws", usage: "missing", social: "missing" }, DEADLINE_MS),
    gatewayWith({ ai: "tardy" }, DEADLINE_MS),
  ]);
});

after(() => Promise.all([broken, absent, tardy].map((one) => one?.[Symbol.asyncDispose]())));

async function isUnavailable(reply: Response, name: string, how: string): Promise<void> {
  assert.equal(reply.status, 503);
  assert.equal(reply.headers.get("content-type"), "application/problem+json");
  assert.equal(reply.headers.get("retry-after"), "5");
  assert.equal(reply.headers.get("cache-control"), "no-store");
  const body = (await reply.json()) as Record<string, unknown>;
  assert.equal(body.code, "unavailable");
  assert.equal(body.detail, `The function \`${name}\` ${how}. The others are not affected.`);
  assert.equal(body.request_id, reply.headers.get("x-request-id"));
}

test("a function that throws is a 503 that names it", async () => {
  await isUnavailable(await fetch(`${broken.origin}/v1/auth/me`), "auth", "failed");
});

test("a function that nobody listens for is a 503 that names it", async () => {
  await isUnavailable(await fetch(`${absent.origin}/v1/auth/me`), "auth", "failed");
});

test("a function that is not bound is a 503 that names it", async () => {
  await isUnavailable(await fetch(`${absent.origin}/v1/usage`), "usage", "failed");
});

test("a function that hangs is a 503 in OpenAI's shape soon after the bound", async () => {
  const started = performance.now();
  const reply = await fetch(`${broken.origin}/v1/models`);
  const elapsed = performance.now() - started;
  assert.equal(reply.status, 503);
  assert.ok(elapsed >= DEADLINE_MS * 0.9 && elapsed < DEADLINE_MS + 3_000, `${elapsed} ms`);
  assert.deepEqual(await reply.json(), {
    error: {
      message: "The function `ai` did not answer in time. The others are not affected.",
      type: "server_error",
      param: null,
      code: "unavailable",
    },
  });
});

test("a chat with a function that throws is a 503 in OpenAI's shape", async () => {
  const reply = await post(`${absent.origin}/v1/chat/completions`, { model: "m", messages: [] });
  assert.equal(reply.status, 503);
  assert.equal(reply.headers.get("content-type"), "application/json");
  const { error } = (await reply.json()) as { error: Record<string, unknown> };
  assert.equal(error.message, "The function `ai` failed. The others are not affected.");
  assert.equal(error.code, "unavailable");
});

test("a chat may take longer than the bound of other rows", async () => {
  const [chat, models] = await Promise.all([
    post(`${tardy.origin}/v1/chat/completions`, { model: "m", messages: [] }),
    fetch(`${tardy.origin}/v1/models`),
  ]);
  assert.deepEqual(await chat.json(), { answered: "late" });
  assert.equal(models.status, 503);
  await models.arrayBuffer();
});

test("the cause stands in the log and not in the reply", async () => {
  const reply = await fetch(`${broken.origin}/v1/auth/token`);
  assert.doesNotMatch(await reply.text(), /thrown by a fixture/);
  const id = reply.headers.get("x-request-id");
  const line = await eventually(() => broken.lines.find(({ metadata }) => metadata.requestId === id));
  assert.equal(line.level, "error");
  assert.equal(line.metadata.code, "unavailable");
  assert.match(String(line.metadata.cause), /thrown by a fixture/);
});

test("a 503 of the gateway can be read by an allowed origin, and carries what every reply does", async () => {
  const id = "a-request-of-ours";
  const headers = { origin: APP, "x-request-id": id };
  const reply = await fetch(`${broken.origin}/v1/auth/me`, { headers });
  await reply.arrayBuffer();
  const told = ["access-control-allow-origin", "x-request-id", "x-content-type-options", "referrer-policy"];
  assert.deepEqual(
    told.map((name) => reply.headers.get(name)),
    [APP, id, "nosniff", "no-referrer"],
  );
  assert.match(reply.headers.get("access-control-expose-headers") ?? "", /Retry-After/);
});

test("other functions answer while one hangs and one throws", async () => {
  const hung = Array.from({ length: 20 }, () => fetch(`${broken.origin}/v1/models`));
  const thrown = Array.from({ length: 20 }, () => fetch(`${broken.origin}/v1/auth/me`));
  const well = Array.from({ length: 20 }, () => fetch(`${broken.origin}/v1/usage`));
  const first = await Promise.race([...well, ...hung]);
  assert.equal(first.status, 200);
  for (const reply of await Promise.all(well)) {
    assert.deepEqual(await reply.json(), { answered: "/v1/usage" });
  }
  for (const reply of await Promise.all([...hung, ...thrown])) {
    assert.equal(reply.status, 503);
    await reply.arrayBuffer();
  }
});

test("healthz is well while every function fails", async () => {
  const reply = await fetch(`${absent.origin}/healthz`);
  assert.deepEqual(await reply.json(), { status: "ok", service: "gateway" });
});

test("readyz names the functions that are not ready, within its own bound", async () => {
  const notReady = async ({ origin }: Gateway, names: string): Promise<void> => {
    const reply = await fetch(`${origin}/readyz`);
    assert.equal(reply.status, 503);
    const { detail } = (await reply.json()) as { detail: string };
    assert.equal(detail, `Not ready: ${names}.`);
  };
  const started = performance.now();
  await Promise.all([notReady(broken, "ai, auth"), notReady(absent, "ai, auth, social, usage")]);
  assert.ok(performance.now() - started < 8_000);
});

test("readyz waits longer for a function than a brief row does", async () => {
  const reply = await fetch(`${tardy.origin}/readyz`);
  assert.equal(reply.status, 200);
  const functions = Object.fromEntries(behindTheGateway.map((name) => [name, "ok"]));
  assert.deepEqual(await reply.json(), { status: "ok", functions });
});
