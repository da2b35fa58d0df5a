// A machine client that signs its requests by RFC 9421, with a library that knows nothing of this backend. Not here:
// assertions about what is let in.

import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { httpbis } from "http-message-signatures";
import { network, type Person, type Stack } from "./harness.ts";
import { newKey } from "./keys-client.ts";

/** A key of somebody's, with the private half that only the client has. */
export interface SigningKey {
  readonly id: string;
  readonly privateKey: KeyObject;
}

/** A fresh pair: the public half in PEM, as `openssl` writes it, and as a JSON Web Key has it. */
export function pair(): { privateKey: KeyObject; pem: string; x: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const pem = publicKey.export({ format: "pem", type: "spki" }).toString();
  return { privateKey, pem, x: publicKey.export({ format: "jwk" }).x ?? "" };
}

/** Makes a key that signs. */
export async function signingKey(
  stack: Stack,
  who: Pick<Person, "headers">,
  wish: Readonly<Record<string, unknown>> = {},
): Promise<SigningKey> {
  const { privateKey, pem } = pair();
  const { id } = await newKey(stack, who, { public_key: pem, ...wish });
  return { id, privateKey };
}

/** A request, before it is signed. */
export interface Wish {
  readonly method?: string;
  readonly body?: string;
  readonly fields?: readonly string[];
  readonly nonce?: string;
  /** Milliseconds since 1970. */
  readonly created?: number;
  readonly alg?: string;
  readonly digest?: "sha-256" | "sha-512";
}

/** A signed request, ready to be sent as it is, or changed first. */
export interface Signed {
  readonly method: string;
  readonly url: string;
  readonly body: string | undefined;
  readonly headers: Record<string, string>;
}

/** `Content-Digest` of a body (RFC 9530 §2). */
export function contentDigest(body: string, how: "sha-256" | "sha-512" = "sha-256"): string {
  return `${how}=:${createHash(how.replace("-", "")).update(body).digest("base64")}:`;
}

/** Signs a request. */
export async function signed(key: SigningKey, url: string, wish: Wish = {}): Promise<Signed> {
  const { body, method = body === undefined ? "GET" : "POST" } = wish;
  const headers: Record<string, string> = { "cf-connecting-ip": network() };
  if (body !== undefined) {
    headers["content-type"] = "application/json";
    headers["content-digest"] = contentDigest(body, wish.digest);
  }
  const usual = ["@method", "@target-uri", ...(body === undefined ? [] : ["content-digest"])];
  const config = {
    key: {
      id: key.id,
      alg: wish.alg ?? "ed25519",
      sign: async (data: Buffer) => sign(null, data, key.privateKey),
    },
    name: "sig1",
    params: ["created", "keyid", "alg", "nonce"],
    fields: [...(wish.fields ?? usual)],
    paramValues: {
      created: new Date(wish.created ?? Date.now()),
      nonce: wish.nonce ?? randomBytes(16).toString("base64url"),
    },
  };
  const request = await httpbis.signMessage(config, { method, url, headers });
  return { method, url, body, headers: request.headers as Record<string, string> };
}

/** Sends it. */
export function send({ method, url, body, headers }: Signed): Promise<Response> {
  return fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
}
