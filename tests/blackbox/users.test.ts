// People: what they see and change of themselves, what administrators do with accounts, and how soon it is felt.
// Not here: API keys (keys.test.ts).

import assert from "node:assert/strict";
import { test } from "node:test";
import { bookedBy, unique } from "./ai-call.ts";
import { idleAnalysis } from "./analyses-client.ts";
import { auth, problem, read } from "./auth-client.ts";
import { evaluationOf, idleTuning } from "./evaluations-client.ts";
import { admin, change, eventually, type Person, person, post, query, shared } from "./harness.ts";
import { fileOf, idleBatch, shares } from "./jobs-client.ts";
import { bearing, newKey } from "./keys-client.ts";

const stack = shared();

function users(who: Pick<Person, "headers">, method: string, path: string, body?: unknown): Promise<Response> {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = { "content-type": "application/json", ...who.headers };
  return fetch(`${stack.gateway}/v1/${path}`, { method, headers, ...init });
}

async function json(reply: Response): Promise<Record<string, unknown>> {
  const text = await reply.text();
  assert.equal(reply.status, 200, text);
  return JSON.parse(text) as Record<string, unknown>;
}

test("a profile is changed by its owner, in what is named alone", async () => {
  const who = await person();
  const avatar_ref = "https://example.com/ada.png";
  await json(await users(who, "PATCH", "users/me", { name: "Ada", locale: "zh-CN", avatar_ref }));
  const changed = await json(await users(who, "PATCH", "users/me", { avatar_ref: null }));
  assert.deepEqual([changed.name, changed.locale, changed.avatar_ref], ["Ada", "zh-CN", null]);
  await problem(await users(who, "PATCH", "users/me", { roles: ["admin"] }), 422, "validation_failed");
});

test("an export has the account, its sessions, keys, events and calls", async () => {
  const who = await person();
  const { key, id } = await newKey(stack, who);
  const body = { model: "simulated-chat", messages: [{ role: "user", content: unique() }] };
  await (await post(`${stack.functions.ai}/v1/chat/completions`, body, bearing(key))).arrayBuffer();
  await bookedBy(stack, who, 1);
  const all = await json(await users(who, "GET", "users/me/export"));
  assert.equal(all.complete, true);
  assert.equal((all.profile as { email: string }).email, who.email);
  assert.deepEqual(
    (all.keys as { id: string }[]).map((one) => one.id),
    [id],
  );
  assert.deepEqual(
    (all.calls as { key_id: string }[]).map((one) => one.key_id),
    [id],
  );
  assert.deepEqual((all.events as { kind: string }[]).map((one) => one.kind).sort(), ["key_created", "registered"]);
  assert.ok(!JSON.stringify(all).includes(key.slice(34, 66)));
});

test("an export has what models did for the person, and whom their files are open to", async () => {
  const who = await person();
  const [analysis, batch, evaluation, job, file] = await Promise.all([
    idleAnalysis(stack, who, "running"),
    idleBatch(stack, who),
    evaluationOf(stack, who),
    idleTuning(stack, who),
    fileOf(stack, who),
  ]);
  assert.equal((await shares(stack, who, "PUT", `${file}/shares/friend@example.com`)).status, 200);
  const all = await json(await users(who, "GET", "users/me/export"));
  const first = (list: string) => (all[list] as Record<string, unknown>[])[0];
  assert.deepEqual(
    ["analyses", "batches", "evaluations", "tuning_jobs"].map((list) => first(list)?.id),
    [analysis, batch, evaluation, job],
  );
  const { settings, result, created_at } = first("analyses") ?? {};
  assert.deepEqual([settings, result], [{}, null]);
  assert.match(String(created_at), /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual([first("shares")?.file_id, first("shares")?.with], [file, "friend@example.com"]);
  assert.deepEqual([all.evaluation_runs, all.uploads, all.links, all.webhooks, all.settings], [[], [], [], [], []]);
});

test("a deleted account is gone with its sessions and keys, and its address is free again", async () => {
  const who = await person();
  const { key } = await newKey(stack, who);
  assert.equal((await users(who, "DELETE", "users/me")).status, 204);
  await problem(await read(stack, "me", who.access_token), 401, "unauthenticated");
  await problem(await auth(stack, "refresh", { refresh_token: who.refresh_token }), 401, "refresh_refused");
  assert.equal((await fetch(`${stack.functions.ai}/v1/models`, { headers: bearing(key) })).status, 401);
  const { email, password } = who;
  await problem(await auth(stack, "login", { email, password }), 401, "invalid_credentials");
  for (const table of ["sessions", "api_keys"]) {
    assert.deepEqual(query(stack, `SELECT 1 FROM ${table} WHERE user_id = ?`, [who.id]), [], table);
  }
  assert.equal((await auth(stack, "register", { email, password })).status, 201);
});

test("deleting an account wants a proof that is not older than ten minutes", async () => {
  const who = await person();
  await change(stack, "UPDATE sessions SET authenticated_at = ? WHERE user_id = ?", [Date.now() - 600_000, who.id]);
  await problem(await users(who, "DELETE", "users/me"), 403, "step_up_required");
});

test("a suspended person is out: sessions, refresh, sign-in and keys", async () => {
  const [boss, who] = [await admin(), await person()];
  const { key } = await newKey(stack, who);
  const models = async (): Promise<number> => {
    const reply = await fetch(`${stack.functions.ai}/v1/models`, { headers: bearing(key) });
    await reply.arrayBuffer();
    return reply.status;
  };
  assert.equal(await models(), 200);
  assert.equal((await json(await users(boss, "POST", `admin/users/${who.id}/suspend`))).status, "suspended");
  await problem(await read(stack, "me", who.access_token), 403, "suspended");
  await problem(await auth(stack, "refresh", { refresh_token: who.refresh_token }), 403, "suspended");
  const { email, password } = who;
  await problem(await auth(stack, "login", { email, password }), 403, "suspended");
  await eventually(async () => ((await models()) === 401 ? true : undefined), 15_000);
  assert.equal((await json(await users(boss, "POST", `admin/users/${who.id}/restore`))).status, "active");
  await problem(await read(stack, "me", who.access_token), 401, "unauthenticated");
  assert.equal((await auth(stack, "login", { email, password })).status, 200);
  const events = await json(await users(boss, "GET", `admin/users/${who.id}/events`));
  const noted = (events.data as { kind: string; actor_id: string | null }[]).filter(
    ({ actor_id }) => actor_id !== null,
  );
  assert.deepEqual(
    noted.map(({ kind, actor_id }) => [kind, actor_id]),
    [
      ["restored", boss.id],
      ["suspended", boss.id],
    ],
  );
});

test("a role that is taken away opens nothing from that moment on", async () => {
  const [boss, other] = [await admin(), await admin()];
  assert.equal((await users(other, "GET", "admin/users?limit=1")).status, 200);
  await json(await users(boss, "PUT", `admin/users/${other.id}/roles`, { roles: [] }));
  await problem(await users(other, "GET", "admin/users?limit=1"), 401, "unauthenticated");
  await problem(await users(boss, "PUT", `admin/users/${boss.id}/roles`, { roles: [] }), 403, "forbidden");
});

test("people are found by the beginning of their address, in any case", async () => {
  const [boss, who] = [await admin(), await person()];
  const { data } = await json(await users(boss, "GET", `admin/users?query=${who.email.slice(0, 14).toUpperCase()}`));
  assert.deepEqual(
    (data as { id: string }[]).map(({ id }) => id),
    [who.id],
  );
});
