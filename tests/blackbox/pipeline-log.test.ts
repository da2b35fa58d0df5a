// The log: one JSON line a request in the documented shape, a trace that goes on
// from function to function, and nowhere a secret.

import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { test } from "node:test";
import { auth, tokens } from "./auth-client.ts";
import {
  adminLink,
  credentials,
  eventually,
  functionNames,
  linesOf,
  logLines,
  network6,
  person,
  post,
  rawLog,
  shared,
} from "./harness.ts";

const stack = shared();

const newId = (): string => `t-${randomUUID()}`;

/** A `traceparent` of our own, and the trace it names. */
function trace(): { traceId: string; traceparent: string } {
  const traceId = randomBytes(16).toString("hex");
  return { traceId, traceparent: `00-${traceId}-${randomBytes(8).toString("hex")}-01` };
}

test("a success is one line in the documented shape", async () => {
  const someone = await person();
  const [id, ours, { traceId, traceparent }] = [newId(), network6(), trace()];
  const reply = await fetch(`${stack.functions.auth}/v1/auth/me?question=1`, {
    headers: {
      ...someone.headers,
      ...{ "x-request-id": id, traceparent, "user-agent": "a test/1.0" },
      "cf-connecting-ip": `${ours}::1`,
    },
  });
  await reply.arrayBuffer();
  const [line, ...more] = await linesOf(stack, id);
  assert.ok(line !== undefined);
  assert.deepEqual(more, []);
  const { timestamp, metadata, ...rest } = line;
  assert.ok(Math.abs(Date.parse(timestamp) - Date.now()) < 120_000, timestamp);
  assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(rest, {
    level: "info",
    service: "auth",
    traceId,
    userId: someone.id,
    action: "accounts::read",
    message: "ok",
  });
  const { durationMs, spanId, ...known } = metadata;
  assert.ok(Number.isInteger(durationMs) && Number(durationMs) >= 0);
  assert.match(String(spanId), /^[0-9a-f]{16}$/);
  assert.deepEqual(known, {
    requestId: id,
    method: "GET",
    path: "/v1/auth/me",
    status: 200,
    roundTrips: "d1=2",
    ip: `${ours}::/64`,
    userAgent: "a test/1.0",
  });
});

test("a failure is one line with its code, and 4xx is a warning", async () => {
  const id = newId();
  const headers = { "x-request-id": id };
  await auth(stack, "refresh", { refresh_token: "none" }, headers);
  const lines = await linesOf(stack, id);
  const told = lines.map(({ level, message, metadata }) => [level, message, metadata.status, metadata.code]);
  assert.deepEqual(told, [["warn", "refresh_refused", 401, "refresh_refused"]]);
  assert.equal(lines[0]?.userId, undefined);
});

test("a request through the gateway is one line, of the function that answered", async () => {
  const ids = [newId(), newId(), newId()];
  const paths = ["/v1/auth/me", "/v1/models", "/nothing"];
  for (const [index, path] of paths.entries()) {
    const headers = { "x-request-id": ids[index] ?? "" };
    await (await fetch(stack.gateway + path, { headers })).arrayBuffer();
  }
  const lines = (await Promise.all(ids.map((id) => linesOf(stack, id)))).flat();
  assert.deepEqual(
    lines.map(({ service }) => service),
    ["auth", "ai", "gateway"],
  );
});

test("every line of the log is of a known level and service", async () => {
  await (await fetch(`${stack.gateway}/healthz`)).arrayBuffer();
  for (const line of logLines(stack)) {
    assert.ok(["info", "warn", "error"].includes(line.level), JSON.stringify(line));
    assert.ok(
      functionNames.some((name) => name === line.service),
      JSON.stringify(line),
    );
    assert.equal(typeof line.message, "string");
    assert.equal(typeof line.action, "string");
  }
});

test("a trace goes on from a function into what it asks", async () => {
  const { traceId, traceparent } = trace();
  await tokens(await auth(stack, "register", credentials(), { traceparent }), 201);
  await eventually(() => {
    const lines = logLines(stack, (line) => line.traceId === traceId);
    const services = lines.map(({ service }) => service).sort();
    assert.deepEqual(services, ["auth", "hash"]);
    assert.equal(new Set(lines.map(({ metadata }) => metadata.spanId)).size, 2);
    return true;
  }, 2_000);
});

test("the functions that readyz asks log the trace of its caller", async () => {
  const { traceId, traceparent } = trace();
  await (await fetch(`${stack.gateway}/readyz`, { headers: { traceparent } })).arrayBuffer();
  await eventually(() => {
    const lines = logLines(stack, (line) => line.traceId === traceId);
    const services = new Set(lines.map(({ service }) => service));
    for (const service of ["gateway", "auth", "users", "ai", "usage"]) assert.ok(services.has(service), service);
    return true;
  }, 2_000);
});

test("a malformed traceparent begins a new trace", async () => {
  const [id, { traceId }] = [newId(), trace()];
  const headers = { "x-request-id": id, traceparent: `00-${traceId.toUpperCase()}x-1-01` };
  await (await fetch(`${stack.gateway}/healthz`, { headers })).arrayBuffer();
  const [line] = await linesOf(stack, id);
  assert.match(line?.traceId ?? "", /^[0-9a-f]{32}$/);
  assert.notEqual(line?.traceId, traceId);
});

test("no password, token or query stands anywhere in the log", async () => {
  const someone = await person();
  const marker = `q${randomBytes(12).toString("hex")}`;
  const { email, password } = credentials();
  const link = await adminLink(stack, email);
  const pair = await tokens(await auth(stack, "refresh", { refresh_token: someone.refresh_token }));
  const claimed = await tokens(await auth(stack, "claim", { token: link, password }));
  const key = { "x-api-key": someone.access_token };
  const calls = [
    () => auth(stack, "login", { email: someone.email, password: someone.password }),
    () => auth(stack, "login", { email, password: { nested: marker } }),
    () => auth(stack, "login", { email, password, [marker]: 1 }),
    () => auth(stack, "login", `{"password":"${marker}`),
    () => auth(stack, `login?password=${marker}&token=${pair.access_token}`, { email, password }),
    () => auth(stack, "refresh", { refresh_token: marker }),
    () => auth(stack, "claim", { token: marker, password }),
    () => auth(stack, "logout", { refresh_token: pair.refresh_token }, { authorization: marker }),
    () => auth(stack, "logout", {}, { authorization: `Bearer ${pair.access_token}x` }),
    () => auth(stack, "logout", {}, { authorization: `Bearer ${pair.access_token}` }),
    () => post(`${stack.gateway}/v1/chat/completions?key=${marker}`, { model: "m", secret: marker }, key),
    () => fetch(`${stack.gateway}/v1/usage?from=${marker}`, { headers: someone.headers }),
    () => fetch(`${stack.gateway}/nothing?access_token=${marker}`, { headers: { cookie: marker } }),
  ];
  const last = newId();
  for (const call of calls) await (await call()).arrayBuffer();
  await (await fetch(`${stack.gateway}/healthz`, { headers: { "x-request-id": last } })).arrayBuffer();
  await linesOf(stack, last);
  const log = rawLog(stack);
  const secrets = { marker, link, password, "a password": someone.password };
  for (const [name, secret] of Object.entries(secrets)) assert.equal(log.includes(secret), false, name);
  for (const { access_token, refresh_token } of [someone, pair, claimed]) {
    assert.equal(log.includes(refresh_token), false, "a refresh token");
    // Of a token that was cut short the signature would not be there.
    for (const part of access_token.split(".").slice(1))
      assert.equal(log.includes(part.slice(0, 40)), false, "an access token");
  }
});
