// Evaluations and tuning jobs, for tests. Not here: assertions about what they do.

import { randomUUID } from "node:crypto";
import { admin, change, eventually, type Person, query, type Stack } from "./harness.ts";
import { files, form, jobs } from "./jobs-client.ts";
import { reply } from "./organisations-client.ts";

type Caller = Pick<Person, "headers">;

/** A run as its owner sees it. */
export interface Run {
  readonly id: string;
  readonly status: string;
  readonly error: { readonly code: string } | null;
  readonly result_counts: {
    readonly total: number;
    readonly passed: number;
    readonly failed: number;
    readonly errored: number;
  };
  readonly cost_nano_usd: number;
  readonly unpriced_calls: number;
}

/** What an evaluation says that wants the word of the row in the answer. */
export const EVALUATION = {
  name: "words",
  data_source_config: { type: "custom", item_schema: { type: "object", required: ["word"] } },
  testing_criteria: [
    {
      type: "string_check",
      name: "has it",
      input: "{{sample.output_text}}",
      reference: "{{item.word}}",
      operation: "like",
    },
  ],
} as const;

/** A new evaluation's id. */
export async function evaluationOf(stack: Stack, who: Caller): Promise<string> {
  return (await reply<{ id: string }>(jobs(stack, who, "POST", "evals", EVALUATION), 201)).id;
}

/** What a run says that puts these texts to the simulated model, which echoes them. */
export function runWish(texts: readonly string[], word: string, model = "simulated-chat"): unknown {
  const content = texts.map((text) => ({ item: { text, word } }));
  const template = [{ role: "user", content: "{{item.text}}" }];
  const source = { type: "file_content", content };
  return { data_source: { type: "completions", model, source, input_messages: { type: "template", template } } };
}

/** The run when the database says that it has ended. */
export async function endedRun(stack: Stack, who: Caller, evaluation: string, id: string): Promise<Run> {
  const sql = "SELECT 1 FROM evaluation_runs WHERE id = ? AND finished_at IS NOT NULL";
  await eventually(() => (query(stack, sql, [id]).length > 0 ? true : undefined), 40_000);
  return reply<Run>(jobs(stack, who, "GET", `evals/${evaluation}/runs/${id}`), 200);
}

/** A run that is done, with one row; written as the function writes it. */
export async function doneRun(stack: Stack, evaluation: string): Promise<string> {
  const id = `evalrun_${randomUUID()}`;
  const source = JSON.stringify({ type: "completions", model: "m", source: { type: "file_content" } });
  const run = `INSERT INTO evaluation_runs (id, evaluation_id, scopes, name, metadata, source, model, status, items, created_at, finished_at)
    VALUES (?, ?, '[]', 'n', '{}', ?, 'm', 'completed', 1, ?, ?)`;
  await change(stack, run, [id, evaluation, source, Date.now(), Date.now()]);
  const item =
    "INSERT INTO evaluation_items (run_id, n, item, digest, status, finished_at) VALUES (?, 0, '{}', 'd', 'pass', ?)";
  await change(stack, item, [id, Date.now()]);
  return id;
}

/** The id of what came of the one row of such a run. */
export function itemOf(run: string): string {
  return `outputitem_${run.replace("evalrun_", "")}_0`;
}

/** A tuning job that nobody looks at: it is there to be read and cancelled. */
export async function idleTuning(stack: Stack, owner: Person): Promise<string> {
  const id = `ftjob_${randomUUID()}`;
  const request = JSON.stringify({
    suffix: null,
    seed: null,
    metadata: {},
    hyperparameters: { batch_size: "auto", learning_rate_multiplier: "auto", n_epochs: "auto" },
  });
  const sql = `INSERT INTO tuning_jobs (id, user_id, provider, model, request, training_file, status, next_at, created_at)
    VALUES (?, ?, 'simulator', 'simulated-chat', ?, 'file_1', 'validating_files', ?, ?)`;
  await change(stack, sql, [id, owner.id, request, Date.now() + 86_400_000, Date.now()]);
  return id;
}

/** How each of these rows succeeds, for the test that counts round trips. */
export function evaluationCalls(stack: Stack, who: Person): Readonly<Record<string, () => Promise<Response>>> {
  const evaluation =
    (method: string, rest = "", body?: unknown) =>
    async (): Promise<Response> =>
      jobs(stack, who, method, `evals/${await evaluationOf(stack, who)}${rest}`, body);
  const run =
    (method: string, rest: (id: string) => string = () => "") =>
    async (): Promise<Response> => {
      const of = await evaluationOf(stack, who);
      const id = await doneRun(stack, of);
      return jobs(stack, who, method, `evals/${of}/runs/${id}${rest(id)}`);
    };
  const tuning =
    (method: string, rest = "") =>
    async (): Promise<Response> =>
      jobs(stack, who, method, `fine_tuning/jobs/${await idleTuning(stack, who)}${rest}`);
  return {
    "POST /v1/evals": () => jobs(stack, who, "POST", "evals", EVALUATION),
    "GET /v1/evals": () => jobs(stack, who, "GET", "evals"),
    "GET /v1/evals/{id}": evaluation("GET"),
    "POST /v1/evals/{id}": evaluation("POST", "", { name: "other" }),
    "DELETE /v1/evals/{id}": evaluation("DELETE"),
    "POST /v1/evals/{id}/runs": evaluation("POST", "/runs", runWish(["a"], "a")),
    "GET /v1/evals/{id}/runs": evaluation("GET", "/runs"),
    "GET /v1/evals/{id}/runs/{run_id}": run("GET"),
    "DELETE /v1/evals/{id}/runs/{run_id}": run("DELETE"),
    "POST /v1/evals/{id}/runs/{run_id}/cancel": run("POST", () => "/cancel"),
    "GET /v1/evals/{id}/runs/{run_id}/compare": run("GET", (id) => `/compare?with=${id}`),
    "GET /v1/evals/{id}/runs/{run_id}/output_items": run("GET", () => "/output_items"),
    "GET /v1/evals/{id}/runs/{run_id}/output_items/{item_id}": run("GET", (id) => `/output_items/${itemOf(id)}`),
    "POST /v1/fine_tuning/jobs": async () => {
      const boss = await admin(stack);
      const uploaded = files(stack, boss, "POST", "files", form("{}\n", "fine-tune"));
      const training_file = (await reply<{ id: string }>(uploaded, 200)).id;
      return jobs(stack, boss, "POST", "fine_tuning/jobs", { model: "simulated-chat", training_file });
    },
    "GET /v1/fine_tuning/jobs": () => jobs(stack, who, "GET", "fine_tuning/jobs"),
    "GET /v1/fine_tuning/jobs/{id}": tuning("GET"),
    "POST /v1/fine_tuning/jobs/{id}/cancel": tuning("POST", "/cancel"),
    "GET /v1/fine_tuning/jobs/{id}/events": tuning("GET", "/events"),
    "GET /v1/fine_tuning/jobs/{id}/checkpoints": tuning("GET", "/checkpoints"),
  };
}
