// What is kept of a request and its reply where somebody wants that: masked, sealed, for a while, and for whom.
// Not here: what is masked and what is not (tests of the guard).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { asking, type Body, booked, chat, type Reply, unique } from "./ai-call.ts";
import { admin, change, eventually, type Person, person, query, schedule, shared } from "./harness.ts";
import { joined, organisationOf } from "./organisations-client.ts";
import { changed, fresh } from "./registry-client.ts";
import { asked, type Capture, told } from "./usage-rows.ts";

const stack = shared();

async function captured(who: Person, mode: string, more: object = {}): Promise<void> {
  await told(stack, await admin(), `admin/ai/captures/${who.id}`, "PUT", { mode, ...more });
}

/** A call that is captured: what an isolate knows of settings may be some seconds old. */
function kept(who: Person, message: string, more: Body = {}, headers = {}): Promise<Reply> {
  return eventually(async () => {
    const reply = await chat(stack, who, asking(message, more), { headers });
    assert.equal(reply.status, 200, reply.text);
    return reply.headers.get("x-capture") === "on" ? reply : undefined;
  }, 20_000);
}

/** What was said in a call, once both sides are there. */
function said(who: Person, reply: Reply): Promise<Capture> {
  return eventually(async () => {
    const answer = await asked(stack, who, "GET", `calls/${reply.headers.get("x-request-id")}/capture`);
    const capture = (await answer.json()) as Capture;
    return answer.status === 200 && capture.request !== null && capture.reply !== null ? capture : undefined;
  });
}

const PERSONAL = "mail alice@example.com or call 13800138000";

