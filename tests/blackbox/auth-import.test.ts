// People brought from another system sign in with the password they had, and have a hash of today's standard
// from then on. The hashes come from other programs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { auth, problem, tokens } from "./auth-client.ts";
import { change, credentials, query, shared } from "./harness.ts";

const stack = shared();
const PASSWORD = "correct horse battery";

const HASHES: Readonly<Record<string, string>> = {
  bcrypt: "$2b$06$abcdefghijklmnopqrstuu50eFBEC8vQwBnuFXMHE45jBnqvQ8xz.",
  scrypt: "$scrypt$ln=14,r=8,p=1$c2l4dGVlbiBieXRlcyAuLg$Kofytx4OT5IV6h54R5m8I6SB6DfWJIfBUaacDHLLRtw",
};

/** The row that docs/accounts/import.md writes. */
async function bring(hash: string): Promise<{ id: string; email: string }> {
  const { email } = credentials();
  const id = `usr_${crypto.randomUUID()}`;
  const sql = "INSERT INTO users (id, email, password, created_at) VALUES (?, ?, ?, ?)";
  await change(stack, sql, [id, email, hash, Date.now()]);
  return { id, email };
}

const stored = (id: string): unknown => query(stack, "SELECT password FROM users WHERE id = ?", [id])[0]?.password;

for (const [name, hash] of Object.entries(HASHES)) {
  test(`a person with a hash of ${name} signs in, and has one of Argon2id from then on`, async () => {
    const { id, email } = await bring(hash);
    await problem(await auth(stack, "login", { email, password: "another one" }), 401, "invalid_credentials");
    assert.equal(stored(id), hash, "a wrong password changes nothing");
    const { user } = await tokens(await auth(stack, "login", { email, password: PASSWORD }));
    assert.equal(user.id, id);
    assert.match(String(stored(id)), /^\$argon2id\$v=19\$m=19456,t=2,p=1,keyid=/);
    await tokens(await auth(stack, "login", { email, password: PASSWORD }));
  });
}

test("a hash whose parameters would cost too much fits no password", async () => {
  const { id, email } = await bring(HASHES.bcrypt?.replace("$06$", "$20$") ?? "");
  await problem(await auth(stack, "login", { email, password: PASSWORD }), 401, "invalid_credentials");
  assert.match(String(stored(id)), /^\$2b\$20/);
});
