// For each path that names somebody's object: how to make one, so that tests can try to take another
// person's real object. Not here: what should become of that.

import { change, type Person, type Stack } from "./harness.ts";
import { newKey } from "./keys-client.ts";

/** A registered passkey, written as the function writes it: only a browser could make a real one. */
async function passkey(stack: Stack, owner: Person): Promise<string> {
  const id = `pky_${crypto.randomUUID()}`;
  const sql = `INSERT INTO passkeys (id, user_id, credential_id, public_key, counter, backed_up, created_at)
    VALUES (?, ?, ?, 'AA', 0, 0, ?)`;
  await change(stack, sql, [id, owner.id, id, Date.now()]);
  return id;
}

/** Makes an object of `owner` and gives its id, by path. */
export const OBJECTS: Readonly<Record<string, (stack: Stack, owner: Person) => Promise<string>>> = {
  "/v1/auth/passkeys/{id}": passkey,
  "/v1/keys/{id}": async (stack, owner) => (await newKey(stack, owner)).id,
};

/** The path with the id of a new object of `owner` where it names one. */
export async function pathOf(stack: Stack, path: string, owner: () => Promise<Person>): Promise<string> {
  if (!path.includes("{id}")) return path;
  const make = OBJECTS[path];
  if (make === undefined) throw new Error(`${path} has no entry in tests/blackbox/objects.ts`);
  return path.replace("{id}", await make(stack, await owner()));
}