describe("a capture", { concurrency: true }, () => {
  test("is not made unless somebody wants it, nor by a header alone", async () => {
    const who = await person();
    const reply = await chat(stack, who, asking(unique()), { headers: { "selvage-capture": "on" } });
    await booked(stack, reply);
    assert.equal(reply.headers.get("x-capture"), null);
    const id = reply.headers.get("x-request-id");
    assert.equal((await asked(stack, who, "GET", `calls/${id}/capture`)).status, 404);
  });

  for (const stream of [false, true]) {
    test(`holds both sides, masked and sealed: ${stream ? "a stream" : "a plain answer"}`, async () => {
      const who = await person();
      await captured(who, "all", { retention_days: 2 });
      const word = unique();
      const reply = await kept(who, `${word} ${PERSONAL} [sim:split=3;text=Write to bob@example.org now]`, { stream });
      const capture = await said(who, reply);
      const [request, answer] = [capture.request?.text ?? "", capture.reply?.text ?? ""];
      assert.ok(request.includes(word) && request.includes("mail [email] or call [phone]"), request);
      assert.ok(answer.includes("[email]") && !answer.includes("example.org"), answer);
      assert.equal(capture.reply?.media, stream ? "text/event-stream" : "application/json");
      assert.deepEqual([capture.request?.cut, capture.reply?.cut], [false, false]);
      const rows = query(stack, "SELECT * FROM captures WHERE call_id = ?", [capture.call_id]);
      assert.ok(rows.length >= 2);
      assert.ok(!JSON.stringify(rows).includes(word));
      const days = rows.map((row) => (Number(row.expires_at) - Number(row.captured_at)) / 86_400_000);
      assert.deepEqual([...new Set(days)], [2]);
      // The call itself got what it should.
      assert.ok(stream || reply.text.includes("bob@example.org"));
    });
  }

  test("is made by a header where that is left to calls", async () => {
    const who = await person();
    await captured(who, "asked");
    const reply = await kept(who, unique(), {}, { "selvage-capture": "on" });
    const capture = await said(who, reply);
    assert.ok(capture.request !== null);
    const without = await chat(stack, who, asking(unique()));
    assert.equal(without.headers.get("x-capture"), null);
  });

  test("of a long request is cut and says so", async () => {
    const who = await person();
    await captured(who, "all");
    const reply = await kept(who, `${unique()} ${"long words ".repeat(30_000)} ${PERSONAL}`);
    const { request } = await said(who, reply);
    assert.deepEqual([request?.cut, request?.text.length], [true, 256 * 1024]);
  });

  test("is made by a route that says so, unless the organisation wants none", async () => {
    const [boss, who, never] = [await admin(), await person(), await person()];
    await captured(never, "never");
    const route = fresh("kept");
    const variants = [{ name: "a", weight: 1, targets: [{ provider: "simulator", model: "simulated-chat" }] }];
    await eventually(async () => {
      const put = changed(stack, boss, "PUT", `/routes/${route}`, { id: route, capture: true, variants });
      return put.catch(() => undefined);
    });
    const reply = await eventually(async () => {
      const reply = await chat(stack, who, asking(unique(), { model: route }));
      return reply.status === 200 && reply.headers.get("x-capture") === "on" ? reply : undefined;
    }, 20_000);
    const call = await booked(stack, reply);
    assert.deepEqual(JSON.parse(String((call as unknown as { detail: string }).detail)).variant, "a");
    const refused = await chat(stack, never, asking(unique(), { model: route }));
    assert.deepEqual([refused.status, refused.headers.get("x-capture")], [200, null]);
    await changed(stack, boss, "DELETE", `/routes/${route}`);
  });

  test("is read by its person and by a role that may, and the latter is noted", async () => {
    const [who, owner, stranger] = [await person(), await person(), await person()];
    const organisation = await organisationOf(stack, owner);
    await joined(stack, organisation, who, "member");
    await captured(who, "all");
    const reply = await kept(who, unique());
    const { call_id } = await said(who, reply);
    const { call_id: booked_id } = await booked(stack, reply);
    await change(stack, "UPDATE ledger SET org_id = ? WHERE call_id = ?", [organisation, booked_id]);
    const read = async (by: Person): Promise<number> =>
      (await asked(stack, by, "GET", `calls/${booked_id}/capture`)).status;
    assert.deepEqual([await read(who), await read(stranger), await read(await admin())], [200, 404, 404]);
    const events = () =>
      query(stack, "SELECT actor_id FROM security_events WHERE kind = 'capture_read' AND user_id = ?", [who.id]);
    assert.deepEqual(events(), []);
    assert.equal(await read(owner), 200);
    assert.deepEqual(
      events().map(({ actor_id }) => actor_id),
      [owner.id],
    );
    assert.equal(call_id, booked_id);
  });

  test("goes when its time is over, and with the account", async () => {
    const who = await person();
    await captured(who, "all");
    const first = await said(who, await kept(who, unique()));
    const second = await said(who, await kept(who, unique()));
    const left = () =>
      query(stack, "SELECT DISTINCT call_id FROM captures WHERE user_id = ?", [who.id]).map((row) => row.call_id);
    assert.deepEqual(left().sort(), [first.call_id, second.call_id].sort());
    await change(stack, "UPDATE captures SET expires_at = 1 WHERE call_id = ?", [first.call_id]);
    assert.equal((await asked(stack, who, "GET", `calls/${first.call_id}/capture`)).status, 404);
    await schedule(stack, "usage");
    assert.deepEqual(left(), [second.call_id]);
    const gone = await fetch(`${stack.functions.users}/v1/users/me`, { method: "DELETE", headers: who.headers });
    assert.equal(gone.status, 204);
    assert.deepEqual(left(), []);
  });

  test("of somebody who is not there cannot be wanted", async () => {
    const reply = await asked(stack, await admin(), "PUT", "admin/ai/captures/org_nobody", { mode: "all" });
    assert.equal(reply.status, 404);
    const boss = await admin();
    const days = await asked(stack, boss, "PUT", `admin/ai/captures/${boss.id}`, { mode: "all", retention_days: 366 });
    assert.equal(days.status, 422);
  });
});
