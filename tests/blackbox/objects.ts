// For each path that names somebody's object: how to make one, so that tests can try to take another
// person's real object. Not here: what should become of that.

import { randomUUID } from "node:crypto";
import { change, type Person, type Stack } from "./harness.ts";
import { newKey } from "./keys-client.ts";
import { answerOf, social } from "./social-client.ts";

/** An identity at the simulated issuer; only an account whose address is verified can have one. */
async function linkedIdentity(stack: Stack, { id, headers }: Person): Promise<string> {
  await change(stack, "UPDATE users SET email_verified_at = 1 WHERE id = ?", [id]);
  const answer = await answerOf(stack, "simulated", { person: randomUUID() }, headers);
  const reply = await social(stack, "identities/complete", answer, headers);
  return ((await reply.json()) as { id: string }).id;
}

/** Makes an object of `owner` and gives its id, by path. */
export const OBJECTS: Readonly<Record<string, (stack: Stack, owner: Person) => Promise<string>>> = {
  "/v1/auth/identities/{id}": linkedIdentity,
  "/v1/keys/{id}": async (stack, owner) => (await newKey(stack, owner)).id,
};

/** The path with the id of a new object of `owner` where it names one. */
export async function pathOf(stack: Stack, path: string, owner: () => Promise<Person>): Promise<string> {
  if (!path.includes("{id}")) return path;
  const make = OBJECTS[path];
  if (make === undefined) throw new Error(`${path} has no entry in tests/blackbox/objects.ts`);
  return path.replace("{id}", await make(stack, await owner()));
}
