// Talking with models in a running stack: turns, streams as they pass, clients that leave, answers that break off, two
// messages at once, titles. Not here: what is decided from what (functions/talk/tests).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bookedBy, ledger, read, unique } from "./ai-call.ts";
import { awaited, journal } from "./ai-journal.ts";
import { visit } from "./ai-visit.ts";
import { change, eventually, type Person, person, schedule, shared } from "./harness.ts";
import { reply } from "./organisations-client.ts";
import { branch, conversationOf, said, state, talk } from "./talk-client.ts";

const stack = shared();

/** The text of a chat route's stream. */
function textOf(stream: string): string {
  const events = stream.split("\n\n").filter((event) => event.startsWith("data: {"));
  const parts = events.map((event) => JSON.parse(event.slice(6)) as { choices?: { delta?: { content?: string } }[] });
  return parts.map((part) => part.choices?.[0]?.delta?.content ?? "").join("");
}

async function quiet(who: Person, conversation: string): Promise<void> {
  await eventually(async () => {
    if ((await state(stack, who, conversation)).answering) throw new Error("still answering");
    return true;
  });
}

test("a conversation goes on: the model is told what was said before, and each call is the person's own", async () => {
  const who = await person();
  const word = unique();
  const id = await conversationOf(stack, who, { system: `Be brief. ${word}`, title: "Mine" });
  const first = await said(stack, who, id, "one");
  const second = await said(stack, who, id, "two");
  assert.deepEqual([first.answer.state, first.answer.provider], ["complete", "simulator"]);
  const calls = (await journal(stack, word)).filter((call) => JSON.stringify(call.body).includes("two"));
  const told = (calls[0]?.body ?? { messages: [] }) as { messages: { role: string; content: string }[] };
  assert.deepEqual(
    told.messages.map(({ role, content }) => [role, content]),
    [
      ["system", `Be brief. ${word}`],
      ["user", "one"],
      ["assistant", first.answer.content],
      ["user", "two"],
    ],
  );
  const rows = await bookedBy(stack, who, 2);
  assert.ok(rows.some((row) => row.request_id === second.answer.request_id));
  assert.ok(rows.every((row) => row.user_id === who.id));
});

test("through the gateway, too", async () => {
  const who = await person();
  const id = await conversationOf(stack, who);
  const headers = { "content-type": "application/json", ...who.headers };
  const body = JSON.stringify({ content: "hello", stream: true });
  const url = `${stack.gateway}/v1/conversations/${id}/messages`;
  const answer = await read(await fetch(url, { method: "POST", headers, body }));
  assert.equal(answer.status, 200);
  assert.ok(answer.complete && answer.text.endsWith("data: [DONE]\n\n"), answer.text);
  await quiet(who, id);
  const kept = await branch(stack, who, id);
  assert.deepEqual(
    kept.map((message) => message.content),
    ["hello", textOf(answer.text)],
  );
});

