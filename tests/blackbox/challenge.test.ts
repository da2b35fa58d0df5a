// Proofs of work, on a stack that demands them of everybody, and one that demands them of who guesses.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { auth, problem } from "./auth-client.ts";
import { challenge, solve, solved } from "./challenge-client.ts";
import { credentials, network, type OwnStack, startStack } from "./harness.ts";

const WANTED = /^sha-256;bits=(\d+)$/;

function bits(reply: Response): number {
  return Number(WANTED.exec(reply.headers.get("selvage-challenge") ?? "")?.[1]);
}

describe("where everybody must prove work", () => {
  let stack: OwnStack;
  before(async () => {
    stack = await startStack({ vars: { CHALLENGE: "always", CHALLENGE_BITS: "10", GUESTS: "on" } });
  });
  after(() => stack?.stop());

  test("rows that many could ask for demand a proof, and say how much of one", async () => {
    const { email, password } = credentials();
    const bodies: Readonly<Record<string, unknown>> = {
      anonymous: {},
      register: { email, password },
      login: { email, password },
      "password/forgot": { email },
      magic: { email },
      "email/verification": { email },
    };
    for (const [row, body] of Object.entries(bodies)) {
      const from = network();
      const bare = await auth(stack, row, body, { "cf-connecting-ip": from });
      assert.equal(bits(bare), 10, row);
      assert.match(bare.headers.get("server-timing") ?? "", /desc="object=1"$/, "nothing was done for it");
      await problem(bare, 428, "proof_required");
      const reply = await auth(stack, row, body, await solved(stack, from, 11));
      assert.ok(reply.status < 300, `${row}: ${reply.status} ${await reply.text()}`);
    }
  });

  test("of many that use one solution at once exactly one is served", async () => {
    const from = network();
    const headers = await solved(stack, from, 16);
    const register = () => auth(stack, "register", credentials(), headers);
    const all = await Promise.all(Array.from({ length: 8 }, async () => (await register()).status));
    assert.deepEqual(all.sort(), [201, ...Array(7).fill(428)]);
  });

  test("another solution of a used challenge is refused, and so is another network's", async () => {
    const from = network();
    const made = await challenge(stack, from);
    const first = await solve(made.challenge, 12);
    const send = (proof: string, at: string) =>
      auth(stack, "register", credentials(), { "cf-connecting-ip": at, "selvage-proof": proof });
    assert.equal((await send(first, network())).status, 428);
    assert.equal((await send(first, from)).status, 201);
    let other = first;
    for (let more = 14; other === first; more++) other = await solve(made.challenge, more);
    await problem(await send(other, from), 428, "proof_required");
    for (const bad of ["", "x", `${made.challenge}.0x`, `${made.challenge.replace("pw1.1", "pw1.2")}.0`]) {
      assert.equal((await send(bad, from)).status, 428, bad);
    }
  });
});

describe("where those who guess must", () => {
  let stack: OwnStack;
  before(async () => {
    stack = await startStack({ vars: { CHALLENGE: "suspicious", CHALLENGE_BITS: "8" } });
  });
  after(() => stack?.stop());

  test("a network that comes often does, and others do not", async () => {
    const from = network();
    const forgot = (headers = {}) => {
      const { email } = credentials();
      return auth(stack, "password/forgot", { email }, { "cf-connecting-ip": from, ...headers });
    };
    for (let i = 0; i < 10; i++) assert.equal((await forgot()).status, 202);
    const refused = await forgot();
    assert.equal(refused.status, 428);
    assert.equal((await forgot(await solved(stack, from, bits(refused) + 1))).status, 202);
    assert.equal((await auth(stack, "password/forgot", { email: credentials().email })).status, 202);
  });

  test("an account at which many guess is opened to strangers for a proof alone", async () => {
    const who = credentials();
    assert.equal((await auth(stack, "register", who)).status, 201);
    const wrong = { email: who.email, password: "not this one" };
    for (let i = 0; i < 10; i++) assert.equal((await auth(stack, "login", wrong)).status, 401);
    const refused = await auth(stack, "login", who);
    const wanted = bits(refused);
    await problem(refused, 428, "proof_required");
    assert.equal(wanted, 10);
    const from = network();

    assert.equal((await auth(stack, "login", who, await solved(stack, from, wanted))).status, 200);
  });
});
