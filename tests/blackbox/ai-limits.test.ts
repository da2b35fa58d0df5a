// Budgets of keys, users and models hold against bursts as those of organisations do, and limits that change hold for
// the next call. Not here: an organisation's default budget (`ai-budget`), what limits a minute (`ai-rates`).

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { asking, type Body, chat, ledger, type Reply, unique } from "./ai-call.ts";
import { awaited, journal } from "./ai-journal.ts";
import { isError } from "./ai-table.ts";
import { visit } from "./ai-visit.ts";
import { admin, eventually, type OwnStack, type Person, person, schedule, startStack } from "./harness.ts";
import { type ApiKey, bearing, keys, newKey } from "./keys-client.ts";
import { books } from "./ledger-books.ts";
import { COMPLETION, COST, costOf, exact, type Limit, limits, PROMPT } from "./limits-client.ts";
import { joined, organisationOf, reply } from "./organisations-client.ts";

const BUDGET = 100 * COST;
const PLENTY = "9000000000000000";

let stack: OwnStack;
let deployer: Person;
before(async () => {
  stack = await startStack({ vars: { DEFAULT_BUDGET_NANO_USD: PLENTY } });
  deployer = await admin(stack);
});
after(() => stack.stop());

function isBudget(answer: Reply, scope: string): void {
  assert.equal(answer.status, 402);
  isError(answer.text, "insufficient_quota");
  assert.ok(answer.text.includes(`\`${scope}\``), answer.text);
}

type Headers = Pick<Person, "headers">;

/** Calls of somebody, and the scope that is limited to `BUDGET`. */
interface Limited {
  readonly who: Headers;
  readonly scope: string;
  readonly state: () => Promise<{ spent_nano_usd: number | null; reserved_nano_usd: number | null }>;
}

function key(made: ApiKey & { key: string }): Headers {
  return { headers: { authorization: bearing(made.key).authorization } };
}

async function limit(path: string, wish: object): Promise<Limit> {
  return reply<Limit>(limits(stack, deployer, "PUT", `/v1/admin/limits/${path}`, wish));
}

const scopes: Readonly<Record<string, () => Promise<Limited>>> = {
  key: async () => {
    const owner = await person(stack);
    const made = await newKey(stack, owner, { budget_nano_usd: BUDGET });
    return { who: key(made), scope: `key:${made.id}`, state: () => reply(keys(stack, owner, "GET", `/${made.id}`)) };
  },
  user: async () => {
    const [owner, member] = [await person(stack), await person(stack)];
    const org = await organisationOf(stack, owner);
    await joined(stack, org, member, "owner");
    const made = await newKey(stack, member, { organisation_id: org });
    const path = `/v1/organisations/${org}/limits/user:${member.id}`;
    await reply(limits(stack, owner, "PUT", path, { budget_nano_usd: BUDGET }));
    return { who: key(made), scope: `user:${member.id}`, state: () => reply(limits(stack, owner, "GET", path)) };
  },
  model: async () => {
    const who = await person(stack);
    const path = `model:simulated-chat@${who.id}`;
    await limit(path, { budget_nano_usd: BUDGET });
    const state = (): Promise<Limit> => reply(limits(stack, deployer, "GET", `/v1/admin/limits/${path}`));
    return { who, scope: "model:simulated-chat", state };
  },
  organisation: async () => {
    const owner = await person(stack);
    const org = await organisationOf(stack, owner);
    await limit(`org:${org}`, { budget_nano_usd: BUDGET, budget_period: "day" });
    const made = await newKey(stack, owner, { organisation_id: org });
    const path = `/v1/admin/limits/org:${org}`;
    return { who: key(made), scope: "org", state: () => reply(limits(stack, deployer, "GET", path)) };
  },
};

for (const [what, make] of Object.entries(scopes)) {
  test(`five hundred calls at once against a budget of one ${what} for a hundred: exactly a hundred`, async () => {
    const { who, scope, state } = await make();
    const word = unique();
    const one = (i: number): Body => exact(`${word}${String(i).padStart(3, "0")}`, i % 2 === 0);
    const replies = await Promise.all(Array.from({ length: 500 }, (_, i) => chat(stack, who, one(i))));
    assert.equal(replies.filter(({ status }) => status === 200).length, 100);
    for (const refused of replies.filter(({ status }) => status !== 200)) isBudget(refused, scope);
    assert.equal((await journal(stack, word)).length, 100);
    const settled = await eventually(async () => {
      const now = await state();
      return now.reserved_nano_usd === 0 ? now : undefined;
    });
    assert.equal(settled.spent_nano_usd, BUDGET);
    isBudget(await chat(stack, who, exact(word)), scope);
  });
}

