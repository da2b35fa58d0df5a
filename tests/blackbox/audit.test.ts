// The chain of security events in workerd: what is sealed, exported and verified offline; who edits, inserts,
// moves or cuts is found. Not here: unusual sign-ins.

import assert from "node:assert/strict";
import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { audit, type Exported, exported, type Head, type Line, minute, verified } from "./audit-client.ts";
import { auth, tokens } from "./auth-client.ts";
import { admin, change, logLines, type OwnStack, person, query, startStack } from "./harness.ts";

let stack: OwnStack;
let whole: Exported;

before(async () => {
  stack = await startStack();
  const people = await Promise.all(Array.from({ length: 4 }, () => person(stack)));
  for (const { email, password } of people) await tokens(await auth(stack, "login", { email, password }));
  whole = await exported(stack);
});

after(() => stack.stop());

/** The verifier's verdict on an export that somebody changed. */
async function changed(change: (lines: Line[]) => void): Promise<string> {
  const lines = structuredClone(whole.lines);
  change(lines);
  const { code, stdout } = await verified({ ...whole, lines }, whole.head);
  assert.equal(code, 1, stdout);
  return stdout;
}

test("an export is found whole without asking the stack", async () => {
  const { code, stdout, stderr } = await verified(whole, whole.head);
  assert.equal(code, 0, stdout + stderr);
  assert.match(
    stdout,
    new RegExp(`^whole: ${whole.lines.length} events of \`selvage\` up to head ${whole.head.sequence}`),
  );
  const kinds = whole.lines.map(({ kind }) => kind);
  assert.equal(kinds.filter((kind) => kind === "signed_in").length, 4);
  assert.doesNotMatch(stdout, /warning/);
});

test("whoever edits, inserts, moves or cuts an export is found", async () => {
  const [, second] = whole.lines;
  assert.match(
    await changed((lines) => Object.assign(lines[1] ?? {}, { kind: "signed_out" })),
    /event 2 is not the one/,
  );
  assert.match(
    await changed((lines) => Object.assign(lines[1] ?? {}, { network: "192.0.2.1" })),
    /personal in event 2/,
  );
  assert.match(await changed((lines) => Object.assign(lines[1] ?? {}, { salt: null })), /no deletion of the account/);
  assert.match(await changed((lines) => lines.splice(2, 0, { ...(second as Line) })), /event 2 stands where 3 should/);
  assert.match(await changed((lines) => lines.splice(0, 2, ...lines.slice(0, 2).reverse())), /event 2 stands where 1/);
  assert.match(await changed((lines) => lines.splice(2, 1)), /event 4 stands where 3 should/);
  assert.match(await changed((lines) => lines.pop()), /the list ends with event/);
});

test("a head that is another one, or signed by another key, is found", async () => {
  const forged = [
    [{ ...whole.head, hash: "0".repeat(64) }, /the signature is not/],
    [{ ...whole.head, sequence: whole.head.sequence - 1 }, /the signature is not/],
    [{ ...whole.head, kid: "nobody" }, /is not among the keys/],
  ] as const;
  for (const [head, said] of forged) {
    const { code, stdout } = await verified(whole, head);
    assert.equal(code, 1);
    assert.match(stdout, said);
  }
  await using other = await startStack({ vars: { AUDIT_KEYS: await otherKeys() } });
  await person(other);
  const foreign = await exported(other);
  assert.equal((await verified(foreign, foreign.head)).code, 0, "by its own keys it is good");
  const { stdout } = await verified(foreign, foreign.head, join(whole.folder, "keys.json"));
  assert.match(stdout, /is not among the keys/);
});

async function otherKeys(): Promise<string> {
  const { generateKeyPairSync } = await import("node:crypto");
  const { x, d } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  return JSON.stringify([{ kid: "other", kty: "OKP", crv: "Ed25519", x, d }]);
}

