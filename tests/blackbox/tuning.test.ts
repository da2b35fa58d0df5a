// Tuning in a running stack, at the simulated provider: from the file to a model that its owner alone can call. Not here:
// faults of the provider and messages that come twice (functions/tuning).

import assert from "node:assert/strict";
import { test } from "node:test";
import { unique } from "./ai-call.ts";
import { admin, eventually, type Person, person, query, shared } from "./harness.ts";
import { jobs } from "./jobs-client.ts";
import { reply } from "./organisations-client.ts";

const stack = shared();

const LINE = `${JSON.stringify({
  messages: [
    { role: "user", content: "hi" },
    { role: "assistant", content: "hello" },
  ],
})}\n`;

interface Tuning {
  readonly id: string;
  readonly status: string;
  readonly fine_tuned_model: string | null;
  readonly trained_tokens: number | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

async function upload(who: Person, text: string): Promise<string> {
  const form = new FormData();
  form.set("purpose", "fine-tune");
  form.set("file", new File([text], "examples.jsonl"));
  const url = `${stack.functions.files}/v1/files`;
  return (await reply<{ id: string }>(fetch(url, { method: "POST", headers: who.headers, body: form }), 200)).id;
}

async function tuned(who: Person, text: string, suffix: string): Promise<Tuning> {
  const wish = { model: "simulated-chat", training_file: await upload(who, text), suffix };
  const { id } = await reply<Tuning>(jobs(stack, who, "POST", "fine_tuning/jobs", wish), 200);
  const ended = "SELECT 1 FROM tuning_jobs WHERE id = ? AND finished_at IS NOT NULL";
  await eventually(() => (query(stack, ended, [id]).length > 0 ? true : undefined), 40_000);
  return reply<Tuning>(jobs(stack, who, "GET", `fine_tuning/jobs/${id}`), 200);
}

function chat(who: Person, model: string): Promise<Response> {
  const headers = { "content-type": "application/json", ...who.headers };
  const body = JSON.stringify({ model, messages: [{ role: "user", content: `hi ${unique()}` }] });
  return fetch(`${stack.functions.ai}/v1/chat/completions`, { method: "POST", headers, body });
}

test("a tuned model is registered, paid for, and its owner's alone", async () => {
  const who = await admin();
  const job = await tuned(who, LINE.repeat(10), unique().toLowerCase().slice(0, 10));
  assert.equal(job.status, "succeeded", JSON.stringify(job.error));
  const model = String(job.fine_tuned_model);
  await eventually(async () => ((await chat(who, model)).status === 200 ? true : undefined), 20_000);
  assert.equal((await chat(await person(), model)).status, 404);
  const models = await reply<{ data: { id: string }[] }>(
    fetch(`${stack.functions.ai}/v1/models`, { headers: (await person()).headers }),
    200,
  );
  assert.ok(models.data.every(({ id }) => !id.startsWith("tuned:")));
  const [row] = await eventually(() => {
    const rows = query(stack, "SELECT model, prompt_tokens, cost_nano_usd FROM ledger WHERE call_id = ?", [job.id]);
    return rows.length > 0 ? rows : undefined;
  });
  assert.deepEqual(
    { ...row },
    { model: "training:simulated-chat", prompt_tokens: job.trained_tokens, cost_nano_usd: null },
  );
  const events = await reply<{ data: { message: string }[] }>(
    jobs(stack, who, "GET", `fine_tuning/jobs/${job.id}/events`),
    200,
  );
  assert.ok(events.data.some(({ message }) => message === "Created fine-tuning job"));
});

test("a job that fails there, and a file that does not fit here, fail", async () => {
  const who = await admin();
  const [there, here] = await Promise.all([tuned(who, LINE.repeat(10), "fail"), tuned(who, LINE.repeat(3), "x")]);
  assert.deepEqual([there.status, there.error?.code], ["failed", "invalid_training_file"]);
  assert.deepEqual([here.status, here.error?.code], ["failed", "invalid_training_file"]);
  assert.match(String(here.error?.message), /3 examples/);
});

test("who is no administrator spends nothing on tuning", async () => {
  const who = await person();
  const wish = { model: "simulated-chat", training_file: await upload(who, LINE.repeat(10)) };
  assert.equal((await jobs(stack, who, "POST", "fine_tuning/jobs", wish)).status, 403);
});
