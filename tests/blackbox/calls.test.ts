// Single calls: lists and details, who sees them, their line in the log. Not here: what a call costs (`ledger-…`), what
// was said in it (`capture.test.ts`).

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { asking, booked, bookedBy, chat, type Reply, unique } from "./ai-call.ts";
import { report } from "./ai-journal.ts";
import { admin, change, eventually, logLines, type Person, person, shared } from "./harness.ts";
import { bearing, newKey } from "./keys-client.ts";
import { joined, organisationOf } from "./organisations-client.ts";
import { asked, type Call, type CallDetail, told } from "./usage-rows.ts";

const stack = shared();

type List = { readonly data: readonly Call[]; readonly next_cursor: string | null };

function list(who: Pick<Person, "headers">, query: Readonly<Record<string, string>> = {}): Promise<List> {
  return told<List>(stack, who, `calls?${new URLSearchParams(query)}`);
}

/** A call of this person that is booked. */
async function made(who: Person, more: object = {}, message = unique()): Promise<Reply> {
  const reply = await chat(stack, who, asking(message, { ...more }));
  await booked(stack, reply);
  return reply;
}

describe("calls", { concurrency: true }, () => {
  let who: Person;
  const replies: Reply[] = [];
  before(async () => {
    who = await person();
    replies.push(await made(who));
    replies.push(await made(who, { model: "simulated-reasoning", stream: true }));
    replies.push(await made(who, { model: "simulated-unpriced" }));
    replies.push(await made(who, {}, `${unique()} [sim:status=400]`));
    await bookedBy(stack, who, 4);
  });

  test("are listed newest first, a page at a time", async () => {
    const first = await list(who, { limit: "3" });
    const second = await list(who, { limit: "3", cursor: first.next_cursor ?? "" });
    assert.deepEqual([first.data.length, second.data.length, second.next_cursor], [3, 1, null]);
    const all = [...first.data, ...second.data];
    const wanted = replies.map((reply) => reply.headers.get("x-request-id")).reverse();
    assert.deepEqual(
      all.map((call) => call.request_id),
      wanted,
    );
  });

  test("are listed by model, status, request and time", async () => {
    const models = async (query: Readonly<Record<string, string>>): Promise<string[]> =>
      (await list(who, query)).data.map(({ model }) => model);
    assert.deepEqual(await models({ model: "simulated-unpriced" }), ["simulated-unpriced"]);
    assert.deepEqual(await models({ status: "failed" }), ["simulated-chat"]);
    const streamed = replies[1]?.headers.get("x-request-id") ?? "";
    assert.deepEqual(await models({ request_id: streamed }), ["simulated-reasoning"]);
    const rows = await list(who);
    const from = rows.data[1]?.started_at ?? "";
    assert.deepEqual((await models({ from })).length, 2);
    assert.deepEqual((await models({ to: from })).length, 2);
    assert.deepEqual(await models({ key: "key_nobody" }), []);
  });

  test("are refused for a filter that is none, and for everybody's without being an administrator", async () => {
    assert.equal((await asked(stack, who, "GET", "calls?status=lost")).status, 422);
    assert.equal((await asked(stack, who, "GET", "calls?from=yesterday")).status, 422);
    assert.equal((await asked(stack, who, "GET", "calls?everybody=true")).status, 403);
  });

  test("tell their tries, numbers and price, by either id", async () => {
    const request = replies[1]?.headers.get("x-request-id") ?? "";
    const call = await told<CallDetail>(stack, who, `calls/${request}`);
    assert.deepEqual(await told<CallDetail>(stack, who, `calls/${call.id}`), call);
    assert.deepEqual([call.request_id, call.status, call.estimated, call.stream], [request, "succeeded", false, true]);
    assert.deepEqual(
      call.attempts.map(({ provider, outcome, status }) => [provider, outcome, status]),
      [["simulator", "ok", 200]],
    );
    assert.ok(call.prompt_tokens > 0 && (call.cost_nano_usd ?? 0) > 0 && call.price_version !== null);
    assert.ok(call.first_token_ms !== null && typeof call.raw_usage === "object" && call.raw_usage !== null);
    assert.deepEqual([call.priced_as, call.former_prices, call.role], ["simulator/simulated-reasoning", [], null]);
  });

  test("without a price have no cost, and those that failed the reason", async () => {
    const unpriced = await told<CallDetail>(stack, who, `calls/${replies[2]?.headers.get("x-request-id")}`);
    assert.deepEqual([unpriced.cost_nano_usd, unpriced.price_version], [null, null]);
    const failed = await told<CallDetail>(stack, who, `calls/${replies[3]?.headers.get("x-request-id")}`);
    assert.deepEqual([failed.status, failed.cost_nano_usd, failed.attempts.at(-1)?.status], ["failed", 0, 400]);
  });

  test("of another person are 404, and open to administrators by a row of their own", async () => {
    const request = replies[0]?.headers.get("x-request-id") ?? "";
    const { id } = await told<CallDetail>(stack, who, `calls/${request}`);
    const [other, boss] = [await person(), await admin()];
    for (const one of [id, request]) {
      assert.equal((await asked(stack, other, "GET", `calls/${one}`)).status, 404);
      assert.equal((await asked(stack, boss, "GET", `calls/${one}`)).status, 404);
      assert.equal((await told<CallDetail>(stack, boss, `admin/ai/calls/${one}`)).id, id);
    }
    assert.deepEqual((await list(other)).data, []);
    const all = await told<List>(stack, boss, `calls?everybody=true&request_id=${request}`);
    assert.deepEqual(
      all.data.map((call) => call.id),
      [id],
    );
  });

  test("an organisation paid for are seen by those whose role may read its usage", async () => {
    const [owner, member, stranger] = [await person(), await person(), await person()];
    const id = await organisationOf(stack, owner);
    await joined(stack, id, member, "member");
    const key = await newKey(stack, owner, { scopes: ["use:ai", "read:usage"] });
    const reply = await chat(stack, { headers: bearing(key.key) }, asking(unique()));
    const row = await booked(stack, reply);
    // As if the organisation's key had made it.
    await change(stack, "UPDATE ledger SET org_id = ?, user_id = ? WHERE call_id = ?", [id, member.id, row.call_id]);
    const seen = async (who: Pick<Person, "headers">): Promise<number> =>
      (await list(who, { organisation_id: id })).data.length;
    assert.deepEqual([await seen(owner), await seen(stranger)], [1, 0]);
    const sums = async (who: Pick<Person, "headers">): Promise<number> =>
      (await report(stack, who, { organisation_id: id })).total.calls;
    assert.deepEqual([await sums(owner), await sums(stranger), await sums(await admin())], [1, 0, 1]);
    assert.equal((await asked(stack, owner, "GET", `calls/${row.call_id}`)).status, 200);
    assert.equal((await asked(stack, stranger, "GET", `calls/${row.call_id}`)).status, 404);
    assert.deepEqual(
      (await list(member)).data.map((call) => [call.id, call.key_id]),
      [[row.call_id, key.id]],
    );
    // A plain member sees what is their own and no more.
    await change(stack, "UPDATE ledger SET user_id = ? WHERE call_id = ?", [owner.id, row.call_id]);
    assert.equal((await asked(stack, member, "GET", `calls/${row.call_id}`)).status, 404);
  });

  test("have one line each in the log, in the words of OpenTelemetry and without what was said", async () => {
    const said = unique();
    const reply = await made(who, { stream: true }, said);
    const { call_id } = await booked(stack, reply);
    const line = await eventually(() => logLines(stack, (one) => one.metadata["selvage.call.id"] === call_id)[0]);
    assert.deepEqual([line.service, line.action, line.message, line.userId], ["usage", "call", "ok", who.id]);
    const { metadata } = line;
    assert.deepEqual(
      [metadata["gen_ai.operation.name"], metadata["gen_ai.provider.name"], metadata["gen_ai.request.model"]],
      ["chat", "simulator", "simulated-chat"],
    );
    assert.ok(Number(metadata["gen_ai.usage.input_tokens"]) > 0);
    assert.ok(Number(metadata["gen_ai.response.time_to_first_chunk"]) >= 0);
    assert.equal(metadata["gen_ai.request.stream"], true);
    assert.equal(metadata["error.type"], undefined);
    assert.ok(!JSON.stringify(line).includes(said));
    assert.equal(logLines(stack, (one) => one.metadata["selvage.call.id"] === call_id).length, 1);
  });
});
