// The public keys: they verify our access tokens and nothing else does. Verified
// here with Node's own cryptography, not with ours.

import assert from "node:assert/strict";
import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { test } from "node:test";
import { problem, read } from "./auth-client.ts";
import { person, shared } from "./harness.ts";

const stack = shared();

async function keys(): Promise<(JsonWebKey & { kid: string })[]> {
  const reply = await fetch(`${stack.gateway}/.well-known/jwks.json`);
  return ((await reply.json()) as { keys: (JsonWebKey & { kid: string })[] }).keys;
}

function decoded(token: string): {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
} {
  const [header = "", claims = ""] = token.split(".");
  const json = (part: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
  return { header: json(header), claims: json(claims) };
}

test("the key set is public, may be kept, and holds two public keys", async () => {
  const reply = await fetch(`${stack.gateway}/.well-known/jwks.json`);
  assert.equal(reply.status, 200);
  assert.equal(reply.headers.get("content-type"), "application/json");
  assert.equal(reply.headers.get("cache-control"), "public, max-age=300");
  assert.match(reply.headers.get("etag") ?? "", /^"[0-9a-f]{32}"$/);
  const { keys } = (await reply.json()) as { keys: Record<string, unknown>[] };
  assert.equal(keys.length, 2);
  for (const key of keys) {
    assert.deepEqual(Object.keys(key).sort(), ["alg", "crv", "kid", "kty", "use", "x"]);
    assert.deepEqual([key.kty, key.crv, key.alg, key.use], ["OKP", "Ed25519", "EdDSA", "sig"]);
  }
  assert.notEqual(keys[0]?.kid, keys[1]?.kid);
});

test("the key set is 304 to who has it", async () => {
  const url = `${stack.functions.auth}/.well-known/jwks.json`;
  const tag = (await fetch(url)).headers.get("etag") ?? "";
  const reply = await fetch(url, { headers: { "if-none-match": tag }, cache: "no-store" });
  assert.deepEqual([reply.status, await reply.text(), reply.headers.get("etag")], [304, "", tag]);
});

test("an access token is verified by the key its header names, and by no other", async () => {
  const { access_token } = await person();
  const { header } = decoded(access_token);
  assert.equal(header.alg, "EdDSA");
  assert.equal(header.typ, "at+jwt");
  const at = access_token.lastIndexOf(".");
  const signed = Buffer.from(access_token.slice(0, at));
  const signature = Buffer.from(access_token.slice(at + 1), "base64url");
  for (const key of await keys()) {
    const verified = verify(null, signed, createPublicKey({ key, format: "jwk" }), signature);
    assert.equal(verified, key.kid === header.kid, key.kid);
  }
});

test("an access token says who, which session, by whom, for whom and until when", async () => {
  const someone = await person();
  const { claims } = decoded(someone.access_token);
  assert.deepEqual(Object.keys(claims).sort(), [
    ...["aud", "email", "epoch", "exp", "iat", "iss", "jti", "permissions", "roles", "sid", "sub"],
  ]);
  assert.equal(claims.sub, someone.id);
  assert.equal(claims.iss, claims.aud);
  assert.match(String(claims.sid), /^ses_/);
  assert.match(String(claims.jti), /^tok_/);
  assert.equal(Number(claims.exp) - Number(claims.iat), 600);
});

test("a token that was changed, or that names no algorithm, is refused by every function", async () => {
  const { access_token } = await person();
  const [header = "", claims = "", signature = ""] = access_token.split(".");
  const written = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const decodedToken = decoded(access_token);
  const admin = written({ ...decodedToken.claims, roles: ["admin"], permissions: ["*:*"] });
  const none = written({ ...decodedToken.header, alg: "none" });
  const symmetric = written({ ...decodedToken.header, alg: "HS256" });
  const forged = [
    `${header}.${admin}.${signature}`,
    `${none}.${claims}.`,
    `${none}.${claims}.${signature}`,
    `${symmetric}.${claims}.${signature}`,
    `${header}.${claims}.${signature.slice(0, -4)}AAAA`,
    `${header}.${claims}`,
    access_token.slice(0, 100),
    `${access_token}${"A".repeat(5_000)}`,
  ];
  for (const token of forged) {
    await problem(await read(stack, "token", token), 401, "unauthenticated");
    const headers = { authorization: `Bearer ${token}` };
    await problem(await fetch(`${stack.functions.usage}/v1/usage`, { headers }), 401, "unauthenticated");
    const models = await fetch(`${stack.functions.ai}/v1/models`, { headers });
    assert.equal(models.status, 401);
    await models.arrayBuffer();
  }
});

test("one access token opens every function", async () => {
  const { headers, access_token } = await person();
  for (const url of [`${stack.functions.usage}/v1/usage`, `${stack.functions.ai}/v1/models`]) {
    const reply = await fetch(url, { headers });
    assert.equal(reply.status, 200, url);
    await reply.arrayBuffer();
  }
  const key = await fetch(`${stack.functions.ai}/v1/models`, {
    headers: { "x-api-key": access_token },
  });
  assert.equal(key.status, 200);
  await key.arrayBuffer();
});
