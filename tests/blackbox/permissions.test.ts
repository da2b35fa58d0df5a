// Tries every cell of tests/permissions.txt, row by caller, against the built
// Workers. Not here: whether the file fits the route tables (xtask/contract).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { operations, samplePath } from "./gateway-description.ts";
import { admin, change, type FunctionName, network, type Person, person, root, shared } from "./harness.ts";
import { newKey, SCOPES } from "./keys-client.ts";
import { BODIES, pathOf } from "./objects.ts";
import { joined, standIn } from "./organisations-client.ts";

const stack = shared();

/** The words of each line, the column names first. */
const [columns = [], ...rows] = readFileSync(join(root, "tests/permissions.txt"), "utf8")
  .split("\n")
  .filter((line) => line.trim() !== "" && !line.startsWith("#"))
  .map((line) => line.trim().split(/\s+/));

const cell = (row: readonly string[], column: string): string => row[columns.indexOf(column)] ?? "";

type Headers = Readonly<Record<string, string>>;

/** A caller, and whose object the path names. */
interface Call {
  readonly headers: Headers;
  readonly owner: () => Promise<Person>;
  /** Makes the caller a member of the organisation that this path names. */
  readonly join?: (path: string) => Promise<void>;
}

const stranger = (): Promise<Person> => person();

/** Calls with a key that has these scopes. */
async function withKey(scopes: readonly string[]): Promise<Call> {
  const { key } = await newKey(stack, await person(), { scopes });
  return { headers: { authorization: `Bearer ${key}` }, owner: stranger };
}

/** `use:ai` includes it. */
const INCLUDED = "use:files";

/** The scope that a row names behind its `who`. */
function scopeOf(row: readonly string[]): string | undefined {
  return /\((.+)\)/.exec(cell(row, "who"))?.[1];
}

/** Signs a fresh caller in: what one does, such as signing out, changes nothing for the next. */
const callers: Readonly<Record<string, (row: readonly string[]) => Promise<Call>>> = {
  anon: async () => ({ headers: {}, owner: stranger }),
  user: async () => ({ headers: (await person()).headers, owner: stranger }),
  owner: async () => {
    const owner = await person();
    return { headers: owner.headers, owner: async () => owner };
  },
  member: async () => {
    const who = await person();
    return {
      headers: who.headers,
      owner: stranger,
      join: (path) => joined(stack, path.split("/")[3] ?? "", who, "member"),
    };
  },
  admin: async () => ({ headers: (await admin()).headers, owner: stranger }),
  "stand-in": async () => ({ headers: (await standIn(stack, await admin(), await person())).headers, owner: stranger }),
  suspended: async () => {
    const { id, headers } = await person();
    await change(stack, "UPDATE users SET status = 'suspended' WHERE id = ?", [id]);
    return { headers, owner: stranger };
  },
  "key+scope": () => withKey(SCOPES),
  "key-scope": (row) => {
    const wanted = scopeOf(row);
    return withKey(SCOPES.filter((scope) => scope !== wanted && !(wanted === INCLUDED && scope === "use:ai")));
  },
  stale: async () => {
    const { id, headers } = await person();
    await change(stack, "UPDATE sessions SET authenticated_at = ? WHERE user_id = ?", [Date.now() - 600_000, id]);
    return { headers, owner: stranger };
  },
};

async function call(row: readonly string[], { headers, owner, join = async () => {} }: Call): Promise<Response> {
  const origin = stack.functions[cell(row, "function") as FunctionName];
  const method = cell(row, "method");
  const path = samplePath(await pathOf(stack, cell(row, "path"), owner));
  const body = method === "GET" ? {} : { body: JSON.stringify(BODIES[`${method} ${cell(row, "path")}`] ?? {}) };
  await join(path);
  return fetch(origin + path, {
    method,
    headers: { "content-type": "application/json", "cf-connecting-ip": network(), ...headers },
    ...body,
  });
}

/** What the file would say of this reply. */
async function outcome(row: readonly string[], reply: Response): Promise<string> {
  const text = await reply.text();
  if (reply.status === 404 && cell(row, "path").includes("{id}")) return "404";
  if (reply.status !== 401 && reply.status !== 403) return "ok";
  const body = JSON.parse(text) as { type?: string; code?: string; error?: { code?: string; type?: string } };
  // Anthropic's errors have a type and no code.
  const code = body.code ?? body.error?.code ?? (body.type === "error" ? body.error?.type : undefined);
  const refusals: Readonly<Record<string, string>> = {
    unauthenticated: "401",
    authentication_error: "401",
    permission_error: "403",
    forbidden: "403",
    suspended: "403",
    step_up_required: "403",
    impersonation_refused: "403",
  };
  return refusals[code ?? ""] ?? "ok";
}

for (const row of rows) {
  const name = `${cell(row, "method")} ${cell(row, "path")} of ${cell(row, "function")}`;
  for (const [caller, signIn] of Object.entries(callers)) {
    const expected = cell(row, caller);
    // Nobody's object: the row has no owner.
    if (expected === "-") continue;
    test(`${name} as ${caller}: ${expected}`, async () => {
      const reply = await call(row, await signIn(row));
      assert.equal(await outcome(row, reply), expected, `answered ${reply.status}`);
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
  assert.deepEqual(Object.keys(callers).sort(), [...callersOfFile].sort());
});