test("the head's signature is plain Ed25519 over five lines of text", async () => {
  const { head, folder } = whole;
  const { keys } = JSON.parse(await readFile(join(folder, "keys.json"), "utf8")) as {
    keys: JsonWebKey[];
  };
  const key = createPublicKey({ key: keys.find(({ kid }) => kid === head.kid) ?? {}, format: "jwk" });
  const text = `selvage audit head 1\n${head.chain}\n${head.sequence}\n${head.hash}\n${head.sealed_at}\n`;
  assert.ok(verify(null, Buffer.from(text), key, Buffer.from(head.signature, "base64url")));
});

test("twenty sealers at once give every event one place", async () => {
  await Promise.all(Array.from({ length: 6 }, () => person(stack)));
  const minutes = Promise.all(Array.from({ length: 10 }, () => minute(stack)));
  const replies = await Promise.all(Array.from({ length: 10 }, () => audit(stack, "POST", "/seal")));
  for (const reply of replies) assert.equal(reply.status, 200, await reply.text());
  await minutes;
  const later = await exported(stack);
  assert.equal((await verified(later, later.head)).code, 0);
  const open = query(stack, "SELECT count(*) AS n FROM security_events WHERE sequence IS NULL");
  assert.deepEqual(
    open.map(({ n }) => n),
    [0],
  );
});

test("a deleted account leaves a whole chain, and from where it came is forgotten", async () => {
  const gone = await person(stack);
  await minute(stack);
  const reply = await fetch(`${stack.functions.users}/v1/users/me`, { method: "DELETE", headers: gone.headers });
  assert.equal(reply.status, 204);
  const later = await exported(stack);
  const mine = later.lines.filter(({ user_id }) => user_id === gone.id);
  assert.deepEqual(
    mine.map(({ kind, network, salt }) => [kind, network, salt]),
    [
      ["registered", "", null],
      ["deleted", "", null],
    ],
  );
  const { code, stdout } = await verified(later, later.head);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /of 2 it was forgotten with the account/);
});

test("administrators alone read the chain, people their own events", async () => {
  const someone = await person(stack);
  for (const path of ["", "/head", "/export"]) {
    const url = `${stack.functions.audit}/v1/admin/audit${path}`;
    assert.equal((await fetch(url)).status, 401);
    assert.equal((await fetch(url, { headers: someone.headers })).status, 403);
  }
  const own = await fetch(`${stack.gateway}/v1/users/me/events`, { headers: someone.headers });
  const { data } = (await own.json()) as { data: { kind: string }[] };
  assert.deepEqual(
    data.map(({ kind }) => kind),
    ["registered"],
  );
  const found = await audit(stack, "GET", `?user_id=${someone.id}&kind=registered`);
  const page = (await found.json()) as { data: { user_id: string }[] };
  assert.deepEqual(
    page.data.map(({ user_id }) => user_id),
    [someone.id],
  );
});

test("a database that was set back is not sealed again, and the log says so", async () => {
  await using own = await startStack();
  await person(own);
  const head = (await (await audit(own, "POST", "/seal")).json()) as Head;
  for (const trigger of ["security_events_are_sealed_once", "security_events_stay"]) {
    await change(own, `DROP TRIGGER ${trigger}`);
  }
  await change(own, "DELETE FROM audit_segments");
  await change(own, "DELETE FROM security_events WHERE kind = 'registered'");
  await change(own, "UPDATE security_events SET sequence = NULL, hash = NULL, salt = NULL, commitment = NULL");
  assert.equal((await audit(own, "POST", "/seal")).status, 503);
  await minute(own);
  const { headers } = await admin(own);
  const kept = await fetch(`${own.functions.audit}/v1/admin/audit/head`, { headers });
  assert.deepEqual(await kept.json(), head, "the head that was kept stands");
  const said = logLines(own, ({ action, level }) => action === "audit::seal" && level === "error");
  assert.match(JSON.stringify(said), /says something else than the database/);
});
