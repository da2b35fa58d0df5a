// One-time values of the OpenID Connect provider, ready to be raced: codes, refresh tokens and device codes of an app
// that a person has allowed. Not here: what should become of the race (`one-time.test.ts`).

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { json } from "./factors-client.ts";
import { admin, network, type Person, person, post, type Stack } from "./harness.ts";

const DEVICE = "urn:ietf:params:oauth:grant-type:device_code";
const BACK = "https://app.example/cb";

/** A form to a row for apps, by an app without a secret. */
function form(stack: Stack, path: string, fields: Readonly<Record<string, string>>): Promise<Response> {
  const headers = { "content-type": "application/x-www-form-urlencoded", "cf-connecting-ip": network() };
  const body = new URLSearchParams(fields).toString();
  return fetch(`${stack.functions.oidc}${path}`, { method: "POST", headers, body });
}

function asPerson(stack: Stack, path: string, who: Person, body: unknown): Promise<Response> {
  return post(`${stack.functions.oidc}${path}`, body, { ...who.headers, "cf-connecting-ip": network() });
}

/** Registers an app without a secret. */
async function app(stack: Stack, wish: object): Promise<string> {
  const all = { client_name: "Race", token_endpoint_auth_method: "none", redirect_uris: [], ...wish };
  const made = await json(await asPerson(stack, "/v1/oauth/clients", await admin(stack), all), 201);
  return (made.client as { id: string }).id;
}

/** A fresh code; what comes back exchanges it. */
export async function codeRace(stack: Stack): Promise<() => Promise<Response>> {
  const [client_id, who] = [await app(stack, { redirect_uris: [BACK] }), await person(stack)];
  const code_verifier = randomBytes(32).toString("base64url");
  const query = new URLSearchParams({
    response_type: "code",
    client_id,
    redirect_uri: BACK,
    scope: "openid offline_access",
    state: "state",
    code_challenge: createHash("sha256").update(code_verifier).digest("base64url"),
    code_challenge_method: "S256",
  }).toString();
  const page = await (await fetch(`${stack.functions.oidc}/oauth/authorize?${query}`)).text();
  const [, ticket] = /data-ticket="([^"]+)"/.exec(page) ?? [];
  const decision = { query, ticket, choice: "allow" };
  const decided = await json(await asPerson(stack, "/v1/oauth/authorize", who, decision));
  const code = new URL(String(decided.redirect_to)).searchParams.get("code");
  assert.ok(code, JSON.stringify(decided));
  const fields = { grant_type: "authorization_code", code, redirect_uri: BACK, client_id, code_verifier };
  return () => form(stack, "/oauth/token", fields);
}

/** A device that its person has allowed; what comes back asks for its tokens. */
export async function deviceRace(stack: Stack): Promise<() => Promise<Response>> {
  const client_id = await app(stack, { grant_types: [DEVICE] });
  const begun = await json(await form(stack, "/oauth/device", { client_id, scope: "openid" }));
  const decision = { user_code: begun.user_code, choice: "allow" };
  await json(await asPerson(stack, "/v1/oauth/device", await person(stack), decision));
  const fields = { grant_type: DEVICE, device_code: String(begun.device_code), client_id };
  return () => form(stack, "/oauth/token", fields);
}
