// Tenants: every row that names an organisation, tried by callers of another one with every role they can have. Not
// here: callers of the organisation itself (permissions.test.ts).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { problem } from "./auth-client.ts";
import { network, type Person, person, query, root, shared } from "./harness.ts";
import { BODIES, pathOf } from "./objects.ts";
import { joined, organisationOf, organisations, reply } from "./organisations-client.ts";

const stack = shared();

const rows = readFileSync(join(root, "tests/permissions.txt"), "utf8")
  .split("\n")
  .filter((line) => line.includes("/v1/organisations/{id}"))
  .map((line) => line.trim().split(/\s+/) as [string, string, string]);

/** Another organisation, and who calls from it. */
const home = await person();
const homeId = await organisationOf(stack, home);
const everything = [{ resource: "*", action: "*", condition: "always" }];
await reply(organisations(stack, home, "PUT", `/${homeId}/roles/custom`, { permissions: everything }));
const callers: Record<string, Person> = { owner: home };
for (const role of ["admin", "member", "custom"]) {
  const who = await person();
  await joined(stack, homeId, who, role);
  callers[role] = who;
}

const counts = (id: string): unknown =>
  ["members", "organisation_roles", "role_grants", "invitations"].map((table) =>
    query(stack, `SELECT count(*) AS n FROM ${table} WHERE organisation_id = ?`, [id]),
  );

test("there are rows to try", () => assert.ok(rows.length >= 15));

for (const [, method, path] of rows) {
  test(`${method} ${path} is 404 for every role of another organisation, and changes nothing`, async () => {
    const owner = await person();
    const target = await pathOf(stack, path, async () => owner);
    const id = target.split("/")[3] ?? "";
    const before = counts(id);
    for (const [role, { headers }] of Object.entries(callers)) {
      const body = method === "GET" ? {} : { body: JSON.stringify(BODIES[`${method} ${path}`] ?? {}) };
      const origin = path.includes("/limits") ? stack.functions.users : stack.functions.organisations;
      const answer = await fetch(origin + target, {
        method,
        headers: { "content-type": "application/json", "cf-connecting-ip": network(), ...headers },
        ...body,
      });
      await problem(answer, 404, "not_found").catch((cause) => assert.fail(`${role}: ${cause}`));
    }
    assert.deepEqual(counts(id), before);
  });
}

test("the lists of another organisation's callers have nothing of this one", async () => {
  const id = await organisationOf(stack, await person());
  for (const { headers } of Object.values(callers)) {
    const { data } = await reply<{ data: { id: string }[] }>(organisations(stack, { headers }, "GET", "?limit=100"));
    assert.ok(data.every((one) => one.id !== id));
  }
});
