// The front door of a healthy stack: it passes every path of the description to
// the function that owns it, and refuses the rest. Not here: functions that fail
// (gateway-faults.test.ts), the pages (gateway-pages.test.ts).

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { operations, samplePath } from "./gateway-description.ts";
import { behindTheGateway, linesOf, shared } from "./harness.ts";

const stack = shared();

/** Calls the gateway under a request id of our own. */
async function call(method: string, path: string): Promise<{ id: string; reply: Response }> {
  const id = `t-${randomUUID()}`;
  const reply = await fetch(`${stack.gateway}${path}`, {
    method,
    headers: { "x-request-id": id },
    redirect: "manual",
  });
  return { id, reply };
}

test("healthz is answered by the gateway alone, without any round trip", async () => {
  const { id, reply } = await call("GET", "/healthz");
  assert.equal(reply.status, 200);
  assert.deepEqual(await reply.json(), { status: "ok", service: "gateway" });
  assert.match(reply.headers.get("server-timing") ?? "", /^app;dur=\d+$/);
  const lines = await linesOf(stack, id);
  assert.deepEqual(
    lines.map(({ service, metadata }) => [service, metadata.roundTrips]),
    [["gateway", undefined]],
  );
});

test("readyz asks every function and names each", async () => {
  const { reply } = await call("GET", "/readyz");
  assert.equal(reply.status, 200);
  const functions = Object.fromEntries(behindTheGateway.map((name) => [name, "ok"]));
  assert.deepEqual(await reply.json(), { status: "ok", functions });
});

test("every operation of the description reaches its own handler", async () => {
  for (const operation of await operations(stack)) {
    const { id, reply } = await call(operation.method, samplePath(operation.path));
    await reply.arrayBuffer();
    const lines = await linesOf(stack, id);
    const handlers = lines.map(({ service, action }) => `${service}.${action.replaceAll("::", ".")}`);
    assert.deepEqual(handlers, [operation.id], `${operation.method} ${operation.path}`);
  }
});

test("the description names an operation of every function behind the gateway", async () => {
  const services = (await operations(stack)).map(({ id }) => id.split(".")[0]);
  assert.deepEqual([...new Set(services)].sort(), ["gateway", ...behindTheGateway].sort());
});

test("a path that no function has is a 404 problem", async () => {
  const unknown = ["/", "/v1", "/v1/auth", "/v1/auth/login/", "//v1/auth/login", "/v1/nothing?x=1"];
  for (const path of [...unknown, "/V1/auth/login", "/v1/auth/%6Cogin"]) {
    const { id, reply } = await call("GET", path);
    assert.equal(reply.status, 404, path);
    assert.equal(reply.headers.get("content-type"), "application/problem+json");
    assert.deepEqual(await reply.json(), {
      type: "/docs#problem-not_found",
      title: "There is nothing here",
      status: 404,
      code: "not_found",
      instance: path.split("?")[0],
      request_id: id,
    });
  }
});

test("a wrong method is a 405 that allows exactly the methods of the path, in the dialect of the row", async () => {
  const all = await operations(stack);
  for (const path of new Set(all.map((operation) => operation.path))) {
    const methods = all.filter((operation) => operation.path === path).map(({ method }) => method);
    const wrong = ["PUT", "PATCH", "DELETE"].find((method) => !methods.includes(method)) ?? "POST";
    const { reply } = await call(wrong, samplePath(path));
    assert.equal(reply.status, 405, path);
    const expected = [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"];
    assert.deepEqual(reply.headers.get("allow")?.split(", ").sort(), expected.sort(), path);
    const body = (await reply.json()) as { type?: string; code?: string; error?: { code: string } | string };
    const dialect = all.find((operation) => operation.path === path)?.dialect;
    // RFC 6749 §5.2 has no code of its own for it.
    if (dialect === "oauth") assert.equal(body.error, "invalid_request", path);
    // Anthropic's errors have a type and no code.
    else if (dialect === "anthropic") assert.equal(body.type, "error", path);
    else {
      const code = typeof body.error === "object" ? body.error.code : body.code;
      assert.equal(code, "method_not_allowed", path);
      assert.equal(typeof body.error === "object", dialect === "openai", path);
    }
  }
});

test("the reply of a function comes through the gateway as the function gave it", async () => {
  const path = "/.well-known/jwks.json";
  const own = await fetch(`${stack.functions.auth}${path}`);
  const { reply } = await call("GET", path);
  // The front of the local runtime compresses, and two requests have two ids.
  const differ = /^(content-(encoding|length)|transfer-encoding|date|x-request-id|server-timing)$/;
  const shown = (one: Response): [string, string][] => [...one.headers].filter(([name]) => !differ.test(name));
  assert.deepEqual(shown(reply), shown(own));
  assert.equal(await reply.text(), await own.text());
});

test("hash cannot be reached through the gateway", async () => {
  for (const path of ["/make", "/check"]) {
    const { reply } = await call("POST", path);
    assert.equal(reply.status, 404);
  }
});
