// Evaluation runs in a running stack: asked by the queue, once each, priced by the ledger. Not here: scorers, states and
// what a run does with each answer (functions/evaluations).

import assert from "node:assert/strict";
import { test } from "node:test";
import { bookedBy, unique } from "./ai-call.ts";
import { journal } from "./ai-journal.ts";
import { endedRun, evaluationOf, type Run, runWish } from "./evaluations-client.ts";
import { change, eventually, person, schedule, shared } from "./harness.ts";
import { jobs } from "./jobs-client.ts";
import { reply } from "./organisations-client.ts";

const stack = shared();

test("a run asks each row once, scores what comes, and costs what the ledger says", async () => {
  const who = await person();
  const word = unique();
  const evaluation = await evaluationOf(stack, who);
  const texts = [`one ${word}`, `two ${word}`, "three", `four ${word}`, `five ${word} [sim:status=400]`];
  const made = await reply<Run>(jobs(stack, who, "POST", `evals/${evaluation}/runs`, runWish(texts, word)), 201);
  const run = await endedRun(stack, who, evaluation, made.id);
  assert.deepEqual([run.status, run.result_counts], ["completed", { total: 5, passed: 3, failed: 1, errored: 1 }]);
  const rows = (await bookedBy(stack, who, 5)).filter(({ request_id }) => request_id.startsWith(`${run.id}-`));
  const spent = rows.reduce((sum, row) => sum + Number(row.cost_nano_usd ?? 0), 0);
  assert.ok(spent > 0);
  const read = await eventually(async () => {
    const now = await reply<Run>(jobs(stack, who, "GET", `evals/${evaluation}/runs/${run.id}`), 200);
    return now.cost_nano_usd === spent ? now : undefined;
  });
  assert.equal(read.unpriced_calls, 0);
  // The first step once more, as after a Worker's death: what was said is known, nobody is asked and nothing is charged.
  const asked = (await journal(stack, word)).length;
  const again = `UPDATE evaluation_runs SET status = 'in_progress', leased_until = 0, finished_at = NULL,
    created_at = created_at - 100000 WHERE id = ?`;
  await change(stack, "UPDATE evaluation_items SET status = 'queued' WHERE run_id = ? AND n = 0", [run.id]);
  await change(stack, again, [run.id]);
  await schedule(stack, "evaluations");
  const repeated = await endedRun(stack, who, evaluation, run.id);
  assert.deepEqual([repeated.result_counts, repeated.cost_nano_usd], [run.result_counts, spent]);
  assert.equal((await journal(stack, word)).length, asked);
});

test("a judge's calls are the run's, too", async () => {
  const who = await person();
  const word = unique();
  const input = [{ role: "user", content: `${word} {"score": 1, "reason": "{{sample.output_text}}"}` }];
  const judge = {
    type: "score_model",
    name: "judge",
    model: "simulated-chat",
    input,
    range: [0, 1],
    pass_threshold: 1,
  };
  const config = { type: "custom", item_schema: {} };
  const evaluation = await reply<{ id: string }>(
    jobs(stack, who, "POST", "evals", { data_source_config: config, testing_criteria: [judge] }),
    201,
  );
  const made = await reply<Run>(jobs(stack, who, "POST", `evals/${evaluation.id}/runs`, runWish(["hi"], word)), 201);
  const run = await endedRun(stack, who, evaluation.id, made.id);
  assert.equal(run.status, "completed");
  const rows = await bookedBy(stack, who, 2);
  assert.deepEqual(
    rows.map(({ request_id }) => request_id),
    [`${run.id}-0`, `${run.id}-0`],
  );
});

test("others see nothing of it", async () => {
  const who = await person();
  const evaluation = await evaluationOf(stack, who);
  const other = await person();
  assert.equal((await jobs(stack, other, "GET", `evals/${evaluation}`)).status, 404);
  assert.equal((await jobs(stack, other, "POST", `evals/${evaluation}/runs`, runWish(["a"], "a"))).status, 404);
  assert.deepEqual((await reply<{ data: unknown[] }>(jobs(stack, other, "GET", "evals"), 200)).data, []);
});
