// Organisations, their members and invitations, and administrators in somebody's place, for tests. Not here:
// assertions about what they may do.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { change, network, type Person, person, post, type Stack } from "./harness.ts";
import { letter } from "./mail-box.ts";

/** `/v1/organisations<path>` of the function itself. */
export function organisations(
  stack: Stack,
  who: Pick<Person, "headers">,
  method: string,
  path = "",
  body?: unknown,
): Promise<Response> {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = { "content-type": "application/json", "cf-connecting-ip": network(), ...who.headers };
  return fetch(`${stack.functions.organisations}/v1/organisations${path}`, { method, headers, ...init });
}

/** The JSON of a reply that must have this status. */
export async function reply<T>(of: Response | Promise<Response>, status = 200): Promise<T> {
  const answer = await of;
  const text = await answer.text();
  assert.equal(answer.status, status, text);
  return JSON.parse(text) as T;
}

/** A short name nobody else uses. */
export function slug(): string {
  return `o-${randomBytes(8).toString("hex")}`;
}

/** Makes an organisation; its id. */
export async function organisationOf(stack: Stack, owner: Pick<Person, "headers">): Promise<string> {
  const made = await reply<{ id: string }>(
    organisations(stack, owner, "POST", "", { name: "Acme", slug: slug() }),
    201,
  );
  return made.id;
}

/** Makes somebody a member, as accepting an invitation would. */
export async function joined(stack: Stack, organisation: string, who: Pick<Person, "id">, role: string): Promise<void> {
  const sql = "INSERT INTO members (organisation_id, user_id, role, joined_at) VALUES (?, ?, ?, ?)";
  await change(stack, sql, [organisation, who.id, role, Date.now()]);
}

/** Proves somebody's address. */
export async function proven(stack: Stack, who: Pick<Person, "id">): Promise<void> {
  await change(stack, "UPDATE users SET email_verified_at = 1 WHERE id = ?", [who.id]);
}

/** An open invitation. */
export interface Invitation {
  readonly id: string;
  readonly email: string;
  readonly role: string;
}

/** Invites somebody; only whose address is proven may. */
export async function invited(
  stack: Stack,
  by: Person,
  organisation: string,
  wish: Readonly<Record<string, unknown>> = {},
): Promise<Invitation> {
  await proven(stack, by);
  const body = { email: `${slug()}@example.com`, ...wish };
  return reply(organisations(stack, by, "POST", `/${organisation}/invitations`, body), 201);
}

/** Somebody new whose address is proven, and the token of an invitation that was mailed to them. */
export async function invitedBy(
  stack: Stack,
  by: Person,
  organisation: string,
): Promise<{ who: Person; token: string }> {
  const who = await person(stack);
  await proven(stack, who);
  await invited(stack, by, organisation, { email: who.email });
  return { who, token: (await letter(stack, who.email, "/invitation")).token };
}

/** An access token in somebody's place. */
export interface StandIn {
  readonly access_token: string;
  readonly session_id: string;
  readonly actor_id: string;
  readonly expires_in: number;
  readonly headers: { readonly authorization: string };
}

/** Lets an administrator act as somebody. */
export async function standIn(stack: Stack, admin: Pick<Person, "headers">, user: { id: string }): Promise<StandIn> {
  const url = `${stack.functions.guests}/v1/admin/users/${user.id}/impersonate`;
  const begun = await reply<StandIn>(post(url, { reason: "a test" }, admin.headers), 201);
  return { ...begun, headers: { authorization: `Bearer ${begun.access_token}` } };
}