test("with random costs a key's budget is never exceeded, and is spent as far as calls fit", async () => {
  const owner = await person(stack);
  const made = await newKey(stack, owner, { budget_nano_usd: 20 * COST });
  const costs = Array.from({ length: 120 }, (_, i) => [(i * 37) % (PROMPT + 1), (i * 11) % (COMPLETION + 1)] as const);
  const word = unique();
  let highest = 0;
  let running = true;
  const watching = (async () => {
    while (running) {
      const now = await reply<ApiKey>(keys(stack, owner, "GET", `/${made.id}`));
      highest = Math.max(highest, (now.spent_nano_usd ?? 0) + (now.reserved_nano_usd ?? 0));
    }
  })();
  const call = async ([prompt, completion]: readonly [number, number], i: number): Promise<number> => {
    const body = exact(`${word}${i}`, i % 2 === 0, `prompt-tokens=${prompt};completion-tokens=${completion}`);
    const answer = await chat(stack, key(made), body);
    return answer.status === 200 ? costOf(prompt, completion) : 0;
  };
  let spent = 0;
  while (costs.length > 0) {
    spent += (await Promise.all(costs.splice(0, 30).map(call))).reduce((sum, cost) => sum + cost);
  }
  running = false;
  await watching;
  const settled = await eventually(async () => {
    const now = await reply<ApiKey>(keys(stack, owner, "GET", `/${made.id}`));
    return now.reserved_nano_usd === 0 ? now : undefined;
  });
  assert.equal(settled.spent_nano_usd, spent);
  assert.ok(spent <= 20 * COST && highest <= 20 * COST, `${spent} and ${highest} of ${20 * COST}`);
});

test("where one of two scopes refuses nothing stays reserved in the other", async () => {
  const owner = await person(stack);
  const made = await newKey(stack, owner, { budget_nano_usd: COST - 1 });
  await limit(`user:${owner.id}`, { budget_nano_usd: COST });
  const before = books(stack);
  isBudget(await chat(stack, key(made), exact(unique())), `key:${made.id}`);
  assert.deepEqual({ ...books(stack), spent: 0 }, { ...before, spent: 0 });
  const path = `/v1/admin/limits/user:${owner.id}`;
  const whole = await reply<Limit>(limits(stack, deployer, "GET", path));
  assert.deepEqual([whole.spent_nano_usd, whole.reserved_nano_usd], [0, 0]);
  assert.equal((await chat(stack, owner, exact(unique()))).status, 200, "all of the other is free");
});

describe("a limit that changes", { concurrency: true }, () => {
  test("holds for the next call, while others run", async () => {
    const owner = await person(stack);
    const made = await newKey(stack, owner, { budget_nano_usd: 10 * COST });
    const word = unique();
    const running = visit(stack.gateway, key(made), { ...exact(word, true, "stall=first") });
    await awaited(stack, word, "open");
    const changed = await reply<ApiKey>(keys(stack, owner, "PATCH", `/${made.id}`, { budget_nano_usd: COST }));
    assert.equal(changed.reserved_nano_usd, COST);
    isBudget(await chat(stack, key(made), exact(unique())), `key:${made.id}`);
    await reply(keys(stack, owner, "PATCH", `/${made.id}`, { budget_nano_usd: 2 * COST }));
    assert.equal((await chat(stack, key(made), exact(unique()))).status, 200);
    isBudget(await chat(stack, key(made), exact(unique())), `key:${made.id}`);
    running.leave();
  });

  test("of a person alone replaces the default, and taken away leaves it", async () => {
    const who = await person(stack);
    const path = `user:${who.id}`;
    assert.equal((await limit(path, { budget_nano_usd: COST - 1 })).in_force, true);
    isBudget(await chat(stack, who, exact(unique())), "org");
    assert.equal((await limits(stack, deployer, "DELETE", `/v1/admin/limits/${path}`)).status, 204);
    assert.equal((await chat(stack, who, exact(unique()))).status, 200);
  });

  test("and was told is not told again, and a schedule finds what was not", async () => {
    const who = await person(stack);
    await limit(`user:${who.id}`, { concurrency: 0 });
    await schedule(stack, "users");
    const refused = await chat(stack, who, asking(unique()));
    assert.equal(refused.status, 429);
    isError(refused.text, "concurrency_exceeded");
  });
});

test("a key opens the models it lists, and others do not exist for it", async () => {
  const owner = await person(stack);
  const made = await newKey(stack, owner, { models: ["simulated-c*"] });
  assert.equal((await chat(stack, key(made), asking(unique()))).status, 200);
  await reply(keys(stack, owner, "PATCH", `/${made.id}`, { models: ["something-else"] }));
  // A key is trusted for ten seconds; another isolate's would be asked anew.
  const other = await newKey(stack, owner, { models: ["something-else"] });
  const word = unique();
  const refused = await chat(stack, key(other), asking(word));
  assert.equal(refused.status, 404);
  isError(refused.text, "model_not_found");
  assert.deepEqual(await journal(stack, word), []);
  const list = await fetch(`${stack.gateway}/v1/models`, { headers: key(other).headers });
  assert.deepEqual(((await list.json()) as { data: unknown[] }).data, []);
});

test("an organisation pays for its keys: the ledger says so, and the maker's own budget is untouched", async () => {
  const owner = await person(stack);
  const org = await organisationOf(stack, owner);
  await limit(`user:${owner.id}`, { budget_nano_usd: 0 });
  isBudget(await chat(stack, owner, exact(unique())), "org");
  const made = await newKey(stack, owner, { organisation_id: org });
  assert.equal((await chat(stack, key(made), exact(unique()))).status, 200);
  const rows = await eventually(() => {
    const found = ledger(stack, owner) as unknown as { org_id: string }[];
    return found.length === 1 ? found : undefined;
  });
  assert.equal(rows[0]?.org_id, org);
});
