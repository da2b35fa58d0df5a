// Where addresses must be verified: nobody learns from a registration whether an
// address is known. A stack of its own, because it is a setting.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { auth, problem, tokens } from "./auth-client.ts";
import { change, credentials, type OwnStack, startStack } from "./harness.ts";

let stack: OwnStack;

before(async () => {
  stack = await startStack({ vars: { EMAIL_VERIFICATION: "required" } });
});

after(() => stack?.stop());

/** What a client can compare: status, body, headers, and the work that was done. */
async function shown(reply: Response): Promise<unknown> {
  const own = ["x-request-id", "date", "ratelimit", "server-timing"];
  const headers = [...reply.headers].filter(([name]) => !own.includes(name));
  const trips = /desc="([^"]*)"/.exec(reply.headers.get("server-timing") ?? "")?.[1];
  return { status: reply.status, headers, trips, body: await reply.text() };
}

test("registering is 202 with the same reply after the same work for known and unknown addresses", async () => {
  const body = credentials();
  const unknown = await shown(await auth(stack, "register", body));
  assert.deepEqual(
    { ...(unknown as object), headers: [], trips: "" },
    {
      status: 202,
      body: '{"status":"verification_required"}',
      headers: [],
      trips: "",
    },
  );
  const known = await shown(await auth(stack, "register", { ...body, password: "another password" }));
  assert.deepEqual(known, unknown);
});

test("a second registration does not change the account", async () => {
  const body = credentials();
  await shown(await auth(stack, "register", body));
  await shown(await auth(stack, "register", { ...body, password: "another password" }));
  await change(stack, "UPDATE users SET email_verified_at = 1 WHERE email = ?", [body.email]);
  await tokens(await auth(stack, "login", body));
});

test("tokens come only from a login after the verification", async () => {
  const body = credentials();
  await shown(await auth(stack, "register", body));
  await problem(await auth(stack, "login", body), 403, "email_unverified");
  await change(stack, "UPDATE users SET email_verified_at = ? WHERE email = ?", [Date.now(), body.email]);
  const { user } = await tokens(await auth(stack, "login", body));
  assert.equal(user.email, body.email);
});

test("only who has the password learns that the address is not verified", async () => {
  const body = credentials();
  await shown(await auth(stack, "register", body));
  const wrong = { ...body, password: "not the password" };
  await problem(await auth(stack, "login", wrong), 401, "invalid_credentials");
});
