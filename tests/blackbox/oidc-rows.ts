// How each row of the provider succeeds, for the test that counts round trips. Not here: what should come of it.

import { admin, network, type Person, person, post, type Stack } from "./harness.ts";
import { type App, app, BACK, code, decide, formCall, pkce, requestUrl } from "./oidc-client.ts";

const DEVICE = "urn:ietf:params:oauth:grant-type:device_code";

/** The tokens that somebody let an app have. */
async function tokens(stack: Stack, one: App): Promise<Readonly<Record<string, string>>> {
  const reply = await formCall(stack, one, "/oauth/token", await code(stack, one, await person(stack)));
  return (await reply.json()) as Record<string, string>;
}

/** A row of administrators, about an app of its own. */
async function asAdmin(stack: Stack, method: string, rest = "", body?: unknown): Promise<Response> {
  const { headers } = await admin(stack);
  const path = `/v1/oauth/clients${rest.includes("{id}") ? rest.replace("{id}", (await app(stack)).id) : rest}`;
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const all = { "content-type": "application/json", ...headers };
  return fetch(stack.functions.oidc + path, { method, headers: all, ...init });
}

/** The page of a request, and the form of one. */
async function shown(stack: Stack, method: string): Promise<Response> {
  const [url = "", query = ""] = requestUrl(stack, await app(stack), pkce().challenge).split("?");
  return method === "GET" ? fetch(`${url}?${query}`) : fetch(url, { method, body: new URLSearchParams(query) });
}

async function consented(stack: Stack): Promise<{ who: Person; id: string }> {
  const who = await person(stack);
  await decide(stack, requestUrl(stack, await app(stack), pkce().challenge), who);
  const reply = await fetch(`${stack.functions.oidc}/v1/oauth/consents`, { headers: who.headers });
  const { data } = (await reply.json()) as { data: { id: string }[] };
  return { who, id: data[0]?.id ?? "" };
}

async function aboutToken(stack: Stack, path: string): Promise<Response> {
  const one = await app(stack);
  const { access_token = "" } = await tokens(stack, one);
  return formCall(stack, one, path, { token: access_token });
}

async function userinfo(stack: Stack, method: string): Promise<Response> {
  const { access_token } = await tokens(stack, await app(stack));
  return fetch(`${stack.gateway}/oauth/userinfo`, { method, headers: { authorization: `Bearer ${access_token}` } });
}

async function device(stack: Stack): Promise<Response> {
  const one = await app(stack, { grant_types: [DEVICE], redirect_uris: [] });
  return formCall(stack, one, "/oauth/device", { scope: "openid" });
}

/** What a person decides on the page of a request. */
async function decision(stack: Stack): Promise<Response> {
  const url = requestUrl(stack, await app(stack), pkce().challenge);
  const ticket = /data-ticket="([^"]+)"/.exec(await (await fetch(url)).text())?.[1];
  const body = { query: new URL(url).search.slice(1), ticket, choice: "allow" };
  return post(`${stack.gateway}/v1/oauth/authorize`, body, (await person(stack)).headers);
}

/** How an operation of the provider succeeds that is more than a `GET` by somebody signed in. */
export function oidcCalls(stack: Stack): Readonly<Record<string, () => Promise<Response>>> {
  const wish = { client_name: "Loom", redirect_uris: [BACK] };
  return {
    "GET /oauth/authorize": () => shown(stack, "GET"),
    "POST /oauth/authorize": () => shown(stack, "POST"),
    "POST /oauth/token": async () => {
      const one = await app(stack);
      return formCall(stack, one, "/oauth/token", await code(stack, one, await person(stack)));
    },
    "GET /oauth/userinfo": () => userinfo(stack, "GET"),
    "POST /oauth/userinfo": () => userinfo(stack, "POST"),
    "POST /oauth/introspect": () => aboutToken(stack, "/oauth/introspect"),
    "POST /oauth/revoke": () => aboutToken(stack, "/oauth/revoke"),
    "POST /oauth/device": () => device(stack),
    "POST /oauth/register": () =>
      post(`${stack.functions.oidc}/oauth/register`, wish, { "cf-connecting-ip": network() }),
    "POST /v1/oauth/authorize": () => decision(stack),
    "POST /v1/oauth/device": async () => {
      const { user_code } = (await (await device(stack)).json()) as { user_code: string };
      const headers = { "cf-connecting-ip": network(), ...(await person(stack)).headers };
      return post(`${stack.functions.oidc}/v1/oauth/device`, { user_code, choice: "allow" }, headers);
    },
    "DELETE /v1/oauth/consents/{id}": async () => {
      const { who, id } = await consented(stack);
      return fetch(`${stack.functions.oidc}/v1/oauth/consents/${id}`, { method: "DELETE", headers: who.headers });
    },
    "POST /v1/oauth/clients": () => asAdmin(stack, "POST", "", wish),
    "GET /v1/oauth/clients": () => asAdmin(stack, "GET"),
    "GET /v1/oauth/clients/{id}": () => asAdmin(stack, "GET", "/{id}"),
    "PUT /v1/oauth/clients/{id}": () => asAdmin(stack, "PUT", "/{id}", wish),
    "DELETE /v1/oauth/clients/{id}": () => asAdmin(stack, "DELETE", "/{id}"),
    "POST /v1/oauth/clients/{id}/secret": () => asAdmin(stack, "POST", "/{id}/secret", {}),
  };
}
