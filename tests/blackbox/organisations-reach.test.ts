// Random permissions of random roles on real members and invitations: what the lists show, what can be read one by
// one, and what the conditions mean, written down here a third time, are the same. The same property over thousands
// of cases in SQLite is in shared/tests/permission.rs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Person, person, shared } from "./harness.ts";
import { invited, joined, organisationOf, organisations, reply } from "./organisations-client.ts";

const stack = shared();

type Condition =
  | "always"
  | "owner"
  | { readonly role_in: readonly string[] }
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] };

interface Permission {
  readonly resource: string;
  readonly action: string;
  readonly condition: Condition;
}

/** Numbers that are the same in every run (Lehmer's generator). */
let state = 20_261_121;
function below(n: number): number {
  state = (state * 48_271) % 2_147_483_647;
  return state % n;
}

const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T;
const some = <T>(make: () => T): T[] => Array.from({ length: below(3) }, make);
const ROLE = "custom";

function condition(depth: number): Condition {
  const kind = below(depth === 0 ? 3 : 5);
  if (kind === 0) return "always";
  if (kind === 1) return "owner";
  if (kind === 2) return { role_in: some(() => pick([ROLE, "owner", "member"])) };
  const parts = some(() => condition(depth - 1));
  return kind === 3 ? { all: parts } : { any: parts };
}

const permission = (): Permission => ({
  resource: pick(["member", "invitation", "*"]),
  action: pick(["read", "read", "delete", "*"]),
  condition: condition(2),
});

function means(one: Condition, caller: string, owner: string): boolean {
  if (one === "always") return true;
  if (one === "owner") return owner === caller;
  if ("role_in" in one) return one.role_in.includes(ROLE);
  if ("all" in one) return one.all.every((part) => means(part, caller, owner));
  return one.any.some((part) => means(part, caller, owner));
}

const granted = (all: readonly Permission[], resource: string, caller: string, owner: string): boolean =>
  all.some(
    (one) =>
      [resource, "*"].includes(one.resource) &&
      ["read", "*"].includes(one.action) &&
      means(one.condition, caller, owner),
  );

const owner = await person();
const id = await organisationOf(stack, owner);
const inviting = [
  { resource: "organisation", action: "read", condition: "always" },
  { resource: "invitation", action: "create", condition: "always" },
] as const;
await reply(organisations(stack, owner, "PUT", `/${id}/roles/${ROLE}`, { permissions: inviting }));
const caller = await person();
await joined(stack, id, caller, ROLE);
const other = await person();
await joined(stack, id, other, "member");

/** Each kind of object: its ids, and whose it is. */
const objects: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  member: Object.fromEntries([owner, caller, other].map((who: Person) => [who.id, who.id])),
  invitation: Object.fromEntries(
    await Promise.all(
      [owner, caller, owner].map(async (by) => [(await invited(stack, by, id, { role: ROLE })).id, by.id] as const),
    ),
  ),
};

test("lists, single reads and the meaning of 40 random sets of permissions agree", async () => {
  for (let n = 0; n < 40; n += 1) {
    const permissions = [inviting[0], ...some(permission), ...some(permission)];
    await reply(organisations(stack, owner, "PUT", `/${id}/roles/${ROLE}`, { permissions }));
    for (const [resource, all] of Object.entries(objects)) {
      const told = JSON.stringify({ permissions, resource });
      const expected = Object.keys(all)
        .filter((one) => granted(permissions, resource, caller.id, all[one] ?? ""))
        .sort();
      const { data } = await reply<{ data: { id?: string; user_id?: string }[] }>(
        organisations(stack, caller, "GET", `/${id}/${resource}s`),
      );
      assert.deepEqual(data.map((one) => one.id ?? one.user_id).sort(), expected, told);
      for (const one of Object.keys(all)) {
        const single = await organisations(stack, caller, "GET", `/${id}/${resource}s/${one}`);
        await single.arrayBuffer();
        assert.equal(single.status, expected.includes(one) ? 200 : 404, `${told} ${one}`);
      }
    }
  }
});
