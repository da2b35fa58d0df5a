// For each path that names somebody's object: how to make one, so that tests can try to take another
// person's real object. Not here: what should become of that.

import { randomUUID } from "node:crypto";
import { idleAnalysis } from "./analyses-client.ts";
import { doneRun, evaluationOf, idleTuning, itemOf, runWish } from "./evaluations-client.ts";
import { admin, change, type Person, query, type Stack } from "./harness.ts";

import { fileOf, idleBatch, shares } from "./jobs-client.ts";
import { newKey } from "./keys-client.ts";
import { limits } from "./limits-client.ts";
import { app, decide, pkce, requestUrl } from "./oidc-client.ts";
import { invited, organisationOf, organisations, reply } from "./organisations-client.ts";
import { changed, registered } from "./registry-client.ts";
import { answerOf, social } from "./social-client.ts";
import { callOf, conversationOf, promptOf, said, VERSION } from "./talk-client.ts";
import { begun } from "./uploads-client.ts";

/** An identity at the simulated issuer; only an account whose address is verified can have one. */
async function linkedIdentity(stack: Stack, { id, headers }: Person): Promise<string> {
  await change(stack, "UPDATE users SET email_verified_at = 1 WHERE id = ?", [id]);
  const answer = await answerOf(stack, "simulated", { person: randomUUID() }, headers);
  const reply = await social(stack, "identities/complete", answer, headers);
  return ((await reply.json()) as { id: string }).id;
}

/** A registered passkey, written as the function writes it: only a browser could make a real one. */
async function passkey(stack: Stack, owner: Person): Promise<string> {
  const id = `pky_${crypto.randomUUID()}`;
  const sql = `INSERT INTO passkeys (id, user_id, credential_id, public_key, counter, backed_up, created_at)
    VALUES (?, ?, ?, 'AA', 0, 0, ?)`;
  await change(stack, sql, [id, owner.id, id, Date.now()]);
  return id;
}

/** What somebody let an app do. */
async function consent(stack: Stack, owner: Person): Promise<string> {
  await decide(stack, requestUrl(stack, await app(stack), pkce().challenge), owner);
  return String(query(stack, "SELECT id FROM oauth_consents WHERE user_id = ?", [owner.id])[0]?.id);
}

/** Makes an object of `owner` and gives its id, by path. */
export const OBJECTS: Readonly<Record<string, (stack: Stack, owner: Person) => Promise<string>>> = {
  "/v1/auth/passkeys/{id}": passkey,
  "/v1/auth/sessions/{id}": async (stack, owner) => session(stack, owner),
  "/v1/auth/identities/{id}": linkedIdentity,
  "/v1/keys/{id}": async (stack, owner) => (await newKey(stack, owner)).id,
  "/v1/oauth/consents/{id}": consent,
  // An app is nobody's: administrators look after all of them.
  "/v1/oauth/clients/{id}": async (stack) => (await app(stack)).id,
  // A provider is nobody's: administrators look after all of them.
  "/v1/admin/ai/providers/{id}": registered,
  "/v1/admin/users/{id}": async (_, owner) => owner.id,
  "/v1/organisations/{id}": organisationOf,
  "/v1/prompts/{id}": promptOf,
  "/v1/conversations/{id}": conversationOf,
  "/v1/calls/{id}": callOf,
  "/v1/uploads/{id}": (stack, owner) => begun(stack, owner, 3),
  "/v1/tus/{id}": (stack, owner) => begun(stack, owner, 3),
  "/v1/files/{id}": (stack, owner) => fileOf(stack, owner),
  "/v1/batches/{id}": idleBatch,
  "/v1/analyses/{id}": (stack, owner) => idleAnalysis(stack, owner),
  "/v1/evals/{id}": evaluationOf,
  "/v1/fine_tuning/jobs/{id}": idleTuning,
  "/v1/admin/ai/calls/{id}": callOf,
};

function session(stack: Stack, { id }: Person): string {
  const [row] = query(stack, "SELECT id FROM sessions WHERE user_id = ?", [id]);
  return String(row?.id);
}

