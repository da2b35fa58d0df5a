// Calling the accounts' rows on the function's own origin, where a test chooses
// the network it comes from. Not here: assertions about what they do.

import assert from "node:assert/strict";
import { network, post, type Stack } from "./harness.ts";

/** The reply that signs somebody in. */
export interface TokenReply {
  readonly user: {
    readonly id: string;
    /** Null for an account without an address. */
    readonly email: string | null;
    readonly name: string;
    readonly roles: readonly string[];
    readonly created_at: string;
  };
  readonly access_token: string;
  readonly token_type: string;
  readonly expires_in: number;
  readonly refresh_token: string;
  readonly refresh_expires_in: number;
}

/** A problem document. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly instance: string;
  readonly request_id: string;
  readonly errors?: readonly { readonly pointer: string; readonly code: string }[];
}

/** The function that answers a row: mailed links and guests have one of their own. */
export function ownerOf(row: string): "auth" | "links" | "guests" {
  if (row.startsWith("anonymous")) return "guests";
  return /^(?:email|password|magic)(?:\/|$)/.test(row) ? "links" : "auth";
}

/** `POST /v1/auth/<row>` from a network, by default one nobody else uses. */
export function auth(
  stack: Stack,
  row: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const from = { "cf-connecting-ip": network(), ...headers };
  return post(`${stack.functions[ownerOf(row)]}/v1/auth/${row}`, body, from);
}

/** `GET /v1/auth/<row>` with an access token. */
export function read(stack: Stack, row: string, token: string): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, "cf-connecting-ip": network() };
  return fetch(`${stack.functions.auth}/v1/auth/${row}`, { headers });
}

/** The tokens of a reply that must have this status. */
export async function tokens(reply: Response, status = 200): Promise<TokenReply> {
  const text = await reply.text();
  assert.equal(reply.status, status, text);
  return JSON.parse(text) as TokenReply;
}

/** The problem of a reply that must have this status and code. */
export async function problem(reply: Response, status: number, code: string): Promise<Problem> {
  const text = await reply.text();
  assert.equal(reply.status, status, text);
  assert.equal(reply.headers.get("content-type"), "application/problem+json");
  const body = JSON.parse(text) as Problem;
  assert.equal(body.code, code, text);
  assert.equal(body.status, status);
  return body;
}
