// Every visibility of a file against everybody who may stand before it, in all that can be asked of it: the outcomes are a table
// (`files-outcomes.ts`).

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Caller, cast, outcomes, suspended, type Target, target } from "./files-callers.ts";
import { OUTCOMES, SUSPENDED } from "./files-outcomes.ts";
import { admin, change, type Person, shared } from "./harness.ts";

const stack = shared();
const VISIBILITIES = ["private", "organisation", "public"] as const;

type Table = typeof OUTCOMES;
type Targets = Readonly<Record<string, Target>>;

/** Lets those whom the table names do everything, a visibility beside the other. */
async function seen(table: Table, callers: Readonly<Record<string, Caller>>, targets: Targets): Promise<Table> {
  const columns = VISIBILITIES.map(async (visibility) => {
    const rows: (readonly [string, string, string])[] = [];
    for (const [, name] of table.filter(([of]) => of === visibility)) {
      const [caller, file] = [callers[name], targets[visibility]];
      assert.ok(caller !== undefined && file !== undefined, name);
      const statuses = await outcomes(stack, caller, file);
      rows.push([visibility, name, statuses]);
      if (statuses.endsWith("200")) await change(stack, "UPDATE files SET deleted_at = NULL WHERE id = ?", [file.id]);
    }
    return rows;
  });
  return (await Promise.all(columns)).flat();
}

/** Files of every visibility, and everybody around them. */
async function scene(boss: Person): Promise<{ people: Awaited<ReturnType<typeof cast>>; targets: Targets }> {
  const people = await cast(stack, boss);
  const made = VISIBILITIES.map(async (visibility) => [visibility, await target(stack, people, visibility)] as const);
  return { people, targets: Object.fromEntries(await Promise.all(made)) };
}

test("every visibility opens a file to whom it names, for what it names, and nothing that lies in the trash", async () => {
  const { people, targets } = await scene(await admin());
  const named = new Set(OUTCOMES.map(([, name]) => name));
  assert.deepEqual([...named], Object.keys(people.callers), "the table names everybody");
  assert.deepEqual(await seen(OUTCOMES, people.callers, targets), OUTCOMES);
  const { public: file } = targets;
  assert.ok(file !== undefined);
  await change(stack, "UPDATE files SET deleted_at = 1 WHERE id = ?", [file.id]);
  for (const [name, caller] of Object.entries(people.callers))
    assert.doesNotMatch(await outcomes(stack, caller, file), /20\d/, name);
});

test("a suspended owner's files are closed to the public, to friends, to links and to keys, and stay their organisation's", async () => {
  const boss = await admin();
  const { people, targets } = await scene(boss);
  await suspended(stack, boss, people.owner);
  assert.deepEqual(await seen(SUSPENDED, people.callers, targets), SUSPENDED);
});
