// Making API keys, and calling with them. Not here: assertions about what keys may do.

import assert from "node:assert/strict";
import { network, type Person, type Stack } from "./harness.ts";

/** An API key as its owner sees it. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly ending: string;
  readonly scopes: readonly string[];
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
  readonly models: readonly string[] | null;
  readonly budget_nano_usd: number | null;
  readonly rpm: number | null;
  readonly spent_nano_usd: number | null;
  readonly reserved_nano_usd: number | null;
}

/** One that was just made, with its text. */
export interface NewApiKey extends ApiKey {
  readonly key: string;
}

/** Every scope there is. */
export const SCOPES = ["use:ai", "read:usage", "use:files"] as const;

/** `<method> /v1/keys<path>` of the function itself. */
export function keys(
  stack: Stack,
  who: Pick<Person, "headers">,
  method: string,
  path = "",
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const all = { "content-type": "application/json", "cf-connecting-ip": network(), ...who.headers, ...headers };
  return fetch(`${stack.functions.users}/v1/keys${path}`, { method, headers: all, ...init });
}

/** Makes a key. */
export async function newKey(
  stack: Stack,
  who: Pick<Person, "headers">,
  wish: Readonly<Record<string, unknown>> = {},
): Promise<NewApiKey> {
  const reply = await keys(stack, who, "POST", "", { name: "of a test", ...wish });
  const text = await reply.text();
  assert.equal(reply.status, 201, text);
  return JSON.parse(text) as NewApiKey;
}

/** The headers of a call with this key, from a network nobody else uses. */
export function bearing(key: string): { authorization: string; "cf-connecting-ip": string } {
  return { authorization: `Bearer ${key}`, "cf-connecting-ip": network() };
}
