// Who calls. Equal to shared/src/auth: a bearer token (or `X-Api-Key`), Ed25519 with the key its
// header names, `typ`, issuer, audience and expiry; verified tokens are kept in the isolate, in two
// generations of 512. The signature is checked by WebCrypto, as a Worker in JavaScript would.

import { callerOfKey } from "./key.js";
import { Problem } from "./problem.js";

const LONGEST_TOKEN = 4096;
const GENERATION = 512;

let young = new Map();
let old = new Map();
let keys;

function readKeys(env) {
  const { keys: set = [] } = JSON.parse(env.AUTH_JWKS || "{}");
  const usable = set.filter((jwk) => jwk.crv === "Ed25519");
  return new Map(usable.map((jwk) => [jwk.kid, crypto.subtle.importKey("jwk", jwk, "Ed25519", false, ["verify"])]));
}

function bearer(headers) {
  const [scheme, token] = (headers.get("authorization") ?? "").split(" ", 2);
  if (token !== undefined && scheme.toLowerCase() === "bearer") return token;
  return headers.get("x-api-key") ?? "";
}

const fromBase64url = (text) => Uint8Array.fromBase64(text, { alphabet: "base64url" });
const part = (text) => JSON.parse(new TextDecoder().decode(fromBase64url(text)));

async function verify(env, token, nowMs) {
  const [header, body, signature, ...rest] = token.split(".");
  if (signature === undefined || rest.length > 0) return null;
  const { alg, kid, typ } = part(header);
  keys ??= readKeys(env);
  const key = await keys.get(kid);
  if (alg !== "EdDSA" || typ !== "at+jwt" || key === undefined) return null;
  const signed = new TextEncoder().encode(`${header}.${body}`);
  if (!(await crypto.subtle.verify("Ed25519", key, fromBase64url(signature), signed))) return null;
  const claims = part(body);
  const own = claims.iss === env.JWT_ISSUER && claims.aud === env.JWT_ISSUER;
  const mature = claims.nbf === undefined || claims.nbf * 1000 <= nowMs;
  return own && mature && typeof claims.exp === "number" ? { claims, expiresMs: claims.exp * 1000 } : null;
}

function remember(token, caller) {
  if (young.size >= GENERATION) {
    old = young;
    young = new Map();
  }
  young.set(token, caller);
}

const refused = (error) =>
  new Problem("unauthenticated", { headers: { "WWW-Authenticate": `Bearer error="${error}"` } });

/** The caller of a request, or 401. */
export async function callerOf(cx) {
  const { env, now: nowMs } = cx;
  const token = bearer(cx.request.headers);
  if (token === "") throw refused("invalid_request");
  if (token.startsWith("sk-")) return callerOfKey(cx, token, cx.row.scope);
  if (token.length > LONGEST_TOKEN) throw refused("invalid_token");
  let caller = young.get(token) ?? old.get(token);
  if (caller === undefined) {
    caller = await verify(env, token, nowMs).catch(() => null);
    if (caller === null) throw refused("invalid_token");
    remember(token, caller);
  }
  if (nowMs >= caller.expiresMs) throw refused("invalid_token");
  return caller;
}