/** What stands in the places of a path behind `{id}`: something in that object. */
async function within(stack: Stack, path: string, id: string, owner: Person): Promise<string> {
  let whole = path.replace("{user_id}", owner.id);
  if (whole.includes("{role}")) {
    // One of its own: built-in roles are nobody's to delete.
    await reply(organisations(stack, owner, "PUT", `/${id}/roles/clerk`, { permissions: [] }));
    whole = whole.replace("{role}", "clerk");
  }
  if (whole.includes("{invitation_id}")) {
    whole = whole.replace("{invitation_id}", (await invited(stack, owner, id)).id);
  }
  if (whole.includes("{scope}")) {
    const scope = `user:${owner.id}`;
    whole = whole.replace("{scope}", scope);
    // What is there can be read and taken away.
    await reply(limits(stack, owner, "PUT", `/v1/organisations/${id}/limits/${scope}`, { rpm: 1000 }));
  }
  if (whole.includes("{message_id}")) {
    whole = whole.replace("{message_id}", (await said(stack, owner, id, "hello")).answer.id);
  }
  if (whole.includes("{run_id}")) {
    const run = await doneRun(stack, id);
    whole = whole.replace("{run_id}", run).replace("{item_id}", itemOf(run));
  }
  if (whole.includes("{key_id}")) {
    const added = await changed(stack, await admin(stack), "POST", `/providers/${id}/keys`, { key: "sk-of-a-test" });
    whole = whole.replace("{key_id}", String(added.id));
  }
  if (whole.includes("{with}")) {
    whole = whole.replace("{with}", "somebody@example.com");
    // What is there can be taken away.
    await reply(shares(stack, owner, "PUT", `${id}/shares/somebody@example.com`));
  }
  if (whole.includes("{link_id}")) {
    const link = await reply<{ id: string }>(shares(stack, owner, "POST", `${id}/links`, { expires_in: 60 }), 201);
    whole = whole.replace("{link_id}", link.id);
  }
  return whole.replace("{spec}", "w320,webp").replace("{version}", "1").replace("{label}", "production");
}

/** The path with the id of a new object of `owner` where it names one. */
export async function pathOf(stack: Stack, path: string, owner: () => Promise<Person>): Promise<string> {
  if (!path.includes("{id}")) return path;
  const make = OBJECTS[path.slice(0, path.indexOf("}") + 1)];
  if (make === undefined) throw new Error(`${path} has no entry in tests/blackbox/objects.ts`);
  const who = await owner();
  const id = await make(stack, who);
  return within(stack, path.replace("{id}", id), id, who);
}

/** Bodies that fit a row whose handler is to decide: where the body is refused first, nothing is tried. */
export const BODIES: Readonly<Record<string, unknown>> = {
  "PATCH /v1/organisations/{id}/members/{user_id}": { role: "owner" },
  "PUT /v1/organisations/{id}/roles/{role}": { permissions: [] },
  "PUT /v1/organisations/{id}/limits/{scope}": { rpm: 1 },
  "POST /v1/organisations/{id}/invitations": { email: "somebody@example.com" },
  "POST /v1/prompts/{id}/versions": VERSION,
  "PUT /v1/prompts/{id}/labels/{label}": { version: 1 },
  "POST /v1/conversations/{id}/messages": { content: "hello" },
  "PUT /v1/conversations/{id}/messages/{message_id}/feedback": { rating: "up" },
  "PUT /v1/calls/{id}/feedback": { rating: "up" },
  "POST /v1/uploads/{id}/complete": { part_ids: ["part_1"] },
  "POST /v1/uploads/{id}/direct/complete": { parts: [{ number: 1, etag: "none" }] },
  "POST /v1/files/{id}/variants": { variant: { width: 320 } },
  "POST /v1/evals/{id}/runs": runWish(["hello"], "hello"),
  // Not one that is taken: other tests have registered something.
  "PUT /v1/admin/ai/registry": { nothing: [] },
  "POST /v1/files/{id}/links": { expires_in: 60 },
  "POST /v1/admin/users/{id}/impersonate": { reason: "a test" },
};
