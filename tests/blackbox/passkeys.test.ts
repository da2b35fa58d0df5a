// Passkeys made and used by a real browser with a virtual authenticator. Not here: ceremonies that no browser would
// take part in (functions/passkeys).

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { problem, read, tokens } from "./auth-client.ts";
import { openPage, type Page, type Site, site } from "./browser.ts";
import { json, passkeys } from "./factors-client.ts";
import { type OwnStack, type Person, person, query, startStack } from "./harness.ts";

type Json = Readonly<Record<string, unknown>>;

/** The page passkeys are for, and one at another port. */
let [here, elsewhere]: Site[] = [];
let stack: OwnStack;
let page: Page;
let authenticatorId: unknown;

before(async () => {
  [here, elsewhere] = await Promise.all([site(), site()]);
  const origins = `${here.origin},http://sub.localhost:${here.port}`;
  const vars = { PASSKEY_RP_ID: "localhost", PASSKEY_ORIGINS: origins, STRICT_QUOTA: "1000" };
  [stack, page] = await Promise.all([startStack({ vars }), openPage()]);
});

after(() => Promise.all([stack, page, here, elsewhere].map((one) => one?.[Symbol.asyncDispose]())));

/** Gives the browser a new authenticator, and takes the last one away. */
async function plug(but: Json = {}): Promise<void> {
  if (authenticatorId !== undefined) await page.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId });
  const verifying = { hasResidentKey: true, hasUserVerification: true, isUserVerified: true };
  const options = { protocol: "ctap2", transport: "internal", ...verifying, automaticPresenceSimulation: true, ...but };
  ({ authenticatorId } = await page.send("WebAuthn.addVirtualAuthenticator", { options }));
}

/** `navigator.credentials.create` or `get` in the page, with options as they came but for these. */
async function ceremony(kind: "create" | "get", options: Json, but: Json = {}): Promise<Json> {
  const parse = kind === "create" ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
  const text = JSON.stringify({ ...options, ...but });
  const credential = `navigator.credentials.${kind}({ publicKey: PublicKeyCredential.${parse}(${text}) })`;
  return (await page.run(`${credential}.then((made) => made.toJSON())`)) as Json;
}

async function make(who: Person, but: Json = {}): Promise<Response> {
  const options = await json(await passkeys(stack, "passkeys/options", {}, who.headers));
  const credential = await ceremony("create", options, but);
  return passkeys(stack, "passkeys", { name: "Laptop", credential }, who.headers);
}

async function signIn(but: Json = {}): Promise<Response> {
  const options = await json(await passkeys(stack, "passkeys/sign-in/options", {}));
  return passkeys(stack, "passkeys/sign-in", { credential: await ceremony("get", options, but) });
}

/** Somebody with a passkey, on the page it is for. */
async function registered(): Promise<Person> {
  await plug();
  await page.go(here?.origin ?? "");
  const who = await person(stack);
  await json(await make(who), 201);
  return who;
}

async function refused(reply: Response, sentence: string): Promise<void> {
  assert.equal((await problem(reply, 401, "passkey_refused")).detail, sentence);
}

test("a passkey that a browser made signs in, again and again", async () => {
  const who = await registered();
  for (let n = 0; n < 3; n++) {
    const { user, access_token } = await tokens(await signIn());
    assert.equal(user.id, who.id);
    assert.equal((await read(stack, "me", access_token)).status, 200);
  }
  const { data } = await json(await fetch(`${stack.functions.passkeys}/v1/auth/passkeys`, { headers: who.headers }));
  const [passkey] = data as Json[];
  assert.deepEqual([passkey?.name, typeof passkey?.last_used_at], ["Laptop", "string"]);
});

test("a browser makes no second passkey for an account on one authenticator", async () => {
  const who = await registered();
  await assert.rejects(make(who), /InvalidStateError|already registered|excluded/i);
});

test("a page of another origin is refused", async () => {
  const who = await registered();
  await page.go(elsewhere?.origin ?? "");
  await refused(await signIn(), "The page is of another origin.");
  await plug();
  const { errors } = await problem(await make(who), 422, "validation_failed");
  assert.equal(errors?.[0]?.code, "origin");
});

test("a passkey for another site is refused", async () => {
  const who = await registered();
  await plug();
  await page.go(`http://sub.localhost:${here?.port}`);
  const { errors } = await problem(
    await make(who, { rp: { id: "sub.localhost", name: "Sub" } }),
    422,
    "validation_failed",
  );
  assert.equal(errors?.[0]?.code, "relying_party");
});

test("an authenticator that did not verify its user is refused", async () => {
  const who = await registered();
  await refused(await signIn({ userVerification: "discouraged" }), "The authenticator did not verify its user.");
  // One that can verify nobody; browsers ask it only because this page does not insist.
  await plug({ hasUserVerification: false });
  const selection = { residentKey: "required", requireResidentKey: true, userVerification: "discouraged" };
  const { errors } = await problem(await make(who, { authenticatorSelection: selection }), 422, "validation_failed");
  assert.equal(errors?.[0]?.code, "user_verification");
});

test("a counter that goes back is refused and noted", async () => {
  const who = await registered();
  await tokens(await signIn());
  await tokens(await signIn());
  const { credentials } = await page.send("WebAuthn.getCredentials", { authenticatorId });
  const [credential] = credentials as Json[];
  assert.ok(Number(credential?.signCount) >= 2);
  // A clone made when the authenticator was new.
  await plug();
  await page.send("WebAuthn.addCredential", { authenticatorId, credential: { ...credential, signCount: 0 } });
  await refused(await signIn(), "The signature counter did not grow.");
  const sql = "SELECT count(*) AS n FROM security_events WHERE kind = 'passkey_counter_went_back' AND user_id = ?";
  assert.equal(query(stack, sql, [who.id])[0]?.n, 1);
});

test("of many uses of one answer of the authenticator exactly one signs in", async () => {
  await registered();
  const options = await json(await passkeys(stack, "passkeys/sign-in/options", {}));
  const credential = await ceremony("get", options);
  const replies = await Promise.all(
    Array.from({ length: 6 }, () => passkeys(stack, "passkeys/sign-in", { credential })),
  );
  assert.equal(replies.filter(({ status }) => status === 200).length, 1);
});

test("another's passkey is 404", async () => {
  const who = await registered();
  const other = await person(stack);
  const { data } = await json(await fetch(`${stack.functions.passkeys}/v1/auth/passkeys`, { headers: who.headers }));
  const url = `${stack.functions.passkeys}/v1/auth/passkeys/${(data as Json[])[0]?.id}`;
  for (const method of ["GET", "DELETE"]) {
    await problem(await fetch(url, { method, headers: other.headers }), 404, "not_found");
  }
  assert.equal((await fetch(url, { headers: who.headers })).status, 200);
});
