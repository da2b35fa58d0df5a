// What the tests of the provider share: an app registered with it, the person who lets it in without a browser, and
// a page at the app's own address. Not here: assertions, and the libraries of others.

import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { admin, type Person, post, type Stack } from "./harness.ts";

type Json = Readonly<Record<string, unknown>>;

/** An app as it knows itself. */
export interface App {
  readonly id: string;
  readonly secret: string | undefined;
}

/** Where the apps of these tests have the browser sent back to; nobody listens there. */
export const BACK = "http://localhost:5174/back";

/** What every app here may ask for. */
export const SCOPE = "openid profile email offline_access use:ai things:read";

let administrator: Promise<Person> | undefined;

/** Registers an app as an administrator does. */
export async function app(stack: Stack, but: Json = {}): Promise<App> {
  administrator ??= admin(stack);
  const wish = { client_name: "Loom", redirect_uris: [BACK], scope: SCOPE, ...but };
  const { headers } = await administrator;
  const reply = await post(`${stack.functions.oidc}/v1/oauth/clients`, wish, headers);
  const text = await reply.text();
  if (reply.status !== 201) throw new Error(`${reply.status}: ${text}`);
  const made = JSON.parse(text) as { client: { id: string }; client_secret: string | null };
  return { id: made.client.id, secret: made.client_secret ?? undefined };
}

/** What a person decides about a request, through the rows that the page calls. */
export async function decide(stack: Stack, url: string, who: Person, choice = "allow"): Promise<Json> {
  const shown = await fetch(url, { redirect: "manual" });
  const html = await shown.text();
  const ticket = /data-ticket="([^"]+)"/.exec(html)?.[1];
  if (ticket === undefined) throw new Error(`${shown.status} ${shown.headers.get("location")}: ${html}`);
  const body = { query: new URL(url).search.slice(1), ticket, choice };
  const reply = await post(`${stack.gateway}/v1/oauth/authorize`, body, who.headers);
  return (await reply.json()) as Json;
}

/** Where the browser goes once a person has let the app in. */
export async function allowed(stack: Stack, url: string, who: Person): Promise<URL> {
  const decided = await decide(stack, url, who);
  return new URL(String(decided.redirect_to));
}

/** A verifier and its challenge (RFC 7636). */
export function pkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString("base64url");
  return { verifier, challenge: createHash("sha256").update(verifier).digest("base64url") };
}

/** The address that an app sends the browser to. */
export function requestUrl(
  stack: Stack,
  { id }: App,
  challenge: string,
  but: Readonly<Record<string, string>> = {},
): string {
  const usual = { response_type: "code", client_id: id, redirect_uri: BACK, scope: "openid offline_access" };
  const proof = { state: "s", code_challenge: challenge, code_challenge_method: "S256" };
  return `${stack.gateway}/oauth/authorize?${new URLSearchParams({ ...usual, ...proof, ...but })}`;
}

/** A form to one of the provider's own endpoints, by an app with a secret or by its name alone. */
export function formCall(
  stack: Stack,
  { id, secret }: App,
  path: string,
  fields: Readonly<Record<string, string>>,
): Promise<Response> {
  const headers: Record<string, string> = {};
  const body = new URLSearchParams(fields);
  if (secret === undefined) body.set("client_id", id);
  else headers.authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
  // On the gateway's origin, which is the issuer of these tests.
  return fetch(stack.gateway + path, { method: "POST", headers, body });
}

/** `formCall`: status and JSON. */
export async function form(stack: Stack, one: App, path: string, fields: Readonly<Record<string, string>>) {
  const reply = await formCall(stack, one, path, fields);
  return { status: reply.status, body: (await reply.json()) as Json };
}

/** A code that a person lets an app have, and the form that exchanges it. */
export async function code(
  stack: Stack,
  one: App,
  who: Person,
  but: Readonly<Record<string, string>> = {},
): Promise<Record<string, string>> {
  const { verifier, challenge } = pkce();
  const url = await allowed(stack, requestUrl(stack, one, challenge, but), who);
  const given = { code: url.searchParams.get("code") ?? "", redirect_uri: but.redirect_uri ?? BACK };
  return { grant_type: "authorization_code", code_verifier: verifier, ...given };
}

/** An app's own page: what the browser was sent back with. */
export interface AppPage extends AsyncDisposable {
  readonly url: string;
  /** The first call, when it has come. */
  readonly called: Promise<URL>;
}

/** Listens at an address of its own on this machine. */
export async function appPage(): Promise<AppPage> {
  let come: (url: URL) => void = () => {};
  const called = new Promise<URL>((done) => {
    come = done;
  });
  const server: Server = createServer((request, reply) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    reply.setHeader("content-type", "text/html").end("<!doctype html><title>Back</title><h1>Back at the app</h1>");
    if (url.pathname === "/back") come(url);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  return { url: `http://127.0.0.1:${port}/back`, called, [Symbol.asyncDispose]: stop };
}
