// `GET /v1/usage`: groups, periods, and who sees what. Not here: what a call costs (`ledger-…`).

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { asking, bookedBy, chat, unique } from "./ai-call.ts";
import { type Report, report, type Sums, usage } from "./ai-journal.ts";
import { admin, change, network, type Person, person, post, shared } from "./harness.ts";

const stack = shared();
const MODELS = ["simulated-chat", "simulated-chat", "simulated-reasoning", "simulated-unpriced"];
const DAY_MS = 86_400_000;

/** Somebody who has made four calls, one of them two days and one a year ago. */
async function caller(): Promise<Person> {
  const who = await person();
  for (const model of MODELS) await chat(stack, who, asking(unique(), { model }));
  const rows = await bookedBy(stack, who, MODELS.length);
  const past = [2 * DAY_MS, 366 * DAY_MS];
  for (const [index, ms] of past.entries()) {
    const row = rows.filter(({ model }) => model === "simulated-chat")[index];
    const values = [ms, row?.call_id ?? ""];
    await change(stack, "UPDATE ledger SET started_at = started_at - ? WHERE call_id = ?", values);
  }
  return who;
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** Sums of groups, added up. */
function added(data: Report["data"]): Sums {
  const total: Record<string, number> = {};
  for (const { key: _, ...sums } of data) {
    for (const [name, value] of Object.entries(sums)) total[name] = (total[name] ?? 0) + value;
  }
  return total as unknown as Sums;
}

const LONG_AGO = "2020-01-01";

describe("a report", { concurrency: true }, () => {
  let who: Person;
  before(async () => {
    who = await caller();
  });

  test("by model has a group for each model", async () => {
    const told = await report(stack, who, { from: LONG_AGO, group_by: "model" });
    const calls = told.data.map(({ key, calls }) => [key, calls]);
    assert.deepEqual(calls, [
      ["simulated-chat", 2],
      ["simulated-reasoning", 1],
      ["simulated-unpriced", 1],
    ]);
    assert.equal(told.group_by, "model");
  });

  test("by day has a group for each day in UTC", async () => {
    const told = await report(stack, who, { from: LONG_AGO, group_by: "day" });
    const rows = await bookedBy(stack, who, MODELS.length);
    const days = new Set(rows.map((row) => day(row.started_at)));
    assert.deepEqual(
      told.data.map(({ key }) => key),
      [...days],
    );
    assert.ok(days.size >= 3);
  });

  test("by user has the caller alone", async () => {
    const told = await report(stack, who, { from: LONG_AGO, group_by: "user" });
    assert.deepEqual(
      told.data.map(({ key, calls }) => [key, calls]),
      [[who.id, 4]],
    );
  });

  test("by provider has the provider", async () => {
    const told = await report(stack, who, { from: LONG_AGO, group_by: "provider" });
    assert.deepEqual(
      told.data.map(({ key, calls }) => [key, calls]),
      [["simulator", 4]],
    );
  });

  test("by key has one group without a key for calls with an access token", async () => {
    const told = await report(stack, who, { from: LONG_AGO, group_by: "key" });
    assert.deepEqual(
      told.data.map(({ key, calls }) => [key, calls]),
      [["", 4]],
    );
  });

  for (const group_by of ["model", "day", "user", "provider", "key"]) {
    test(`by ${group_by} adds up to its total, and every grouping to the same one`, async () => {
      const told = await report(stack, who, { from: LONG_AGO, group_by });
      const usual = await report(stack, who, { from: LONG_AGO });
      assert.deepEqual(added(told.data), told.total);
      assert.deepEqual(told.total, usual.total);
    });
  }

  test("holds what the ledger holds", async () => {
    const rows = await bookedBy(stack, who, MODELS.length);
    const { total } = await report(stack, who, { from: LONG_AGO });
    const sum = (
      name: "prompt_tokens" | "cached_tokens" | "completion_tokens" | "reasoning_tokens" | "cost_nano_usd",
    ) => rows.reduce((all, row) => all + (row[name] ?? 0), 0);
    assert.deepEqual(total, {
      calls: 4,
      failed_calls: 0,
      prompt_tokens: sum("prompt_tokens"),
      cached_tokens: sum("cached_tokens"),
      completion_tokens: sum("completion_tokens"),
      reasoning_tokens: sum("reasoning_tokens"),
      cost_nano_usd: sum("cost_nano_usd"),
      unpriced_calls: 1,
    });
    assert.ok(total.cached_tokens > 0 && total.reasoning_tokens > 0);
  });

  test("without times is this month's, up to now", async () => {
    const told = await report(stack, who);
    assert.match(told.from, /^\d{4}-\d\d-01T00:00:00\.000Z$/);
    assert.ok(Math.abs(Date.parse(told.to) - Date.now()) < 60_000);
    assert.ok(told.total.calls >= 2 && told.total.calls <= 3);
  });

  test("has its beginning in it and its end not", async () => {
    const rows = await bookedBy(stack, who, MODELS.length);
    const at = rows[0]?.started_at ?? 0;
    const moment = (ms: number): string => new Date(ms).toISOString();
    const calls = async (from: number, to: number): Promise<number> =>
      (await report(stack, who, { from: moment(from), to: moment(to) })).total.calls;
    assert.equal(await calls(at, at + 1), 1);
    assert.equal(await calls(at - 1, at), 0);
    assert.equal(await calls(at + 1, at + 2), 0);
    assert.equal(await calls(at, at), 0);
  });

  test("takes days and moments with any offset", async () => {
    const rows = await bookedBy(stack, who, MODELS.length);
    const then = rows[0]?.started_at ?? 0;
    const whole = await report(stack, who, { from: day(then), to: day(then + DAY_MS) });
    assert.equal(whole.total.calls, 1);
    const shifted = new Date(then + 8 * 3_600_000).toISOString().replace("Z", "+08:00");
    const from = await report(stack, who, { from: shifted, to: day(then + DAY_MS) });
    assert.equal(from.total.calls, 1);
    assert.equal(from.from, new Date(then).toISOString());
  });

  for (const [what, asked] of [
    ["a beginning that is no time", { from: "yesterday" }],
    ["an end that is no time", { to: "2026-13-01" }],
    ["an empty beginning", { from: "" }],
    ["a beginning after the end", { from: "2026-02-01", to: "2026-01-01" }],
    ["an unknown grouping", { group_by: "colour" }],
    ["an unknown parameter", { colour: "blue" }],
  ] as const) {
    test(`is refused for ${what}`, async () => {
      const reply = await usage(stack, who, asked);
      assert.equal(reply.status, 422);
      assert.equal(reply.headers.get("content-type"), "application/problem+json");
      const problem = (await reply.json()) as { code: string; errors: { pointer: string }[] };
      assert.equal(problem.code, "validation_failed");
      assert.ok(problem.errors.length > 0);
    });
  }

  test("is refused without signing in", async () => {
    assert.equal((await usage(stack, { headers: { authorization: "Bearer no" } })).status, 401);
    assert.equal((await fetch(`${stack.gateway}/v1/usage`)).status, 401);
  });

  test("of another person shows nothing of these calls", async () => {
    const other = await person();
    const told = await report(stack, other, { from: LONG_AGO, group_by: "user" });
    assert.deepEqual([told.data, told.total.calls], [[], 0]);
    await chat(stack, other, asking(unique()));
    await bookedBy(stack, other, 1);
    const later = await report(stack, other, { from: LONG_AGO, group_by: "user" });
    assert.deepEqual(
      later.data.map(({ key }) => key),
      [other.id],
    );
    assert.equal((await report(stack, who, { from: LONG_AGO })).total.calls, 4);
  });

  test("of an admin shows everybody's calls", async () => {
    const boss = await admin();
    const told = await report(stack, boss, { from: LONG_AGO, group_by: "user" });
    const mine = told.data.find(({ key }) => key === who.id);
    assert.equal(mine?.calls, 4);
    assert.deepEqual(added(told.data), told.total);
  });

  test("of somebody who signs in again is the same", async () => {
    const { email, password } = who;
    const from = { "cf-connecting-ip": network() };
    const login = await post(`${stack.functions.auth}/v1/auth/login`, { email, password }, from);
    const { access_token } = (await login.json()) as { access_token: string };
    const again = { headers: { authorization: `Bearer ${access_token}` } };
    assert.equal((await report(stack, again, { from: LONG_AGO })).total.calls, 4);
  });
});
