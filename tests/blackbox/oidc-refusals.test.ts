// What the provider refuses, and what of many at once exactly one gets, against the built Workers. Not here: the same
// decisions on the host, one by one (functions/oidc).

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { network, type OwnStack, type Person, person, post, query, startStack } from "./harness.ts";
import { allowed, app, BACK, code, decide, form, pkce, requestUrl } from "./oidc-client.ts";

let stack: OwnStack;
let who: Person;

before(async () => {
  stack = await startStack({ vars: { STRICT_QUOTA: "1000" } });
  who = await person(stack);
});

after(() => stack?.[Symbol.asyncDispose]());

const AT_ONCE = 10;

function many<T>(work: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: AT_ONCE }, work));
}

async function userinfo(token: unknown): Promise<number> {
  return (await fetch(`${stack.gateway}/oauth/userinfo`, { headers: { authorization: `Bearer ${token}` } })).status;
}

test("of many exchanges of one code exactly one wins, and what it got has ended", async () => {
  const one = await app(stack);
  const fields = await code(stack, one, who);
  const replies = await many(() => form(stack, one, "/oauth/token", fields));
  const won = replies.filter(({ status }) => status === 200);
  assert.equal(won.length, 1);
  for (const { status, body } of replies)
    if (status !== 200) assert.deepEqual([status, body.error], [400, "invalid_grant"]);
  assert.equal(await userinfo(won[0]?.body.access_token), 401);
  const noted = "SELECT count(*) AS n FROM security_events WHERE kind = 'app_replayed' AND user_id = ?";
  assert.equal(query(stack, noted, [who.id])[0]?.n, 1);
});

test("of many refreshes with one token all get one successor and the app stays signed in", async () => {
  const one = await app(stack);
  const first = await form(stack, one, "/oauth/token", await code(stack, one, who));
  const fields = { grant_type: "refresh_token", refresh_token: String(first.body.refresh_token) };
  const replies = await many(() => form(stack, one, "/oauth/token", fields));
  assert.deepEqual([...new Set(replies.map(({ status }) => status))], [200]);
  const successors = new Set(replies.map(({ body }) => body.refresh_token));
  assert.equal(successors.size, 1);
  const next = { grant_type: "refresh_token", refresh_token: String([...successors][0]) };
  assert.equal((await form(stack, one, "/oauth/token", next)).status, 200);
});

test("of many polls of one allowed device exactly one gets tokens", async () => {
  const grants = ["urn:ietf:params:oauth:grant-type:device_code"];
  const one = await app(stack, { grant_types: grants, redirect_uris: [] });
  const { body: begun } = await form(stack, one, "/oauth/device", { scope: "openid" });
  const body = { user_code: begun.user_code, choice: "allow" };
  assert.equal((await post(`${stack.gateway}/v1/oauth/device`, body, who.headers)).status, 200);
  const fields = { grant_type: grants[0] ?? "", device_code: String(begun.device_code) };
  const replies = await many(() => form(stack, one, "/oauth/token", fields));
  assert.equal(replies.filter(({ status }) => status === 200).length, 1);
});

test("of many persons who allow one device exactly one does", async () => {
  const one = await app(stack, { grant_types: ["urn:ietf:params:oauth:grant-type:device_code"], redirect_uris: [] });
  const { body: begun } = await form(stack, one, "/oauth/device", { scope: "openid" });
  const body = { user_code: begun.user_code, choice: "allow" };
  const replies = await many(() => post(`${stack.gateway}/v1/oauth/device`, body, who.headers));
  assert.equal(replies.filter(({ status }) => status === 200).length, 1);
});

