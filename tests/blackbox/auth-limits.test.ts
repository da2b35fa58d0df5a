// Strict limits: counted per network and row, exactly, wherever a call arrives.
// Calls without a body are counted before they are refused, so none costs a hash.

import assert from "node:assert/strict";
import { test } from "node:test";
import { auth, problem } from "./auth-client.ts";
import { eventually, network, network6, shared } from "./harness.ts";

const stack = shared();

const QUOTA = 20;

/** A call that is counted and then refused for what it lacks. */
async function counted(address: string, row = "login", origin = stack.functions.auth): Promise<Response> {
  const reply = await fetch(`${origin}/v1/auth/${row}`, {
    method: "POST",
    headers: { "cf-connecting-ip": address },
  });
  await reply.clone().arrayBuffer();
  return reply;
}

function remaining(reply: Response): number {
  const limit = /^"strict";r=(\d+);t=(\d+)$/.exec(reply.headers.get("ratelimit") ?? "");
  assert.ok(limit !== null, `RateLimit: ${reply.headers.get("ratelimit")}`);
  const reset = Number(limit[2]);
  assert.ok(reset >= 1 && reset <= 60, `${reset} s`);
  return Number(limit[1]);
}

test("the 21st call from one /64 is 429, while another network is served", async () => {
  const ours = network6();
  const left: number[] = [];
  for (let call = 0; call < QUOTA; call += 1) {
    const reply = await counted(`${ours}::${call + 1}`);
    assert.equal(reply.status, 415);
    assert.equal(reply.headers.get("ratelimit-policy"), '"strict";q=20;w=60');
    left.push(remaining(reply));
  }
  assert.deepEqual(
    left,
    Array.from({ length: QUOTA }, (_, call) => QUOTA - 1 - call),
  );

  const refused = await counted(`${ours}:ffff:ffff:ffff:ffff`);
  assert.equal(remaining(refused), 0);
  assert.equal(refused.headers.get("ratelimit-policy"), '"strict";q=20;w=60');
  const reset = /t=(\d+)$/.exec(refused.headers.get("ratelimit") ?? "")?.[1];
  assert.equal(refused.headers.get("retry-after"), reset);
  await problem(refused, 429, "rate_limited");

  assert.equal((await counted(`${network6()}::1`)).status, 415);
  assert.equal((await counted(network())).status, 415);
});

test("each row is counted for itself", async () => {
  const ours = network();
  for (let call = 0; call <= QUOTA; call += 1) await counted(ours);
  assert.equal((await counted(ours)).status, 429);
  assert.equal((await counted(ours, "register")).status, 415);
});

test("calls at once are counted as exactly as calls in a row", async () => {
  const ours = network();
  const replies = await Promise.all(Array.from({ length: 3 * QUOTA }, () => counted(ours)));
  const allowed = replies.filter(({ status }) => status !== 429);
  assert.equal(allowed.length, QUOTA);
});

test("an IPv4 address is one client, also when it is written as IPv6", async () => {
  const ours = network();
  const first = remaining(await counted(ours));
  assert.equal(remaining(await counted(`::ffff:${ours}`)), first - 1);
});

test("a refused call does no work: no password is hashed for it", async () => {
  const ours = network();
  for (let call = 0; call < QUOTA; call += 1) await counted(ours);
  const body = { email: "nobody@example.com", password: "not the password" };
  const reply = await auth(stack, "login", body, { "cf-connecting-ip": ours });
  assert.match(reply.headers.get("server-timing") ?? "", /desc="object=1"$/);
  await problem(reply, 429, "rate_limited");
});

test("the count is the same at the gateway and at the function's own origin", async () => {
  // Other tests come through the gateway from this address, too: whatever they do
  // between our two calls, the second may only find fewer left, unless a new
  // minute began.
  await eventually(async () => {
    const own = remaining(await counted("127.0.0.1", "claim"));
    const front = remaining(await counted("127.0.0.1", "claim", stack.gateway));
    return front < own ? true : undefined;
  }, 60_000);
});

test("normal rows tell their policy and count in the runtime", async () => {
  const reply = await auth(stack, "refresh", { refresh_token: "none" });
  assert.equal(reply.headers.get("ratelimit-policy"), '"normal";q=600;w=60');
  assert.equal(reply.headers.get("ratelimit"), null);
  await reply.arrayBuffer();
});
