// One-time values: of many uses at once exactly one wins, whichever value it is. The table below has every table of
// the database that keeps such values; a new one fails the last test until it is here. Not here: what a use does.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { auth } from "./auth-client.ts";
import { guarded, json, passkeys, pending, rewind, verify } from "./factors-client.ts";
import { adminLink, credentials, type Person, person, post, query, root, shared } from "./harness.ts";
import { letter, mailed } from "./mail-box.ts";
import { codeRace, deviceRace } from "./oidc-race.ts";
import { invitedBy, organisationOf } from "./organisations-client.ts";
import { Key } from "./passkey-key.ts";
import { answerOf, social } from "./social-client.ts";

const stack = shared();

/** Uses at once. */
const MANY = 10;

/** Makes a value; what comes back uses it, the n-th time. */
type Race = () => Promise<(n: number) => Promise<Response>>;

/** A test of another file that shows it. */
interface Elsewhere {
  readonly file: string;
  readonly test: string;
}

/** Every kind of one-time value, by the table that keeps it. */
const ONCE: Readonly<Record<string, Readonly<Record<string, Race>> | Elsewhere>> = {
  links: {
    "a link that verifies an address": async () => {
      const { token, password } = await mailed(stack, "email/verification", "/verify");
      return () => auth(stack, "email/verify", { token, password });
    },
    "a link that resets a password": async () => {
      const { token } = await mailed(stack, "password/forgot", "/reset");
      return () => auth(stack, "password/reset", { token, password: credentials().password });
    },
    "a link that signs in": async () => {
      const { token } = await mailed(stack, "magic", "/magic");
      return () => auth(stack, "magic/consume", { token });
    },
    "a link that changes an address": async () => {
      const [who, { email }] = [await person(), credentials()];
      const asked = await auth(stack, "email/change", { email, password: who.password }, who.headers);
      assert.equal(asked.status, 202, await asked.text());
      const { token } = await letter(stack, email, "/change-email");
      return () => auth(stack, "email/change/confirm", { token, password: who.password });
    },
  },
  signature_nonces: {
    file: "tests/blackbox/signing.test.ts",
    test: "of many that send one signed request at once exactly one is served",
  },
  used_proofs: {
    file: "tests/blackbox/challenge.test.ts",
    test: "of many that use one solution at once exactly one is served",
  },
  one_time_tokens: {
    "an administrator's link": async () => {
      const token = await adminLink(stack, credentials().email);
      return () => auth(stack, "claim", { token, password: credentials().password });
    },
  },
  pending_sign_ins: {
    "a pending sign-in, with a code of its own each time": async () => {
      const one = await guarded(stack);
      const token = await pending(stack, one);
      return (n) => verify(stack, token, one.recovery[n] ?? "");
    },
  },
  recovery_codes: {
    "a recovery code, for a sign-in of its own each time": async () => {
      const one = await guarded(stack);
      const tokens = await inTurn(MANY, () => pending(stack, one));
      return (n) => verify(stack, tokens[n] ?? "", one.recovery[0] ?? "");
    },
  },
  totp_factors: {
    "a code of an app, for a sign-in of its own each time": async () => {
      const one = await guarded(stack);
      const tokens = await inTurn(MANY, () => pending(stack, one));
      await rewind(stack, one);
      const code = one.app.code();
      return (n) => verify(stack, tokens[n] ?? "", code);
    },
  },
  passkey_challenges: {
    "the challenge of a registration": async () => {
      const who = await person();
      const body = await new Key(stack).registration(who);
      return () => passkeys(stack, "passkeys", body, who.headers);
    },
    "the challenge of a sign-in": async () => {
      const key = await registered(await person());
      const body = await key.assertion();
      return () => passkeys(stack, "passkeys/sign-in", body);
    },
  },
  passkeys: {
    "a value of the signature counter, with a challenge of its own each time": async () => {
      const key = await registered(await person());
      const bodies = await inTurn(MANY, () => key.assertion({ counter: 7 }));
      return (n) => passkeys(stack, "passkeys/sign-in", bodies[n]);
    },
  },
  invitations: {
    "an invitation into an organisation": async () => {
      const by = await person();
      const { who, token } = await invitedBy(stack, by, await organisationOf(stack, by));
      return () => post(`${stack.functions.organisations}/v1/invitations/accept`, { token }, who.headers);
    },
  },
  oauth_states: {
    "the state of a sign-in elsewhere": async () => {
      const answer = await answerOf(stack, "simulated", { person: randomUUID() });
      return () => social(stack, "oauth/complete", answer);
    },
  },
  // Not one winner but one successor: a client that lost the answer may ask again.
  refresh_tokens: {
    file: "tests/blackbox/auth-refresh.test.ts",
    test: "twenty refreshes of one token at once get one successor and log nobody out",
  },
  oauth_codes: { "the code of an app that signs in with us": () => codeRace(stack) },
  oauth_refresh_tokens: {
    file: "functions/oidc/tests/oidc/refreshing.rs",
    test: "a_retry_gets_the_same_successor_and_a_later_use_ends_all",
  },
  oauth_device_codes: { "the code of a device": () => deviceRace(stack) },
};

