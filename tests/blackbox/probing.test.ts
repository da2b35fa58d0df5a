// Whether an address is known cannot be told where addresses must be verified: the same body, the same number of
// hashes, the same number of calls to the database and to everything else. A stack of its own, because it is a setting.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { auth } from "./auth-client.ts";
import { credentials, logLines, network, type OwnStack, startStack } from "./harness.ts";

let stack: OwnStack;
const known = credentials();

before(async () => {
  stack = await startStack({ vars: { EMAIL_VERIFICATION: "required" } });
  assert.equal((await auth(stack, "register", known)).status, 202);
});

after(() => stack?.stop());

/** What a client can compare, and the work behind it: who was asked for what, in the trace of the request. */
async function facts(row: string, body: unknown): Promise<unknown> {
  const trace = randomBytes(16).toString("hex");
  const headers = { "cf-connecting-ip": network(), traceparent: `00-${trace}-${randomBytes(8).toString("hex")}-01` };
  const reply = await auth(stack, row, body, headers);
  const text = (await reply.text()).replace(/"request_id":"[^"]*"/, "");
  // The seconds until a window is fresh are of the clock.
  const own = ["x-request-id", "date", "server-timing", "ratelimit"];
  const shown = [...reply.headers].filter(([name]) => !own.includes(name));
  const trips = /desc="([^"]*)"/.exec(reply.headers.get("server-timing") ?? "")?.[1];
  const lines = logLines(stack, ({ traceId }) => traceId === trace);
  const hashes = lines.filter(({ service }) => service === "hash").map(({ metadata }) => metadata.path);
  return { status: reply.status, text, shown, trips, hashes };
}

const wrong = { password: "not the password" };

const ROWS: readonly (readonly [string, (email: string) => unknown, readonly string[]])[] = [
  ["register", (email) => ({ email, password: "a password that is new" }), ["/make"]],
  ["login", (email) => ({ email, ...wrong }), ["/check"]],
  ["password/forgot", (email) => ({ email }), []],
  ["magic", (email) => ({ email }), []],
  ["email/verification", (email) => ({ email }), []],
];

for (const [row, body, hashes] of ROWS) {
  test(`POST /v1/auth/${row} does the same for a known address as for an unknown one`, async () => {
    const [mine, nobodys] = [await facts(row, body(known.email)), await facts(row, body(credentials().email))];
    assert.deepEqual(mine, nobodys);
    assert.deepEqual((mine as { hashes: unknown }).hashes, hashes);
  });
}
