// Batches through the queue, the AI function and the simulator: what is asked, what it costs, and how they end.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ledger, unique } from "./ai-call.ts";
import { journal } from "./ai-journal.ts";
import { change, eventually, person, post, query, schedule, shared } from "./harness.ts";
import { batchOf, ended, jobs, line, once, written } from "./jobs-client.ts";
import { keys, newKey } from "./keys-client.ts";
import { reply } from "./organisations-client.ts";

const stack = shared();

/** So many lines that hold this word. */
function lines(count: number, word: string, more = ""): string {
  return Array.from({ length: count }, (_, n) => line(`c${n + 1}`, `${word} ${n + 1} ${more}`)).join("");
}

// The waits of some are the time of others.
describe("batches", { concurrency: true }, () => {
  test("each line is asked once, charged once, and written where it belongs", async () => {
    const [who, word] = [await person(), unique()];
    const bad = line("bad", `${word} [sim:status=400]`);
    const again = line("again", `${word} again [sim:status=503] [sim:times=4]`);
    const made = await batchOf(stack, who, lines(26, word) + bad + again);
    assert.equal(made.status, "validating");
    const done = await ended(stack, who, made.id);
    assert.equal(done.status, "completed");
    assert.deepEqual(done.request_counts, { total: 28, completed: 27, failed: 1 });
    const output = await written(stack, who, done.output_file_id);
    assert.deepEqual(
      output.map((one) => one.custom_id).sort(),
      [...Array(26)]
        .map((_, n) => `c${n + 1}`)
        .concat("again")
        .sort(),
    );
    assert.ok(output.every((one) => one.error === null && one.response?.status_code === 200));
    const [error] = await written(stack, who, done.error_file_id);
    assert.deepEqual([error?.custom_id, error?.response?.status_code], ["bad", 400]);
    const paid = await eventually(() => {
      const rows = ledger(stack, who).filter((row) => row.status === "succeeded");
      return rows.length >= 27 ? rows : undefined;
    });
    assert.equal(paid.length, 27);
  });

  test("a batch that is asked anew, as if it had been lost, is answered from what was kept and costs nothing", async () => {
    const [who, word] = [await person(), unique()];
    const made = await batchOf(stack, who, lines(5, word));
    const first = await written(stack, who, (await ended(stack, who, made.id)).output_file_id);
    await eventually(() => (ledger(stack, who).length === 5 ? true : undefined));
    await change(stack, "DELETE FROM files WHERE user_id = ? AND purpose = 'batch_output'", [who.id]);
    await change(stack, "DELETE FROM batch_parts WHERE batch_id = ?", [made.id]);
    await change(
      stack,
      "UPDATE batch_slices SET state = 'sent', try = 0, pending = NULL, busy_until = NULL, touched_at = 0 WHERE batch_id = ?",
      [made.id],
    );
    const sql = `UPDATE batches SET status = 'in_progress', ending = NULL, ended_at = NULL, completed = 0, touched_at = 0,
    output_file_id = NULL WHERE id = ?`;
    await change(stack, sql, [made.id]);
    await schedule(stack, "batches");
    const done = await ended(stack, who, made.id);
    assert.deepEqual([done.status, done.request_counts.completed], ["completed", 5]);
    const second = await written(stack, who, done.output_file_id);
    const bodies = (all: typeof first) => all.map((one) => one.response?.body);
    assert.deepEqual(bodies(second), bodies(first));
    assert.equal((await journal(stack, word)).length, 5);
    assert.equal(ledger(stack, who).length, 5);
  });

  test("a batch that is cancelled midway keeps its answers and asks no more", async () => {
    const [who, word] = [await person(), unique()];
    const made = await batchOf(stack, who, lines(96, word, "[sim:delay=50]"));
    await once(stack, who, made.id, "completed > 0");
    const cancelled = await reply<{ status: string }>(jobs(stack, who, "POST", `batches/${made.id}/cancel`));
    assert.equal(cancelled.status, "cancelling");
    const done = await ended(stack, who, made.id);
    const { total, completed } = done.request_counts;
    assert.deepEqual([done.status, total, done.error_file_id], ["cancelled", 96, null]);
    assert.ok(completed > 0 && completed < 96, `${completed}`);
    assert.equal((await written(stack, who, done.output_file_id)).length, completed);
    assert.equal((await journal(stack, word)).length, completed);
  });

  test("a key that is revoked ends its batch, which keeps its answers", async () => {
    const [who, word] = [await person(), unique()];
    const key = await newKey(stack, who);
    const keyed = { headers: { authorization: `Bearer ${key.key}` } };
    const made = await batchOf(stack, keyed, lines(72, word, "[sim:delay=40]"));
    await once(stack, who, made.id, "completed > 0");
    assert.equal((await keys(stack, who, "DELETE", `/${key.id}`)).status, 204);
    const done = await ended(stack, who, made.id);
    assert.deepEqual([done.status, done.errors?.data[0]?.code], ["failed", "unauthorized"]);
    const { completed, failed } = done.request_counts;
    assert.ok(completed > 0 && completed < 72, `${completed}`);
    assert.equal(completed + failed, 72);
    assert.equal((await written(stack, who, done.output_file_id)).length, completed);
    assert.equal((await written(stack, who, done.error_file_id)).length, failed);
    const others = "SELECT 1 FROM ledger WHERE user_id = ? AND key_id IS NOT ?";
    assert.deepEqual(query(stack, others, [who.id, key.id]), []);
  });

  test("a batch goes on where its maker may not call for now", async () => {
    const who = await person();
    const models = async () => (await fetch(`${stack.functions.ai}/v1/models`, { headers: who.headers })).status;
    for (let refused = false; !refused; ) {
      refused = (await Promise.all(Array.from({ length: 60 }, models))).includes(429);
    }
    const done = await ended(stack, who, (await batchOf(stack, who, lines(3, unique()))).id);
    assert.deepEqual(done.request_counts, { total: 3, completed: 3, failed: 0 });
  });

  test("a budget that is spent ends lines as their own errors", async () => {
    const who = await person();
    const key = await newKey(stack, who, { budget_nano_usd: 1 });
    const keyed = { headers: { authorization: `Bearer ${key.key}` } };
    const made = await batchOf(stack, keyed, lines(3, unique()));
    const done = await ended(stack, who, made.id);
    assert.deepEqual(done.request_counts, { total: 3, completed: 0, failed: 3 });
    const errors = await written(stack, who, done.error_file_id);
    assert.deepEqual(
      errors.map((one) => one.response?.status_code),
      [402, 402, 402],
    );
  });

  test("an errand that somebody makes up opens nothing, here or elsewhere", async () => {
    const said = Buffer.from(JSON.stringify({ aud: "ai", iss: "selvage", user: "usr_1", scopes: ["use:ai"] }));
    const token = `er-slv1-${said.toString("base64url")}.${Buffer.alloc(32).toString("base64url")}`;
    const headers = { authorization: `Bearer ${token}` };
    const body = { model: "simulated-chat", messages: [{ role: "user", content: "hello" }] };
    assert.equal((await post(`${stack.functions.ai}/v1/chat/completions`, body, headers)).status, 401);
    for (const url of [`${stack.functions.users}/v1/users/me`, `${stack.functions.batches}/v1/batches`]) {
      assert.equal((await fetch(url, { headers })).status, 401, url);
    }
  });
});