async function inTurn<T>(times: number, make: () => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  for (let n = 0; n < times; n++) made.push(await make());
  return made;
}

async function registered(who: Person): Promise<Key> {
  const key = new Key(stack);
  await json(await key.register(who), 201);
  return key;
}

/** Races `MANY` uses: one succeeds, and every other is refused, not failed. */
async function check(race: Race): Promise<void> {
  const use = await race();
  const replies = await Promise.all(Array.from({ length: MANY }, (_, n) => use(n)));
  const said = await Promise.all(replies.map(async (reply) => `${reply.status} ${await reply.text()}`));
  const won = replies.filter(({ ok }) => ok);
  assert.equal(won.length, 1, said.join("\n"));
  for (const { status } of replies) assert.ok(status < 500, said.join("\n"));
}

const isElsewhere = (entry: object): entry is Elsewhere => typeof (entry as Elsewhere).file === "string";

for (const [table, entry] of Object.entries(ONCE)) {
  if (isElsewhere(entry)) {
    test(`${table}: raced in ${entry.file}`, () => {
      const text = readFileSync(join(root, entry.file), "utf8");
      assert.ok(text.includes(entry.test), `${entry.file} has no test "${entry.test}"`);
    });
    continue;
  }
  describe(`${table}: exactly one of ${MANY} uses at once wins`, () => {
    for (const [value, race] of Object.entries(entry)) test(value, () => check(race));
  });
}

test("of ten sign-ins that one recovery code was raced for, one session is left", async () => {
  const one = await guarded(stack);
  const tokens = await inTurn(MANY, () => pending(stack, one));
  await Promise.all(tokens.map(async (token) => (await verify(stack, token, one.recovery[1] ?? "")).arrayBuffer()));
  const sessions = query(stack, "SELECT methods FROM sessions WHERE user_id = ?", [one.who.id]);
  // The registration's own, and that of the winner.
  assert.equal(sessions.length, 2);
});

test("every table that keeps one-time values is in the table above", () => {
  const folder = join(root, "migrations");
  const sql = readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("\n");
  const tables = [...sql.matchAll(/CREATE TABLE (\w+) \(\n([\s\S]*?)\n\)/g)];
  assert.ok(tables.length > 10, "the migrations are written otherwise than this test reads them");
  const once = /^ *(?:used_\w+|uses|nonce|last_step) |of many .*one wins/m;
  const found = tables.filter(([, name = "", body = ""]) => once.test(body) || /nonce|^used_/.test(name));
  assert.deepEqual(found.map(([, name]) => name).sort(), Object.keys(ONCE).sort());
});
