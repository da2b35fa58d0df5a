// Tries every cell of tests/permissions.txt, row by caller, against the built
// Workers. Not here: whether the file fits the route tables (xtask/contract).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { operations, samplePath } from "./gateway-description.ts";
import { admin, change, type FunctionName, network, person, root, shared } from "./harness.ts";

const stack = shared();

/** The words of each line, the column names first. */
const [columns = [], ...rows] = readFileSync(join(root, "tests/permissions.txt"), "utf8")
  .split("\n")
  .filter((line) => line.trim() !== "" && !line.startsWith("#"))
  .map((line) => line.trim().split(/\s+/));

const cell = (row: readonly string[], column: string): string => row[columns.indexOf(column)] ?? "";

type Headers = Readonly<Record<string, string>>;

/** Signs a fresh caller in: what one does, such as signing out, changes nothing for the next. */
const callers: Readonly<Record<string, () => Promise<Headers>>> = {
  anon: async () => ({}),
  user: async () => (await person()).headers,
  admin: async () => (await admin()).headers,
  suspended: async () => {
    const { id, headers } = await person();
    await change(stack, "UPDATE users SET status = 'suspended' WHERE id = ?", [id]);
    return headers;
  },
  stale: async () => {
    const { id, headers } = await person();
    await change(stack, "UPDATE sessions SET authenticated_at = ? WHERE user_id = ?", [Date.now() - 600_000, id]);
    return headers;
  },
};

/** Callers that no row of the file names yet. */
const future = ["owner", "member", "key+scope", "key-scope"];

async function call(row: readonly string[], headers: Headers): Promise<Response> {
  const origin = stack.functions[cell(row, "function") as FunctionName];
  const method = cell(row, "method");
  const body = method === "GET" ? {} : { body: "{}" };
  return fetch(origin + samplePath(cell(row, "path")), {
    method,
    headers: { "content-type": "application/json", "cf-connecting-ip": network(), ...headers },
    ...body,
  });
}

/** What the file would say of this reply. */
async function outcome(reply: Response): Promise<string> {
  const text = await reply.text();
  if (reply.status !== 401 && reply.status !== 403) return "ok";
  const body = JSON.parse(text) as { code?: string; error?: { code: string } };
  const code = body.code ?? body.error?.code;
  const refusals: Readonly<Record<string, string>> = {
    unauthenticated: "401",
    forbidden: "403",
    suspended: "403",
    step_up_required: "403",
  };
  return refusals[code ?? ""] ?? "ok";
}

for (const row of rows) {
  const name = `${cell(row, "method")} ${cell(row, "path")} of ${cell(row, "function")}`;
  for (const [caller, signIn] of Object.entries(callers)) {
    const expected = cell(row, caller);
    test(`${name} as ${caller}: ${expected}`, async () => {
      const reply = await call(row, await signIn());
      assert.equal(await outcome(reply), expected, `answered ${reply.status}`);
      assert.ok(reply.status < 500, `answered ${reply.status}`);
    });
  }
}

test("the file has a row for every operation of the description, and no other", async () => {
  const described = (await operations(stack)).map(({ method, path, id }) => `${id.split(".")[0]} ${method} ${path}`);
  const listed = rows.map((row) => {
    const path = cell(row, "path").replace("{*", "{");
    return `${cell(row, "function")} ${cell(row, "method")} ${path}`;
  });
  assert.deepEqual(listed.sort(), described.sort());
});

test("no cell waits for a caller that this test does not know", () => {
  const callersOfFile = columns.slice(columns.indexOf("who") + 1);
  assert.deepEqual([...Object.keys(callers), ...future].sort(), [...callersOfFile].sort());
  for (const row of rows) {
    for (const caller of future) assert.equal(cell(row, caller), "-", `${row.join(" ")}: ${caller}`);
  }
});
