// Calling the rows of `social` and `wechat`, and the simulated services behind them as a person's phone or browser
// would. Not here: assertions about what they do.

import assert from "node:assert/strict";
import type { GithubScript } from "../simulator/github.ts";
import type { IssuerScript } from "../simulator/issuer.ts";
import { network, post, type Stack } from "./harness.ts";

/** `POST` to a row of `social`, on its own origin, from a network nobody else uses. */
export function social(
  stack: Stack,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const from = { "cf-connecting-ip": network(), ...headers };
  return post(`${stack.functions.social}/v1/auth/${path}`, body, from);
}

/** `POST` to a row of `wechat`, in the same way. */
export function wechat(
  stack: Stack,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const from = { "cf-connecting-ip": network(), ...headers };
  return post(`${stack.functions.wechat}/v1/auth/${path}`, body, from);
}

/** What the phone may be told to do. */
export interface Phone {
  readonly person?: string;
  readonly app_id?: string;
  /** Whether the app belongs to an Open Platform account: then a unionid is told. */
  readonly bound?: boolean;
  /** How long ago the code was made. */
  readonly age_s?: number;
  /** The `errcode` that is answered instead. */
  readonly fault?: number;
  readonly number?: string;
  readonly country?: string;
}

/** A code of `wx.login`, or of the button that asks for the telephone number. */
export async function wechatCode(stack: Stack, kind: "login" | "phone", phone: Phone = {}): Promise<string> {
  const reply = await post(`${stack.simulator}/wechat/_sim/${kind}`, phone);
  assert.equal(reply.status, 200);
  return ((await reply.json()) as { code: string }).code;
}

/** The client's page in these tests; nobody listens there. */
export const PAGE = "http://localhost:5173/signed-in";

/** A sign-in that a client has begun. */
export interface Begun {
  readonly authorization_url: string;
  readonly binding: string;
  readonly expires_in: number;
}

/** What a client sends to complete it. */
export interface Answer {
  readonly state: string;
  readonly code: string;
  readonly iss?: string;
  readonly binding: string;
}

/** Begins to sign in, or, with somebody's headers, to link an identity. */
export async function begin(
  stack: Stack,
  provider: string,
  headers?: Readonly<Record<string, string>>,
): Promise<Begun> {
  const reply =
    headers === undefined
      ? await social(stack, `oauth/${provider}`, { redirect_to: PAGE })
      : await social(stack, "identities", { provider, redirect_to: PAGE }, headers);
  assert.equal(reply.status, 200, await reply.clone().text());
  return (await reply.json()) as Begun;
}

/** The browser at the provider: where it is sent back to. */
export async function visit(begun: Begun, script: IssuerScript | GithubScript = {}): Promise<string> {
  const url = `${begun.authorization_url}&_sim=${encodeURIComponent(JSON.stringify(script))}`;
  const reply = await fetch(url, { redirect: "manual" });
  assert.equal(reply.status, 302, await reply.text());
  return reply.headers.get("location") ?? "";
}

/** The browser at our callback: what the client's page finds behind `#`. */
export async function comeBack(begun: Begun, callback: string): Promise<Answer> {
  const reply = await fetch(callback, { redirect: "manual" });
  assert.equal(reply.status, 303, await reply.text());
  const [page, fragment] = (reply.headers.get("location") ?? "").split("#");
  assert.equal(page, PAGE);
  return { ...(Object.fromEntries(new URLSearchParams(fragment)) as unknown as Answer), binding: begun.binding };
}

/** A whole sign-in up to what the client sends to complete it. */
export async function answerOf(
  stack: Stack,
  provider: string,
  script: IssuerScript | GithubScript = {},
  headers?: Readonly<Record<string, string>>,
): Promise<Answer> {
  const begun = await begin(stack, provider, headers);
  return comeBack(begun, await visit(begun, script));
}
