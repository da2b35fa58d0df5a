// What the simulator keeps between requests (batches, fine-tuning, predictions), and faults that are scripted from
// outside: by key, by count, by path.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import type { Loose } from "./client.ts";
import { chat, post } from "./client.ts";
import { WEBHOOK_SECRET } from "./replicate.ts";
import type { Simulator } from "./server.ts";
import { startSimulator } from "./server.ts";

let simulator: Simulator;
before(async () => {
  simulator = await startSimulator();
});
after(() => simulator.close());

const get = async (path: string): Promise<Loose> => (await fetch(simulator.url + path)).json();
const send = async (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Loose> =>
  JSON.parse((await post(simulator.url + path, body, headers)).text);

async function upload(text: string, purpose: string): Promise<string> {
  const form = new FormData();
  form.set("purpose", purpose);
  form.set("file", new Blob([text]), "lines.jsonl");
  const reply: Loose = await (await fetch(`${simulator.url}/v1/files`, { method: "POST", body: form })).json();
  return reply.id;
}

async function statuses(path: string, last: string): Promise<string[]> {
  const seen: string[] = [];
  while (seen.at(-1) !== last && seen.length < 9) seen.push((await get(path)).status);
  return seen;
}

test("a_batch_goes_through_its_states_and_leaves_two_files", async () => {
  const line = (custom_id: string, content: string): string =>
    JSON.stringify({ custom_id, method: "POST", url: "/v1/chat/completions", body: chat(content) });
  const lines = [line("one", "first line"), line("two", "[sim:status=400,code=bad]"), line("three", "third")];
  const input_file_id = await upload(`${lines.join("\n")}\n`, "batch");
  const body = { input_file_id, endpoint: "/v1/chat/completions", completion_window: "24h" };
  const made = await send("/v1/batches", body);
  assert.equal(made.status, "validating");
  const path = `/v1/batches/${made.id}`;
  assert.deepEqual(await statuses(path, "completed"), ["in_progress", "finalizing", "completed"]);
  const batch = await get(path);
  assert.deepEqual(batch.request_counts, { total: 3, completed: 2, failed: 1 });
  const content = await (await fetch(`${simulator.url}/v1/files/${batch.output_file_id}/content`)).text();
  const out = content
    .trim()
    .split("\n")
    .map((text): Loose => JSON.parse(text));
  assert.deepEqual(
    out.map((item) => item.custom_id),
    ["one", "three"],
  );
  assert.match(out[0].response.body.choices[0].message.content, /first line/);
  const failed = await (await fetch(`${simulator.url}/v1/files/${batch.error_file_id}/content`)).text();
  assert.equal(JSON.parse(failed).response.status_code, 400);
  assert.equal((await get("/v1/batches?limit=1")).data[0].id, made.id);
});

test("a_batch_can_be_cancelled_on_the_way", async () => {
  const input_file_id = await upload(`${JSON.stringify({ custom_id: "x", body: chat("x") })}\n`, "batch");
  const made = await send("/v1/batches", { input_file_id, endpoint: "/v1/chat/completions" });
  assert.equal((await send(`/v1/batches/${made.id}/cancel`, {})).status, "cancelling");
  assert.equal((await get(`/v1/batches/${made.id}`)).status, "cancelled");
});

test("a_fine_tuning_job_ends_in_a_model_or_in_an_error", async () => {
  const training_file = await upload("{}\n", "fine-tune");
  const good = await send("/v1/fine_tuning/jobs", { model: "gpt-4o-mini", training_file, suffix: "mine" });
  const path = `/v1/fine_tuning/jobs/${good.id}`;
  assert.deepEqual(await statuses(path, "succeeded"), ["queued", "running", "succeeded"]);
  assert.match((await get(path)).fine_tuned_model, /^ft:gpt-4o-mini:simulator:mine:/);
  assert.ok((await get(`${path}/events`)).data.length > 0);
  const bad = await send("/v1/fine_tuning/jobs", { model: "gpt-4o-mini", training_file, suffix: "fail" });
  assert.equal((await statuses(`/v1/fine_tuning/jobs/${bad.id}`, "failed")).at(-1), "failed");
  const stopped = await send("/v1/fine_tuning/jobs", { model: "gpt-4o-mini", training_file });
  assert.equal((await send(`/v1/fine_tuning/jobs/${stopped.id}/cancel`, {})).status, "cancelled");
});

test("a_prediction_is_polled_waited_for_streamed_and_cancelled", async () => {
  const path = "/replicate/v1/models/meta/llama/predictions";
  const made = await send(path, { input: { prompt: "hello there" } });
  assert.equal(made.status, "starting");
  const polled = `/replicate/v1/predictions/${made.id}`;
  assert.deepEqual(await statuses(polled, "succeeded"), ["processing", "succeeded"]);
  const done = await get(polled);
  assert.match(done.output.join(""), /hello there/);
  assert.ok(done.metrics.input_token_count > 0 && done.metrics.output_token_count > 0);
  const waited = await send(path, { input: { prompt: "hello there" } }, { prefer: "wait" });
  assert.deepEqual([waited.status, waited.output, waited.metrics], ["succeeded", done.output, done.metrics]);
  const streaming = await send(path, { input: { prompt: "hello there" } });
  const stream = await (await fetch(streaming.urls.stream)).text();
  assert.match(stream, /event: output\n[\s\S]*event: done\ndata: \{\}\n\n$/);
  const other = await send(path, { input: { prompt: "x" } });
  assert.equal((await send(`/replicate/v1/predictions/${other.id}/cancel`, {})).status, "canceled");
  assert.equal((await get(`/replicate/v1/predictions/none`)).detail, "No such prediction object: none");
});

test("a_webhook_hears_the_end_of_a_prediction_signed", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const webhook = `http://127.0.0.1:${address.port}/hook`;
  const heard = once(server, "request");
  const body = { version: "abc", input: { prompt: "hi" }, webhook };
  await send("/replicate/v1/predictions", body, { prefer: "wait" });
  const [request, response] = await heard;
  let text = "";
  for await (const chunk of request) text += chunk;
  response.end();
  server.close();
  const { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": signature } = request.headers;
  const key = Buffer.from(WEBHOOK_SECRET.slice(6), "base64");
  assert.equal(signature, `v1,${createHmac("sha256", key).update(`${id}.${time}.${text}`).digest("base64")}`);
  assert.equal(JSON.parse(text).status, "succeeded");
});

test("a_rule_fails_the_first_calls_and_lets_the_next_pass", async () => {
  const id = simulator.fail({ sim: "status=503,retry-after=1", contains: "rule of two", times: 2 });
  const ask = async (): Promise<number> =>
    (await post(`${simulator.url}/v1/chat/completions`, chat("rule of two"))).status;
  assert.deepEqual([await ask(), await ask(), await ask()], [503, 503, 200]);
  const [rule] = (await get("/_sim/faults")).filter((one: Loose) => one.id === id);
  assert.deepEqual([rule.met, rule.failed], [3, 2]);
});

test("a_rule_fails_one_key_and_counts_are_told_by_key", async () => {
  simulator.fail({ sim: "status=401", key: "bad1", contains: "by key" });
  const ask = async (key: string): Promise<number> =>
    (await post(`${simulator.url}/v1/chat/completions`, chat("by key"), { authorization: `Bearer ${key}` })).status;
  assert.deepEqual([await ask("sk-bad1"), await ask("sk-good"), await ask("sk-good")], [401, 200, 200]);
  const counted = await get("/_sim/calls/count?contains=by+key");
  assert.deepEqual(counted, { count: 3, by_key: { bad1: 1, good: 2 } });
  assert.equal((await get("/_sim/calls?contains=by+key&key=good")).length, 2);
});

test("a_rule_can_begin_later_and_be_taken_away", async () => {
  const made = await send("/_sim/faults", { sim: "status=500", path: "/v1/embeddings", after: 1 });
  const ask = async (): Promise<number> =>
    (await post(`${simulator.url}/v1/embeddings`, { model: "m", input: "later" })).status;
  assert.deepEqual([await ask(), await ask()], [200, 500]);
  const gone = await fetch(`${simulator.url}/_sim/faults/${made.id}`, { method: "DELETE" });
  assert.deepEqual([gone.status, await ask()], [204, 200]);
  const wrong = await post(`${simulator.url}/_sim/faults`, { sim: "status=what" });
  assert.equal(wrong.status, 400);
});
