// The official `openai` package for JavaScript against evaluations and tuning jobs, as its users write it. Not here: how
// runs and jobs end otherwise (`tests/blackbox`).

import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI, { toFile } from "openai";
import { unique } from "../blackbox/ai-call.ts";
import { endedRun } from "../blackbox/evaluations-client.ts";
import { admin, eventually, person, query, shared } from "../blackbox/harness.ts";

const stack = shared();

test("an evaluation is made, run, read and compared", async () => {
  const who = await person();
  const openai = new OpenAI({ baseURL: `${stack.gateway}/v1`, apiKey: who.access_token, maxRetries: 0 });
  const word = unique();
  const lines = [{ item: { text: `say ${word}` } }, { item: { text: "say nothing" } }];
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  const file = await openai.files.create({ file: await toFile(Buffer.from(text), "rows.jsonl"), purpose: "evals" });
  const evaluation = await openai.evals.create({
    name: "echo",
    data_source_config: { type: "custom", item_schema: { type: "object", required: ["text"] } },
    testing_criteria: [
      { type: "string_check", name: "says it", input: "{{sample.output_text}}", reference: word, operation: "like" },
    ],
  });
  assert.deepEqual(
    [evaluation.object, evaluation.name, evaluation.testing_criteria[0]?.name],
    ["eval", "echo", "says it"],
  );
  const made = await openai.evals.runs.create(evaluation.id, {
    name: "first",
    data_source: {
      type: "completions",
      model: "simulated-chat",
      source: { type: "file_id", id: file.id },
      input_messages: { type: "template", template: [{ role: "user", content: "{{item.text}}" }] },
    },
  });
  await endedRun(stack, who, evaluation.id, made.id);
  const run = await openai.evals.runs.retrieve(made.id, { eval_id: evaluation.id });
  assert.deepEqual([run.status, run.result_counts.passed, run.result_counts.failed], ["completed", 1, 1]);
  assert.equal(run.per_testing_criteria_results[0]?.passed, 1);
  const items: string[] = [];
  for await (const item of openai.evals.runs.outputItems.list(run.id, { eval_id: evaluation.id, limit: 1 })) {
    items.push(item.status);
  }
  assert.deepEqual(items, ["pass", "fail"]);
  assert.deepEqual((await openai.evals.update(evaluation.id, { name: "renamed" })).name, "renamed");
  assert.equal((await openai.evals.runs.cancel(run.id, { eval_id: evaluation.id })).status, "completed");
  await openai.evals.runs.delete(run.id, { eval_id: evaluation.id });
  await openai.evals.delete(evaluation.id);
  await assert.rejects(openai.evals.retrieve(evaluation.id), OpenAI.NotFoundError);
});

test("a model is tuned", async () => {
  const openai = new OpenAI({ baseURL: `${stack.gateway}/v1`, apiKey: (await admin()).access_token, maxRetries: 0 });
  const line = {
    messages: [
      { role: "user", content: "hi" },
      { role: "assistant", content: "hello" },
    ],
  };
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`.repeat(10));
  const file = await openai.files.create({ file: await toFile(bytes, "examples.jsonl"), purpose: "fine-tune" });
  const made = await openai.fineTuning.jobs.create({ model: "simulated-chat", training_file: file.id, suffix: "sdk" });
  assert.deepEqual([made.object, made.status, made.model], ["fine_tuning.job", "validating_files", "simulated-chat"]);
  const ended = "SELECT 1 FROM tuning_jobs WHERE id = ? AND finished_at IS NOT NULL";
  await eventually(() => (query(stack, ended, [made.id]).length > 0 ? true : undefined), 40_000);
  const job = await openai.fineTuning.jobs.retrieve(made.id);
  assert.equal(job.status, "succeeded");
  assert.ok(job.fine_tuned_model?.startsWith("ft:simulated-chat"));
  const messages: string[] = [];
  for await (const event of openai.fineTuning.jobs.listEvents(job.id, { limit: 2 })) messages.push(event.message);
  assert.ok(messages.length >= 3);
  const listed: string[] = [];
  for await (const one of openai.fineTuning.jobs.list({ limit: 1 })) listed.push(one.id);
  assert.ok(listed.includes(job.id));
  assert.deepEqual((await openai.fineTuning.jobs.checkpoints.list(job.id)).data, []);
  const other = new OpenAI({ baseURL: `${stack.gateway}/v1`, apiKey: (await person()).access_token, maxRetries: 0 });
  await assert.rejects(other.fineTuning.jobs.retrieve(job.id), OpenAI.NotFoundError);
});
