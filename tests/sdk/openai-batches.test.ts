// The official `openai` package for JavaScript against files and batches, as its users write it. Not here: how batches end
// otherwise (`tests/blackbox/batches.test.ts`).

import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI, { toFile } from "openai";
import { unique } from "../blackbox/ai-call.ts";
import { person, shared } from "../blackbox/harness.ts";
import { ended, line } from "../blackbox/jobs-client.ts";

const stack = shared();

test("files are uploaded, listed, read and deleted", async () => {
  const openai = new OpenAI({ baseURL: `${stack.gateway}/v1`, apiKey: (await person()).access_token, maxRetries: 0 });
  const made: OpenAI.FileObject[] = [];
  for (const name of ["a.jsonl", "b.jsonl"]) {
    const file = await toFile(Buffer.from(`{"name":"${name}"}\n`), name);
    const expires_after = { anchor: "created_at" as const, seconds: 3600 };
    made.push(await openai.files.create({ file, purpose: "evals", expires_after }));
  }
  const [first, second] = made.map(({ id }) => id) as [string, string];
  const seen: string[] = [];
  for await (const file of openai.files.list({ limit: 1, purpose: "evals" })) seen.push(file.id);
  assert.deepEqual(seen, [second, first], "page by page");
  const file = await openai.files.retrieve(first);
  assert.deepEqual([file.filename, file.object, file.status, file.bytes], ["a.jsonl", "file", "processed", 19]);
  assert.equal((file.expires_at ?? 0) - file.created_at, 3600);
  assert.equal(await (await openai.files.content(first)).text(), '{"name":"a.jsonl"}\n');
  assert.deepEqual(await openai.files.delete(first), { id: first, object: "file", deleted: true });
  await assert.rejects(openai.files.retrieve(first), OpenAI.NotFoundError);
  const bad = openai.files.create({ file: await toFile(Buffer.from("x"), "x"), purpose: "assistants" });
  await assert.rejects(bad, OpenAI.UnprocessableEntityError);
});

test("a batch is made, listed, waited for, and its files are read", async () => {
  const who = await person();
  const openai = new OpenAI({ baseURL: `${stack.gateway}/v1`, apiKey: who.access_token, maxRetries: 0 });
  const word = unique();
  const input = await openai.files.create({
    file: await toFile(Buffer.from(line("good", word) + line("bad", `${word} [sim:status=400]`)), "in.jsonl"),
    purpose: "batch",
  });
  const made = await openai.batches.create({
    input_file_id: input.id,
    endpoint: "/v1/chat/completions",
    completion_window: "24h",
    metadata: { word },
    output_expires_after: { anchor: "created_at", seconds: 7200 },
  });
  assert.deepEqual([made.object, made.metadata, made.input_file_id], ["batch", { word }, input.id]);
  await ended(stack, who, made.id);
  const done = await openai.batches.retrieve(made.id);
  assert.deepEqual(done.request_counts, { total: 2, completed: 1, failed: 1 });
  const text = await (await openai.files.content(String(done.output_file_id))).text();
  const answer = JSON.parse(text) as { custom_id: string; response: { body: OpenAI.ChatCompletion } };
  assert.equal(answer.custom_id, "good");
  assert.match(answer.response.body.choices[0]?.message.content ?? "", new RegExp(word));
  const output = await openai.files.retrieve(String(done.output_file_id));
  assert.deepEqual([output.purpose, (output.expires_at ?? 0) - output.created_at], ["batch_output", 7200]);
  const listed: string[] = [];
  for await (const batch of openai.batches.list({ limit: 1 })) listed.push(batch.id);
  assert.deepEqual(listed, [made.id]);
  await assert.rejects(openai.batches.cancel(made.id), OpenAI.ConflictError);
});

test("a line that is wrong is named with its number", async () => {
  const who = await person();
  const openai = new OpenAI({ baseURL: `${stack.gateway}/v1`, apiKey: who.access_token, maxRetries: 0 });
  const file = await toFile(Buffer.from(`${line("a", "x")}{"custom_id":"a"}\n`), "in.jsonl");
  const input = await openai.files.create({ file, purpose: "batch" });
  const wish = { input_file_id: input.id, completion_window: "24h" as const };
  const made = await openai.batches.create({ ...wish, endpoint: "/v1/chat/completions" });
  await ended(stack, who, made.id);
  const failed = await openai.batches.retrieve(made.id);
  const [error] = failed.errors?.data ?? [];
  assert.deepEqual([failed.status, error?.line, error?.param], ["failed", 2, "method"]);
  await assert.rejects(
    openai.batches.create({ ...wish, endpoint: "/v1/completions" }),
    OpenAI.UnprocessableEntityError,
  );
});