test("a stream is the chat route's own, and what it said is kept under the ids that its head tells", async () => {
  const who = await person();
  const id = await conversationOf(stack, who);
  const content = `${unique()} [sim:chunks=40]`;
  const sent = await talk(stack, who, "POST", `conversations/${id}/messages`, { content, stream: true });
  const stream = await read(sent);
  const body = { model: "simulated-chat", messages: [{ role: "user", content }], stream: true };
  const url = `${stack.functions.ai}/v1/chat/completions`;
  const headers = { "content-type": "application/json", ...who.headers };
  const direct = await read(await fetch(url, { method: "POST", headers, body: JSON.stringify(body) }));
  const shape = (text: string): string => text.replaceAll(/"(id|created)":("[^"]*"|\d+)/g, "");
  assert.equal(shape(stream.text), shape(direct.text));
  await quiet(who, id);
  const [message, answer] = await branch(stack, who, id);
  assert.deepEqual([message?.id, answer?.id], [sent.headers.get("x-message-id"), sent.headers.get("x-answer-id")]);
  assert.deepEqual([answer?.content, answer?.state], [textOf(stream.text), "complete"]);
});

for (const origin of ["talk", "gateway"] as const) {
  test(`a client that leaves ${origin} in mid-stream ends the call, and what it saw is kept as partial`, async () => {
    const who = await person();
    const word = unique();
    const id = await conversationOf(stack, who, { title: "Mine" });
    const content = `${word} [sim:delay=20;chunks=2000]`;
    const body = { content, stream: true };
    const client = visit(stack.functions[origin], who, body, `/v1/conversations/${id}/messages`);
    await client.until('"index":0,"delta":{"content"');
    client.leave();
    await awaited(stack, word, "client_left", 1, 3_000);
    await quiet(who, id);
    const [, answer] = await branch(stack, who, id);
    assert.equal(answer?.state, "partial");
    assert.ok((answer?.content.length ?? 0) > 0);
    const [row] = await bookedBy(stack, who, 1);
    assert.deepEqual([row?.status, row?.request_id], ["client_left", answer?.request_id]);
    await said(stack, who, id, "and on");
    assert.equal((await branch(stack, who, id)).length, 4);
  });
}

test("a client that leaves before the first word leaves nothing behind", async () => {
  const who = await person();
  const word = unique();
  const id = await conversationOf(stack, who);
  const body = { content: `${word} [sim:stall=headers]`, stream: true };
  const client = visit(stack.functions.talk, who, body, `/v1/conversations/${id}/messages`);
  await awaited(stack, word, "open");
  client.leave();
  await awaited(stack, word, "client_left", 1, 3_000);
  await quiet(who, id);
  assert.deepEqual(await branch(stack, who, id), []);
});

test("an answer that breaks off is kept as broken, and the stream says so", async () => {
  const who = await person();
  for (const cut of ["cut=mid", "cut=between", "cut=clean"]) {
    const id = await conversationOf(stack, who, { title: "Mine" });
    const body = { content: `${unique()} [sim:${cut}]`, stream: true };
    const stream = await read(await talk(stack, who, "POST", `conversations/${id}/messages`, body));
    assert.match(stream.text, /data: \{"error":/);
    assert.doesNotMatch(stream.text, /\[DONE\]/);
    await quiet(who, id);
    const [, answer] = await branch(stack, who, id);
    assert.equal(answer?.state, "broken", cut);
    assert.ok(answer?.error, cut);
    assert.equal(answer?.content, textOf(stream.text), cut);
  }
});

describe("an error instead of an answer leaves nothing behind", { concurrency: true }, () => {
  for (const [directive, status, code] of [
    ["status=400", 422, "validation_failed"],
    ["status=401", 502, "upstream_auth"],
    ["cut=headers", 502, "upstream_failed"],
  ] as const) {
    for (const stream of [false, true]) {
      test(`${directive}, ${stream ? "streamed" : "plain"}`, async () => {
        const who = await person();
        const id = await conversationOf(stack, who);
        const body = { content: `${unique()} [sim:${directive}]`, stream };
        const answer = await talk(stack, who, "POST", `conversations/${id}/messages`, body);
        assert.equal(answer.headers.get("content-type"), "application/problem+json");
        assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [status, code]);
        assert.deepEqual(await branch(stack, who, id), []);
        const { title, answering } = await state(stack, who, id);
        assert.deepEqual([title, answering], ["", false]);
      });
    }
  }
});

test("of many messages at once one is answered, the others are told to wait, and history never interleaves", async () => {
  const who = await person();
  const id = await conversationOf(stack, who, { title: "Mine" });
  for (let round = 0; round < 3; round++) {
    const send = (n: number): Promise<Response> =>
      talk(stack, who, "POST", `conversations/${id}/messages`, { content: `${round}/${n} [sim:delay=5;chunks=20]` });
    const replies = await Promise.all(Array.from({ length: 8 }, (_, n) => send(n)));
    const outcomes = await Promise.all(replies.map(async (one) => ({ status: one.status, text: await one.text() })));
    const refused = outcomes.filter(({ status }) => status === 409);
    assert.ok(refused.every(({ text }) => (JSON.parse(text) as { code: string }).code === "conversation_busy"));
    assert.ok(outcomes.every(({ status }) => status === 200 || status === 409));
    assert.ok(refused.length < 8);
  }
  const all = await branch(stack, who, id);
  assert.deepEqual(
    all.map((message) => message.role),
    all.map((_, n) => (n % 2 === 0 ? "user" : "assistant")),
  );
  all.forEach((message, n) => void assert.equal(message.parent, all[n - 1]?.id ?? null));
  assert.equal((await bookedBy(stack, who, all.length / 2)).length, all.length / 2);
});

test("a retry with the same key gets the same stream and says nothing twice", async () => {
  const who = await person();
  const id = await conversationOf(stack, who, { title: "Mine" });
  const send = async (): Promise<string> => {
    const headers = { "idempotency-key": id };
    const body = { content: "hello", stream: true };
    return (await talk(stack, who, "POST", `conversations/${id}/messages`, body, headers)).text();
  };
  const first = await send();
  await quiet(who, id);
  const again = await eventually(async () => {
    const text = await send();
    if (text.includes("idempotency_in_progress")) throw new Error("the first is not kept yet");
    return text;
  });
  assert.equal(again, first);
  assert.equal((await branch(stack, who, id)).length, 2);
  assert.equal((await bookedBy(stack, who, 1)).length, 1);
});

test("the model finds a title after the first answer, at the person's cost", async () => {
  const who = await person();
  const id = await conversationOf(stack, who);
  await said(stack, who, id, "What grows in a garden in winter?");
  const titled = await eventually(async () => {
    const now = await state(stack, who, id);
    if (now.title_by !== "model") throw new Error(now.title_by);
    return now;
  });
  assert.ok(titled.title.length > 0);
  await bookedBy(stack, who, 2);
  await said(stack, who, id, "And in spring?");
  await bookedBy(stack, who, 3);
  assert.equal(ledger(stack, who).length, 3);
});

test("what is said is found again, in Chinese too, and gone when the conversation is", async () => {
  const who = await person();
  const id = await conversationOf(stack, who, { title: "花园" });
  await said(stack, who, id, "冬天的花园里长什么？");
  const found = async (): Promise<{ conversation_id: string; title: string }[]> => {
    const query = new URLSearchParams({ q: "花园" });
    return (await reply<{ data: never[] }>(talk(stack, who, "GET", `conversations/search?${query}`))).data;
  };
  assert.deepEqual(new Set((await found()).map((one) => one.conversation_id)), new Set([id]));
  assert.equal((await talk(stack, who, "DELETE", `conversations/${id}`)).status, 204);
  assert.deepEqual(await found(), []);
});

test("the schedule deletes what its person wants to be kept no longer", async () => {
  const who = await person();
  const [old, young] = [await conversationOf(stack, who), await conversationOf(stack, who)];
  await reply(talk(stack, who, "PUT", "conversations/settings", { retention_days: 7 }));
  const then = Date.now() - 8 * 86_400_000;
  await change(stack, "UPDATE conversations SET updated_at = ? WHERE id = ?", [then, old]);
  await schedule(stack, "talk");
  const left = await reply<{ data: { id: string }[] }>(talk(stack, who, "GET", "conversations"));
  assert.deepEqual(
    left.data.map(({ id }) => id),
    [young],
  );
});
