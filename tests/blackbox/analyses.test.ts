// Pictures through the queue, the AI function and the simulator: what is asked, what it costs, who is told, and how it ends.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { ledger, unique } from "./ai-call.ts";
import { journal } from "./ai-journal.ts";
import { type Analysis, analyses, analysisOf, ended, pictureOf, receiver } from "./analyses-client.ts";
import { change, eventually, person, query, schedule, shared } from "./harness.ts";
import { files } from "./jobs-client.ts";
import { keys, newKey } from "./keys-client.ts";
import { reply } from "./organisations-client.ts";

const stack = shared();

/** The deliveries of somebody's webhook, once they are `status`. */
function deliveries(who: Parameters<typeof analyses>[1], status: string): Promise<Record<string, unknown>[]> {
  return eventually(async () => {
    const list = await reply<{ data: Record<string, unknown>[] }>(analyses(stack, who, "GET", "webhook/deliveries"));
    return list.data.length > 0 && list.data.every((one) => one["status"] === status) ? list.data : undefined;
  }, 30_000);
}

// The waits of some are the time of others.
describe("analyses", { concurrency: true }, () => {
  test("a picture goes up, is looked at once, charged once, and what was seen is kept", async () => {
    const [who, word] = [await person(), unique()];
    const wish = { file_id: await pictureOf(stack, who), task: "describe", prompt: word, model: "simulated-chat" };
    const keyed = { headers: { ...who.headers, "idempotency-key": word } };
    const made = await analyses(stack, keyed, "POST", "analyses", wish);
    const { id, status } = (await made.json()) as Analysis;
    assert.deepEqual([made.status, status], [202, "queued"]);
    assert.equal(made.headers.get("location"), `/v1/analyses/${id}`);
    const again = await analyses(stack, keyed, "POST", "analyses", wish);
    assert.deepEqual([again.status, ((await again.json()) as Analysis).id], [202, id]);
    const replayed = ["idempotent-replayed", "location"].map((name) => again.headers.get(name));
    assert.deepEqual(replayed, ["true", `/v1/analyses/${id}`]);
    const done = await ended(stack, who, id);
    assert.equal(done.status, "succeeded", JSON.stringify(done.error));
    assert.equal(typeof done.result?.["alt"], "string");
    const [asked] = await journal(stack, word);
    assert.match(JSON.stringify(asked), /data:image\/png;base64,iVBORw0KGgo/);
    const [paid] = await eventually(() => (ledger(stack, who).length > 0 ? ledger(stack, who) : undefined));
    assert.equal(paid?.request_id, done.call?.request_id);
    assert.equal(paid?.cost_nano_usd, done.call?.cost_nano_usd);
    assert.equal(done.call?.model_version, "simulated-chat");
  });

  test("a message that comes again, as if the first had been lost, asks and charges nothing more", async () => {
    const [who, word] = [await person(), unique()];
    const { id } = await analysisOf(stack, who, word);
    const first = await ended(stack, who, id);
    await eventually(() => (ledger(stack, who).length === 1 ? true : undefined));
    // What came of it was not written down: the worker died behind the call.
    const sql = `UPDATE analyses SET status = 'running', step = 0, result = NULL, ended_at = NULL, leased_until = 0, next_at = 0
      WHERE id = ?`;
    await change(stack, sql, [id]);
    await schedule(stack, "analyses");
    const second = await ended(stack, who, id);
    assert.deepEqual(second.result, first.result);
    assert.equal((await journal(stack, word)).length, 1);
    assert.equal(ledger(stack, who).length, 1);
  });

  test("scores by a rubric have a total that is worked out here", async () => {
    const who = await person();
    const said = { c1: { reason: "calm", score: 3 }, c2: { reason: "loud", score: 5 } };
    const rubric = {
      criteria: [
        { name: "构图", description: "balance", weight: 2, range: [1, 5] },
        { name: "Colour", description: "harmony", weight: 1, range: [0, 5] },
      ],
    };
    const prompt = `${unique()} [sim:text=${JSON.stringify(said)}]`;
    const { id } = await analysisOf(stack, who, prompt, { task: "score", rubric });
    const { result, error } = await ended(stack, who, id);
    assert.equal(error, null);
    assert.equal(result?.["total"], 66.67);
    const criteria = result?.["criteria"] as { name: string; score: number; reason: string }[];
    assert.deepEqual([criteria[0]?.name, criteria[0]?.score, criteria[1]?.reason], ["构图", 3, "loud"]);
  });

  test("what may pass is tried again, and a second model is asked by a rerun", async () => {
    const [who, word] = [await person(), unique()];
    const { id } = await analysisOf(stack, who, `${word} [sim:status=503] [sim:times=1]`, { model: "simulated-chat" });
    const done = await ended(stack, who, id);
    assert.equal(done.status, "succeeded", JSON.stringify(done.error));
    const wish = { model: "simulated-reasoning" };
    const again = await reply<Analysis>(analyses(stack, who, "POST", `analyses/${id}/rerun`, wish), 202);
    const other = await ended(stack, who, again.id);
    assert.deepEqual([other.rerun_of, other.call?.model_version], [id, "simulated-reasoning"]);
    const list = await reply<{ data: Analysis[] }>(analyses(stack, who, "GET", `analyses?file_id=${done.file_id}`));
    assert.deepEqual(
      list.data.map((one) => one.id),
      [again.id, id],
    );
  });

  test("a spent budget fails it with the reason, and a replay by somebody who can pay mends it", async () => {
    const who = await person();
    const key = await newKey(stack, who, { budget_nano_usd: 1 });
    const keyed = { headers: { authorization: `Bearer ${key.key}` } };
    const { id } = await analysisOf(stack, keyed, unique());
    const failed = await ended(stack, keyed, id);
    assert.deepEqual([failed.status, failed.error?.code, failed.error?.status], ["failed", "budget_exhausted", 402]);
    await reply(analyses(stack, who, "POST", `analyses/${id}/replay`), 202);
    assert.equal((await ended(stack, who, id)).status, "succeeded");
  });

  test("a key that is revoked meanwhile ends its analyses", async () => {
    const [who, word] = [await person(), unique()];
    const key = await newKey(stack, who);
    const keyed = { headers: { authorization: `Bearer ${key.key}` } };
    const { id } = await analysisOf(stack, keyed, `${word} [sim:status=503] [sim:times=9]`);
    await eventually(() =>
      query(stack, "SELECT 1 FROM analyses WHERE id = ? AND failures > 0", [id])[0] ? true : undefined,
    );
    assert.equal((await keys(stack, who, "DELETE", `/${key.id}`)).status, 204);
    const done = await ended(stack, who, id);
    assert.deepEqual([done.status, done.error?.code], ["failed", "maker_gone"]);
  });

  test("events say how far it is, and the last one brings the result", async () => {
    const [who, word] = [await person(), unique()];
    const { id } = await analysisOf(stack, who, `${word} [sim:delay=1500]`);
    const open = (last = "") =>
      fetch(`${stack.gateway}/v1/analyses/${id}/events`, { headers: { ...who.headers, "last-event-id": last } });
    const stream = await open();
    assert.deepEqual([stream.status, stream.headers.get("content-type")], [200, "text/event-stream"]);
    const seen = (await stream.text()).split("\n\n").filter((event) => event.includes("event: "));
    const last = /^id: (\d+)\nevent: done\ndata: (.*)$/.exec(seen.at(-1) ?? "");
    const done = JSON.parse(last?.[2] ?? "null") as Analysis;
    assert.ok(seen.length >= 2 && seen.slice(0, -1).every((event) => event.includes("event: status")), seen.join());
    assert.deepEqual([done.id, done.status], [id, "succeeded"]);
    assert.ok(Array.isArray(done.result?.["subjects"]));
    assert.equal((await open(last?.[1])).status, 204);
  });

  test("a webhook is told with a signature that another's library verifies, again until it listens", async () => {
    const who = await person();
    await using hook = await receiver([500, 204]);
    const { secret } = await reply<{ secret: string }>(analyses(stack, who, "PUT", "webhook", { url: hook.url }));
    const { id } = await analysisOf(stack, who, unique());
    const [delivery] = await deliveries(who, "delivered");
    assert.deepEqual([delivery?.["attempts"], delivery?.["last_status"], delivery?.["analysis_id"]], [2, 204, id]);
    const [first, second] = hook.received;
    assert.equal(first?.body, second?.body);
    assert.equal(first?.headers["webhook-id"], second?.headers["webhook-id"]);
    for (const { headers, body } of hook.received) {
      const told = new Webhook(secret).verify(body, headers as Record<string, string>) as {
        type: string;
        data: Analysis;
      };
      assert.deepEqual([told.type, told.data.id, told.data.status], ["analysis.succeeded", id, "succeeded"]);
    }
    assert.throws(() => new Webhook(secret).verify(`${first?.body} `, first?.headers as Record<string, string>));
    // For a day both secrets sign.
    const next = await reply<{ secret: string }>(analyses(stack, who, "POST", "webhook/secret"));
    await analysisOf(stack, who, unique());
    const third = await eventually(() => hook.received[2], 30_000);
    for (const known of [secret, next.secret]) {
      new Webhook(known).verify(third.body, third.headers as Record<string, string>);
    }
  });

  test("a redirect is not followed, and an address of a private network never called", async () => {
    const who = await person();
    await using hook = await receiver([302]);
    await reply(analyses(stack, who, "PUT", "webhook", { url: hook.url }));
    await analysisOf(stack, who, unique());
    const [delivery] = await eventually(async () => {
      const list = await deliveries(who, "pending");
      return list[0]?.["last_status"] === 302 ? list : undefined;
    }, 30_000);
    assert.equal(delivery?.["last_error"], "The receiver answered 302.");
    assert.ok(hook.received.every(({ headers }) => headers["webhook-id"] === delivery?.["id"]));
    for (const url of [
      "https://10.0.0.1/",
      "https://router.local/",
      "http://example.com/",
      "https://[::1]/",
      "file:///etc",
    ]) {
      assert.equal((await analyses(stack, who, "PUT", "webhook", { url })).status, 422, url);
    }
  });

  test("with the file goes what is known of it, and a text is no picture whatever it is called", async () => {
    const who = await person();
    const { id, file_id } = await analysisOf(stack, who, unique());
    await ended(stack, who, id);
    await change(stack, "DELETE FROM files WHERE id = ?", [file_id]);
    assert.equal((await analyses(stack, who, "GET", `analyses/${id}`)).status, 404);
    const wish = { file_id: await pictureOf(stack, who, Buffer.from("not a picture")), task: "text" };
    const refused = await analyses(stack, who, "POST", "analyses", wish);
    if (refused.status === 202) {
      const { id } = (await refused.json()) as Analysis;
      assert.equal((await ended(stack, who, id)).error?.code, "not_a_picture");
    } else assert.equal(refused.status, 422);
    const other = await person();
    assert.equal((await analyses(stack, other, "POST", "analyses", { ...wish, file_id })).status, 422);
    assert.equal((await files(stack, other, "GET", `files/${wish.file_id}`)).status, 404);
  });

  test("the same key and body make one analysis", async () => {
    const [who, word] = [await person(), unique()];
    const headers = { headers: { ...who.headers, "idempotency-key": word } };
    const wish = { file_id: await pictureOf(stack, who), task: "tags", prompt: word };
    const [one, two] = [
      await reply<Analysis>(analyses(stack, headers, "POST", "analyses", wish), 202),
      await reply<Analysis>(analyses(stack, headers, "POST", "analyses", wish), 202),
    ];
    assert.equal(one.id, two.id);
    await ended(stack, who, one.id);
    assert.equal((await journal(stack, word)).length, 1);
  });
});
