// Signing in with other services, against issuers that enforce their own rules and sign real tokens. Not here: which
// account it leads to in every order of events, which is tested on the host.

import assert from "node:assert/strict";
import { randomInt, randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { auth, problem, type TokenReply, tokens } from "./auth-client.ts";
import { change, credentials, type OwnStack, query, rawLog, shared, startStack } from "./harness.ts";
import { type Answer, answerOf, begin, comeBack, PAGE, social, visit } from "./social-client.ts";

let stack: OwnStack;
let issuer: string;

before(async () => {
  const { simulator } = shared();
  issuer = `${simulator}/issuer`;
  const key = (await (await fetch(`${issuer}/_sim/client-key`)).json()) as string;
  const client = { client_id: "selvage", client_secret: "simulated-client-secret" };
  const providers = [
    { id: "own", issuer, ...client, verifies_email: true },
    { id: "basic", issuer: `${issuer}-b`, ...client, client_auth: "basic", verifies_email: true },
    { id: "doubted", issuer: `${issuer}-doubted`, ...client },
    { id: "liar", issuer: `${issuer}-liar`, ...client },
    { id: "wrong", issuer: `${issuer}-wrong`, ...client, client_secret: "not the secret" },
    {
      id: "apple",
      issuer: `${issuer}-apple`,
      client_id: "keyed",
      client_key: { team_id: "TEAM1", key_id: "KEY1", private_key: key },
    },
    { id: "github", issuer: `${simulator}/github`, api: `${simulator}/github/api`, ...client },
  ];
  const vars = { OAUTH_PROVIDERS: JSON.stringify(providers), EMAIL_VERIFICATION: "required" };
  stack = await startStack({ vars, args: ["--simulator", simulator] });
});

after(() => stack?.stop());

function complete(answer: Answer): Promise<Response> {
  return social(stack, "oauth/complete", answer);
}

async function signIn(provider: string, script: Parameters<typeof answerOf>[2]): Promise<TokenReply> {
  return tokens(await complete(await answerOf(stack, provider, script)));
}

test("tokens signed with RS256, ES256 and EdDSA sign in, each with the issuer's own key", async () => {
  for (const sign of ["RS256", "ES256", "EdDSA"] as const) {
    const person = randomUUID();
    const { user } = await signIn("own", { person, sign });
    assert.equal(user.email, `${person}@example.com`);
    assert.equal((await signIn("own", { person, sign })).user.id, user.id);
  }
});

test("the client proves itself in the body, by Basic, or with a secret that it signs", async () => {
  for (const provider of ["own", "basic", "apple"]) await signIn(provider, { person: randomUUID() });
  await problem(await complete(await answerOf(stack, "wrong")), 502, "upstream_auth");
});

test("forged and foreign tokens are refused", async () => {
  const forged = ["none", "HS256", "stranger", "unknown-kid", "crit"] as const;
  for (const sign of forged) {
    const reply = await complete(await answerOf(stack, "own", { person: randomUUID(), sign }));
    await problem(reply, 401, "code_refused");
  }
  const now = Math.floor(Date.now() / 1000);
  const wrong = [
    { iss: `${issuer}-b` },
    { aud: "another" },
    { aud: ["selvage", "another"] },
    { azp: "another" },
    { exp: now - 120 },
    { exp: `${now + 300}` },
    { iat: now + 600 },
    { nbf: now + 600 },
    { nonce: "another" },
    { nonce: null },
    { sub: null },
  ];
  for (const claims of wrong) {
    const reply = await complete(await answerOf(stack, "own", { person: randomUUID(), claims }));
    await problem(reply, 401, "code_refused");
  }
});

test("an issuer whose description is another's is not used", async () => {
  await problem(await social(stack, "oauth/liar", { redirect_to: PAGE }), 502, "upstream_invalid");
});

test("the answer of a mixed-up issuer is refused", async () => {
  const begun = await begin(stack, "own");
  const answer = await comeBack(begun, await visit(begun, { iss: `${issuer}-b` }));
  await problem(await complete(answer), 401, "code_refused");
  const silent = await begin(stack, "own");
  await problem(await complete(await comeBack(silent, await visit(silent, { iss: null }))), 401, "code_refused");
  // The code of one issuer, shown with the state of another.
  const [one, two] = [await answerOf(stack, "own"), await answerOf(stack, "basic")];
  await problem(await complete({ ...one, code: two.code }), 401, "code_refused");
});

test("a callback for another provider than the state's goes nowhere", async () => {
  const begun = await begin(stack, "own");
  const callback = (await visit(begun)).replace("/oauth/own/", "/oauth/basic/");
  await problem(await fetch(callback, { redirect: "manual" }), 401, "code_refused");
});

test("a code is bound to its own sign-in by PKCE, although state and binding are right", async () => {
  const [victim, attacker] = [await answerOf(stack, "own"), await answerOf(stack, "own")];
  await problem(await complete({ ...attacker, code: victim.code }), 401, "code_refused");
});

test("without the binding nobody completes it, and of many completions at once exactly one wins", async () => {
  const answer = await answerOf(stack, "own", { person: randomUUID() });
  const other = await answerOf(stack, "own");
  await problem(await complete({ ...answer, binding: other.binding }), 401, "code_refused");
  const all = await Promise.all(Array.from({ length: 8 }, () => complete(answer)));
  assert.deepEqual(all.map(({ status }) => status).sort(), [200, 401, 401, 401, 401, 401, 401, 401]);
});

test("opening the callback signs nobody in, however often", async () => {
  const begun = await begin(stack, "own");
  const callback = await visit(begun, { person: randomUUID() });
  const answers = await Promise.all([1, 2, 3].map(() => comeBack(begun, callback)));
  await tokens(await complete(answers[0] as Answer));
  await problem(await fetch(callback, { redirect: "manual" }), 401, "code_refused");
});

test("what the provider refuses comes back to the client's page", async () => {
  const begun = await begin(stack, "own");
  const answer = await comeBack(begun, await visit(begun, { error: "access_denied" }));
  assert.deepEqual(Object.keys(answer).sort(), ["binding", "error", "iss", "state"]);
});

test("a form that is posted back, as Apple does, goes the same way", async () => {
  const begun = await begin(stack, "own");
  const [url = "", body = ""] = (await visit(begun, { person: randomUUID() })).split("?");
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const reply = await fetch(url, { method: "POST", headers, body, redirect: "manual" });
  assert.equal(reply.status, 303);
  const fragment = new URLSearchParams(reply.headers.get("location")?.split("#")[1]);
  const answer = { ...Object.fromEntries(fragment), binding: begun.binding } as unknown as Answer;
  await tokens(await complete(answer));
});

test("first sign-ins of one person at the same moment make one account", async () => {
  const person = randomUUID();
  const answers = await Promise.all(Array.from({ length: 6 }, () => answerOf(stack, "own", { person })));
  const users = await Promise.all(answers.map(async (answer) => (await tokens(await complete(answer))).user.id));
  assert.equal(new Set(users).size, 1);
});

test("GitHub's primary verified address counts, and no other", async () => {
  const address = `${randomUUID()}@example.com`;
  const script = (primary: boolean, verified: boolean) => ({
    id: randomInt(1, 2 ** 40),
    login: "ada",
    emails: [
      { email: `other-${address}`, primary: !primary, verified: true },
      { email: address, primary, verified },
    ],
  });
  assert.equal((await signIn("github", script(true, false))).user.email, null);
  const right = await signIn("github", script(true, true));
  assert.equal(right.user.email, address);
  const [label] = query(stack, "SELECT label FROM identities WHERE user_id = ?", [right.user.id]);
  assert.equal(label?.label, "ada");
});

test("who registered an address in advance gets nothing of its owner's account", async () => {
  const { email, password } = credentials();
  assert.equal((await auth(stack, "register", { email, password })).status, 202);
  const claims = { email, email_verified: true };
  const unverified = await signIn("own", { person: randomUUID(), claims: { email, email_verified: false } });
  assert.equal(unverified.user.email, null);
  const doubted = await signIn("doubted", { person: randomUUID(), claims });
  assert.equal(doubted.user.email, null);
  const owner = await signIn("own", { person: randomUUID(), claims });
  assert.equal(owner.user.email, email);
  await problem(await auth(stack, "login", { email, password }), 401, "invalid_credentials");
});

test("an account whose owner has verified the address is entered", async () => {
  const { email, password } = credentials();
  await auth(stack, "register", { email, password });
  await change(stack, "UPDATE users SET email_verified_at = 1 WHERE email = ?", [email]);
  const { user } = await tokens(await auth(stack, "login", { email, password }));
  const linked = await signIn("own", { person: randomUUID(), claims: { email } });
  assert.equal(linked.user.id, user.id);
});

test("an identity is linked, belongs to one account, and another person's is 404", async () => {
  const person = randomUUID();
  const [ada, bob] = await Promise.all([signIn("own", { person: randomUUID() }), signIn("own", { person })]);
  const [forAda, forBob] = [ada, bob].map(({ access_token }) => ({ authorization: `Bearer ${access_token}` }));
  const link = async (script: { person: string }, headers = forAda) =>
    social(stack, "identities/complete", await answerOf(stack, "basic", script, headers), headers);
  const linked = (await (await link({ person })).json()) as { id: string };
  await problem(await link({ person }, forBob), 409, "identity_taken");
  const at = `${stack.functions.social}/v1/auth/identities`;
  const remove = (headers = forAda) => fetch(`${at}/${linked.id}`, { method: "DELETE", headers: headers ?? {} });
  await problem(await remove(forBob), 404, "not_found");
  assert.equal((await remove()).status, 204);
  const list = (await (await fetch(at, { headers: forAda ?? {} })).json()) as { data: { id: string }[] };
  assert.equal(list.data.length, 1);
  const last = await fetch(`${at}/${list.data[0]?.id}`, { method: "DELETE", headers: forAda ?? {} });
  await problem(last, 409, "last_way_in");
});

test("neither secrets nor tokens nor codes get into the log", () => {
  const log = rawLog(stack);
  for (const word of ["simulated-client-secret", "PRIVATE KEY", "eyJ", "code_verifier", "access_token"]) {
    assert.ok(!log.includes(word), word);
  }
});