test("a request with anything wrong about its address is a page and never a redirect", async () => {
  const one = await app(stack);
  const { challenge } = pkce();
  for (const redirect_uri of [
    `${BACK}/`,
    `${BACK}?x`,
    "http://localhost:5175/back",
    "https://evil.example/",
    "//evil",
  ]) {
    const reply = await fetch(requestUrl(stack, one, challenge, { redirect_uri }), { redirect: "manual" });
    assert.deepEqual([reply.status, reply.headers.get("location")], [400, null], redirect_uri);
    assert.match(reply.headers.get("content-type") ?? "", /^text\/html/);
  }
  const unknown = requestUrl(stack, { id: "cli_x", secret: undefined }, challenge);
  assert.equal((await fetch(unknown, { redirect: "manual" })).status, 400);
  for (const but of [{ code_challenge: "" }, { code_challenge_method: "plain" }]) {
    const reply = await fetch(requestUrl(stack, one, challenge, but), { redirect: "manual" });
    const back = new URL(reply.headers.get("location") ?? "");
    assert.equal(`${back.origin}${back.pathname}`, BACK);
    assert.deepEqual(
      [back.searchParams.get("error"), back.searchParams.get("iss")],
      ["invalid_request", stack.gateway],
    );
  }
});

test("a code is another's to nobody: app, address and verifier must be its own", async () => {
  const [one, other] = [await app(stack, { redirect_uris: [BACK, `${BACK}2`] }), await app(stack)];
  const fields = await code(stack, one, who);
  const wrong = [
    [one, { ...fields, code_verifier: pkce().verifier }],
    [one, { ...fields, redirect_uri: `${BACK}2` }],
    [other, fields],
    [{ id: one.id, secret: other.secret }, fields],
    [{ id: one.id, secret: undefined }, fields],
  ] as const;
  for (const [by, sent] of wrong) assert.ok((await form(stack, by, "/oauth/token", sent)).status >= 400);
  const { status, body } = await form(stack, one, "/oauth/token", fields);
  assert.equal(status, 200);
  const asked = { token: String(body.access_token) };
  assert.deepEqual((await form(stack, other, "/oauth/introspect", asked)).body, { active: false });
  const fresh = { grant_type: "refresh_token", refresh_token: String(body.refresh_token) };
  assert.equal((await form(stack, other, "/oauth/token", fresh)).body.error, "invalid_grant");
  assert.equal((await form(stack, one, "/oauth/token", fresh)).status, 200);
});

test("a forged consent is refused", async () => {
  const one = await app(stack);
  const url = requestUrl(stack, one, pkce().challenge);
  const asked = new URL(url).search.slice(1);
  const body = { query: asked, ticket: `${Date.now()}.${"A".repeat(43)}`, choice: "allow" };
  const forged = await post(`${stack.gateway}/v1/oauth/authorize`, body, who.headers);
  assert.equal(forged.status, 422);
  // A page of another site can post, and has neither a cookie nor a token to post with.
  const simple = await fetch(`${stack.gateway}/v1/oauth/authorize`, { method: "POST", body: JSON.stringify(body) });
  assert.equal(simple.status, 401);
  assert.equal((await decide(stack, url, who, "ask")).status, "consent_required");
});

test("ending every session ends what apps were allowed, and so does deleting the account", async () => {
  const one = await app(stack);
  for (const end of ["logout", "delete"]) {
    const somebody = await person(stack);
    const { body } = await form(stack, one, "/oauth/token", await code(stack, one, somebody));
    assert.equal(await userinfo(body.access_token), 200);
    const headers = { "content-type": "application/json", "cf-connecting-ip": network(), ...somebody.headers };
    if (end === "logout") await post(`${stack.gateway}/v1/auth/logout`, { all: true }, headers);
    else await fetch(`${stack.gateway}/v1/users/me`, { method: "DELETE", headers });
    assert.equal(await userinfo(body.access_token), 401, end);
    const fresh = { grant_type: "refresh_token", refresh_token: String(body.refresh_token) };
    assert.equal((await form(stack, one, "/oauth/token", fresh)).body.error, "invalid_grant", end);
  }
});

test("an app that people let in before is let in without a question, but not for more", async () => {
  const one = await app(stack);
  const url = requestUrl(stack, one, pkce().challenge, { scope: "openid" });
  assert.equal((await decide(stack, url, who, "ask")).status, "consent_required");
  await allowed(stack, url, who);
  // At an address on the person's own machine an app with a secret is still known by it.
  assert.equal((await decide(stack, url, who, "ask")).status, "done");
  const more = requestUrl(stack, one, pkce().challenge, { scope: "openid use:ai" });
  assert.equal((await decide(stack, more, who, "ask")).status, "consent_required");
});
