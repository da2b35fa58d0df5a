// Calling the rows of the second factor on the function's own origin, and an
// authenticator app. Not here: assertions about what they do.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { auth } from "./auth-client.ts";
import { change, network, type Person, person, post, type Stack } from "./harness.ts";

/** Seconds of a time step, RFC 6238. */
const STEP_S = 30;

/** An authenticator app with this secret in base 32. */
export class App {
  readonly #secret: Buffer;

  constructor(base32: string) {
    const bits = [...base32].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter));
    const text = bits.map((digit) => digit.toString(2).padStart(5, "0")).join("");
    this.#secret = Buffer.from((text.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  }

  /** What it shows so many steps from now (RFC 4226 §5.3). */
  code(steps = 0): string {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 1000 / STEP_S) + steps));
    const hash = createHmac("sha1", this.#secret).update(counter).digest();
    const number = hash.readUInt32BE((hash.at(-1) ?? 0) & 15) & 0x7fffffff;
    return String(number % 1_000_000).padStart(6, "0");
  }

  /** Six digits that it does not show for some minutes. */
  wrong(): string {
    const near = new Set([-2, -1, 0, 1, 2, 3, 4].map((steps) => this.code(steps)));
    for (let n = 0; ; n++) {
      const code = String(n).padStart(6, "0");
      if (!near.has(code)) return code;
    }
  }
}

/** Somebody with a second factor. */
export interface Guarded {
  readonly who: Person;
  readonly app: App;
  readonly recovery: readonly string[];
}

/** `POST /v1/auth/<row>` of the function, from a network nobody else uses. */
export function factors(stack: Stack, row: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  return post(`${stack.functions.factors}/v1/auth/${row}`, body, { "cf-connecting-ip": network(), ...headers });
}

/** `POST /v1/auth/<row>` of the passkeys, from a network nobody else uses. */
export function passkeys(stack: Stack, row: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  return post(`${stack.functions.passkeys}/v1/auth/${row}`, body, { "cf-connecting-ip": network(), ...headers });
}

/** The reply's body, whose status must be this. */
export async function json(reply: Response, status = 200): Promise<Record<string, unknown>> {
  const text = await reply.text();
  assert.equal(reply.status, status, text);
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

/** Lets every code be taken again: tests cannot wait for the next time step. */
export function rewind(stack: Stack, { who }: Guarded): Promise<void> {
  return change(stack, "UPDATE totp_factors SET last_step = 0 WHERE user_id = ?", [who.id]);
}

/** Registers somebody and turns a second factor on; all codes can be taken. */
export async function guarded(stack: Stack): Promise<Guarded> {
  const who = await person(stack);
  const { secret } = await json(await factors(stack, "mfa/totp", {}, who.headers));
  const app = new App(String(secret));
  const on = await json(await factors(stack, "mfa/totp/confirm", { code: app.code() }, who.headers));
  const one = { who, app, recovery: on.recovery_codes as string[] };
  await rewind(stack, one);
  return one;
}

/** The first half of a sign-in with the password: its pending token. */
export async function pending(stack: Stack, { who }: Guarded): Promise<string> {
  const { email, password } = who;
  const said = await json(await auth(stack, "login", { email, password }));
  assert.deepEqual(Object.keys(said).sort(), ["methods", "pending_token", "status"]);
  assert.equal(said.status, "mfa_required");
  return String(said.pending_token);
}

/** The second half. */
export function verify(
  stack: Stack,
  token: string,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return factors(stack, "mfa/verify", { pending_token: token, code }, headers);
}
