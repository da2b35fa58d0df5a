// The runtime is killed while bytes come in and files go. Afterwards records and bucket say the same: every file that is listed
// has its bytes, and once the sweeps have run nothing else lies there.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { killed } from "./chaos.ts";
import { admin, change, type OwnStack, type Person, person, query, schedule, startStack } from "./harness.ts";
import { reply } from "./organisations-client.ts";
import { begun, bytesOf, ingest, patch, sha256 } from "./uploads-client.ts";

const MIB = 1024 * 1024;
const ROUNDS = 3;

/** What one person does at once: uploads in every way, and files deleted. What breaks, breaks. */
async function storm(stack: OwnStack, who: Person): Promise<void> {
  const form = async (): Promise<void> => {
    const body = new FormData();
    body.set("purpose", "user_data");
    body.set("file", new Blob([randomBytes(200_000)]), "form.bin");
    const made = await fetch(`${stack.gateway}/v1/files`, { method: "POST", headers: who.headers, body });
    const { id } = (await made.json()) as { id: string };
    await fetch(`${stack.gateway}/v1/files/${id}?permanent=true`, { method: "DELETE", headers: who.headers });
  };
  const whole = async (): Promise<void> => {
    const id = await begun(stack, who, 3 * MIB);
    await ingest(stack, who, "PUT", `files/${id}/content`, randomBytes(3 * MIB));
  };
  const resumed = async (): Promise<void> => {
    const id = await begun(stack, who, 10 * MIB);
    for (let at = 0; at < 10 * MIB; at += 2 * MIB) await patch(stack, who, id, at, randomBytes(2 * MIB));
  };
  const endless = async (work: () => Promise<void>): Promise<void> => {
    for (;;) await work();
  };
  await Promise.allSettled([form, form, whole, whole, resumed, resumed].map(endless));
}

/** Lets the sweeps believe that an hour has passed, until they find nothing more. */
async function swept(stack: OwnStack): Promise<void> {
  await change(stack, "UPDATE uploads SET expires_at = 1");
  await schedule(stack, "ingest");
  await change(stack, "UPDATE file_remains SET due_at = 1");
  await schedule(stack, "files");
  assert.deepEqual(query(stack, "SELECT object FROM file_remains"), []);
}

interface Check {
  readonly objects: number;
  readonly orphans: string[];
  readonly missing: string[];
  readonly wrong_length: string[];
  readonly counters: string[];
  readonly next_cursor: string | null;
}

test("a runtime that is killed while files come and go leaves no bytes without a record, and no record without bytes", async () => {
  await using stack = await startStack();
  const people = [await person(stack), await person(stack)];
  for (let round = 0; round < ROUNDS; round++) {
    const storms = people.map((who) => storm(stack, who));
    const before = query(stack, "SELECT id FROM files").length;
    // Somewhere in the middle: when some have come to their end, and others have not.
    while (query(stack, "SELECT id FROM files").length < before + 2) await new Promise((done) => setTimeout(done, 50));
    await killed(stack);
    await Promise.all(storms);
  }
  const kept = query(stack, "SELECT id, user_id, sha256 FROM files");
  assert.ok(kept.length >= 2 * ROUNDS, `${kept.length} files were kept`);
  await swept(stack);

  for (const { id, user_id, sha256: sum } of kept) {
    const owner = people.find((who) => who.id === user_id);
    assert.ok(owner !== undefined);
    assert.equal(sha256(await bytesOf(stack, owner, String(id))), sum);
  }
  const { headers } = await admin(stack);
  const asked = { method: "POST", headers: { ...headers, "content-type": "application/json" }, body: "{}" };
  const check = await reply<Check>(fetch(`${stack.gateway}/v1/files/check`, asked));
  // As many objects as records: what is younger than an hour is not told as an orphan.
  const { orphans, missing, wrong_length, counters, next_cursor } = check;
  assert.deepEqual(
    { orphans, missing, wrong_length, counters, next_cursor },
    {
      ...{ orphans: [], missing: [], wrong_length: [], counters: [], next_cursor: null },
    },
  );
  assert.equal(check.objects, kept.length);
  assert.deepEqual(query(stack, "SELECT id FROM uploads"), []);
});
