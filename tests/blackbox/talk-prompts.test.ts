// Prompts, presets and feedback in a running stack: run with the caller's own credentials, an organisation's roles, what
// administrators see. Not here: rendering (functions/talk/tests).

import assert from "node:assert/strict";
import { test } from "node:test";
import { booked, bookedBy, chat, read, unique } from "./ai-call.ts";
import { admin, person, query, shared } from "./harness.ts";
import { bearing, newKey } from "./keys-client.ts";
import { joined, organisationOf, reply } from "./organisations-client.ts";
import { callOf, conversationOf, promptOf, said, talk, VERSION } from "./talk-client.ts";

const stack = shared();

interface Rendered {
  readonly version: number;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

test("a prompt runs with a key and is booked under it, answered as the chat route would", async () => {
  const who = await person();
  const id = await promptOf(stack, who);
  const key = await newKey(stack, who, { scopes: ["use:ai"] });
  const caller = { headers: bearing(key.key) };
  for (const stream of [false, true]) {
    const run = await talk(stack, caller, "POST", `prompts/${id}/run`, { variables: { name: "Grace" }, stream });
    const got = await read(run);
    assert.equal(got.status, 200, got.text);
    assert.deepEqual([run.headers.get("x-prompt-version"), run.headers.get("x-provider")], ["1", "simulator"]);
    const messages = [{ role: "user", content: "Greet Grace." }];
    const direct = await chat(stack, who, { model: "simulated-chat", messages, ...(stream ? { stream } : {}) });
    const shape = (text: string): string => text.replaceAll(/"(id|created)": ?("[^"]*"|\d+)/g, "");
    assert.equal(shape(got.text), shape(direct.text));
    const row = await booked(stack, got);
    assert.equal(query(stack, "SELECT key_id FROM ledger WHERE call_id = ?", [row.call_id])[0]?.key_id, key.id);
  }
});

test("a label moves and the next call has the other version", async () => {
  const who = await person();
  const id = await promptOf(stack, who);
  const rendered = async (): Promise<string | undefined> =>
    (await reply<Rendered>(talk(stack, who, "POST", `prompts/${id}/render`, {}))).messages[0]?.content;
  await reply(talk(stack, who, "PUT", `prompts/${id}/labels/production`, { version: 1 }));
  const second = { ...VERSION, messages: [{ role: "user", content: "Say goodbye to {{name}}." }] };
  await reply(talk(stack, who, "POST", `prompts/${id}/versions`, second), 201);
  assert.equal(await rendered(), "Greet Ada.");
  await reply(talk(stack, who, "PUT", `prompts/${id}/labels/production`, { version: 2 }));
  assert.equal(await rendered(), "Say goodbye to Ada.");
});

test("of many versions at once each gets a number of its own", async () => {
  const who = await person();
  const id = await promptOf(stack, who);
  const add = (): Promise<{ version: number }> =>
    reply(talk(stack, who, "POST", `prompts/${id}/versions`, VERSION), 201);
  const versions = (await Promise.all(Array.from({ length: 10 }, add))).map(({ version }) => version);
  assert.deepEqual(
    versions.sort((a, b) => a - b),
    Array.from({ length: 10 }, (_, n) => n + 2),
  );
});

test("an organisation's members run its prompts, its administrators change them, and nobody else sees them", async () => {
  const [owner, member, administrator, stranger] = [await person(), await person(), await person(), await person()];
  const organisation_id = await organisationOf(stack, owner);
  await joined(stack, organisation_id, member, "member");
  await joined(stack, organisation_id, administrator, "admin");
  const wish = { name: "Ours", organisation_id, version: VERSION };
  const { id } = await reply<{ id: string }>(talk(stack, owner, "POST", "prompts", wish), 201);
  assert.equal((await talk(stack, member, "POST", `prompts/${id}/run`, {})).status, 200);
  assert.equal((await talk(stack, member, "PATCH", `prompts/${id}`, { name: "Mine" })).status, 403);
  assert.equal((await talk(stack, member, "POST", "prompts", wish)).status, 403);
  await reply(talk(stack, administrator, "PATCH", `prompts/${id}`, { name: "Still ours" }));
  assert.equal((await talk(stack, stranger, "POST", `prompts/${id}/run`, {})).status, 404);
  assert.equal((await talk(stack, stranger, "POST", "prompts", wish)).status, 404);
});

test("a run that the budget does not cover is refused in the row's dialect", async () => {
  const who = await person();
  const id = await promptOf(stack, who, { ...VERSION, parameters: { max_tokens: 100_000_000 } });
  const run = await talk(stack, who, "POST", `prompts/${id}/run`, {});
  const body = (await run.json()) as { error?: { code: string } };
  assert.deepEqual([run.status, body.error?.code], [402, "insufficient_quota"]);
});

test("feedback on an answer and on a call is seen by administrators, without what was said", async () => {
  const who = await person();
  const word = unique();
  const id = await conversationOf(stack, who, { title: "Mine" });
  const { answer } = await said(stack, who, id, word);
  const opinion = { rating: "down", reasons: ["wrong"], comment: `about ${answer.id}` };
  await reply(talk(stack, who, "PUT", `conversations/${id}/messages/${answer.id}/feedback`, opinion));
  const called = await chat(stack, who, { model: "simulated-chat", messages: [{ role: "user", content: word }] });
  await bookedBy(stack, who, 2);
  const request = called.headers.get("x-request-id") ?? "";
  await reply(talk(stack, who, "PUT", `calls/${encodeURIComponent(request)}/feedback`, { rating: "up" }));
  const other = await callOf(stack, await person());
  assert.equal((await talk(stack, who, "PUT", `calls/${other}/feedback`, { rating: "up" })).status, 404);
  const seen = await reply<{ data: { user_id: string; request_id: string; opinion: object }[] }>(
    talk(stack, await admin(), "GET", "admin/feedback?limit=100"),
  );
  const theirs = seen.data.filter(({ user_id }) => user_id === who.id);
  assert.deepEqual(new Set(theirs.map(({ request_id }) => request_id)), new Set([answer.request_id, request]));
  assert.ok(!JSON.stringify(theirs).includes(word));
});

test("an account's export has conversations and prompts, and its deletion leaves none of them", async () => {
  const who = await person();
  const word = unique();
  const id = await conversationOf(stack, who, { title: "Mine" });
  const { answer } = await said(stack, who, id, word);
  await reply(talk(stack, who, "PUT", `conversations/${id}/messages/${answer.id}/feedback`, { rating: "up" }));
  await promptOf(stack, who);
  const { headers } = who;
  const all = await reply<Readonly<Record<string, { content?: string }[]>>>(
    fetch(`${stack.functions.users}/v1/users/me/export`, { headers }),
  );
  assert.ok(all.messages?.some((message) => message.content === word));
  assert.deepEqual([all.conversations?.length, all.prompts?.length, all.feedback?.length], [1, 1, 1]);
  assert.equal((await fetch(`${stack.functions.users}/v1/users/me`, { method: "DELETE", headers })).status, 204);
  for (const table of ["conversations", "messages", "prompts", "feedback"]) {
    const sql = `SELECT count(*) AS n FROM ${table} WHERE user_id = ?`;
    assert.equal(query(stack, sql, [who.id])[0]?.n, 0, table);
  }
});
