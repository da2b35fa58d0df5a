// OpenAI's files and batches. A batch takes a step each time it is read: validating, in_progress, finalizing,
// completed. Its lines are answered by the same dialects as single requests, directives included; a line whose
// directive says `status=N` ends in the error file.

import { anthropic } from "./anthropic.ts";
import { chatDialect } from "./chat.ts";
import { CREATED, type Dialect, type JsonObject, Refusal } from "./dialect.ts";
import { completion, type Job, jsonOf, noStream, type ProviderRequest, plainJob } from "./job.ts";
import { embeddings } from "./media.ts";
import { isObject } from "./request.ts";
import { responsesDialect } from "./responses.ts";
import { readScript } from "./script.ts";
import { type Kept, kept, pageOf } from "./store.ts";

/** `POST …/files`. */
export function uploadFile(request: ProviderRequest): Job {
  const file = request.form?.files["file"];
  const purpose = request.form?.fields["purpose"];
  if (file === undefined || purpose === undefined) throw new Refusal(400, "'file' and 'purpose' are required.");
  return plainJob({}, () => ({ json: request.store.keepFile(file.name, purpose, file.bytes) }));
}

/** `GET …/files`. */
export function listFiles({ store, query }: ProviderRequest): Job {
  const objects = new Map([...store.files].map(([id, { object }]) => [id, object]));
  return plainJob({}, () => ({ json: pageOf(objects, query) }));
}

/** `GET …/files/{id}`. */
export function readFile({ store, params }: ProviderRequest): Job {
  return plainJob({}, () => ({ json: kept(store.files, params[0], "File").object }));
}

/** `GET …/files/{id}/content`. */
export function fileContent({ store, params }: ProviderRequest): Job {
  const { bytes } = kept(store.files, params[0], "File");
  const plain = () => ({ type: "application/octet-stream", bytes, usage: null });
  return { model: "", message: "", streamed: false, plain, stream: noStream };
}

/** `DELETE …/files/{id}`. */
export function deleteFile({ store, params }: ProviderRequest): Job {
  const { id } = kept(store.files, params[0], "File").object;
  return plainJob({}, () => {
    store.files.delete(id);
    return { json: { id, object: "file", deleted: true } };
  });
}

/** `POST …/batches`. */
export function createBatch(request: ProviderRequest): Job {
  const body = jsonOf(request.raw);
  const { input_file_id, endpoint, completion_window, metadata = null } = body;
  kept(request.store.files, String(input_file_id), "File");
  if (typeof endpoint !== "string") throw new Refusal(400, "'endpoint' is required.", null, "endpoint");
  const id = request.store.id("batch_");
  const batch: Kept = {
    id,
    object: "batch",
    endpoint,
    errors: null,
    input_file_id,
    completion_window,
    status: "validating",
    output_file_id: null,
    error_file_id: null,
    created_at: CREATED,
    expires_at: CREATED + 86_400,
    request_counts: { total: 0, completed: 0, failed: 0 },
    metadata,
  };
  return plainJob({}, () => {
    request.store.batches.set(id, batch);
    return { json: batch };
  });
}

/** `GET …/batches`. */
export function listBatches({ store, query }: ProviderRequest): Job {
  return plainJob({}, () => ({ json: pageOf(store.batches, query) }));
}

/** `GET …/batches/{id}`: the batch after its next step. */
export function readBatch(request: ProviderRequest): Job {
  const batch = kept(request.store.batches, request.params[0], "Batch");
  return plainJob({}, () => ({ json: { ...step(batch, request) } }));
}

/** `POST …/batches/{id}/cancel`. */
export function cancelBatch({ store, params }: ProviderRequest): Job {
  const batch = kept(store.batches, params[0], "Batch");
  return plainJob({}, () => {
    if (batch["status"] === "completed") throw new Refusal(409, "A completed batch cannot be cancelled.");
    batch["status"] = "cancelling";
    return { json: batch };
  });
}

function step(batch: Kept, request: ProviderRequest): Kept {
  switch (batch["status"]) {
    case "validating":
      batch["status"] = "in_progress";
      batch["request_counts"] = { total: linesOf(batch, request).length, completed: 0, failed: 0 };
      break;
    case "in_progress":
      answerAll(batch, request);
      batch["status"] = "finalizing";
      break;
    case "finalizing":
      batch["status"] = "completed";
      batch["completed_at"] = CREATED + 60;
      break;
    case "cancelling":
      batch["status"] = "cancelled";
      batch["cancelled_at"] = CREATED + 30;
      break;
  }
  return batch;
}

function linesOf(batch: Kept, request: ProviderRequest): string[] {
  const { bytes } = kept(request.store.files, String(batch["input_file_id"]), "File");
  return bytes
    .toString("utf8")
    .split("\n")
    .filter((line) => line.trim() !== "");
}

function answerAll(batch: Kept, request: ProviderRequest): void {
  const done: string[] = [];
  const failed: string[] = [];
  for (const line of linesOf(batch, request)) {
    const { custom_id = null, body } = jsonOf(line);
    const { status_code, answer } = answerLine(String(batch["endpoint"]), body, request);
    const response = { status_code, request_id: request.store.id("req_"), body: answer };
    const out = JSON.stringify({ id: request.store.id("batch_req_"), custom_id, response, error: null });
    (status_code === 200 ? done : failed).push(out);
  }
  const keep = (name: string, lines: string[]): string | null =>
    lines.length === 0 ? null : request.store.keepFile(name, "batch_output", Buffer.from(`${lines.join("\n")}\n`)).id;
  batch["output_file_id"] = keep(`${batch.id}_output.jsonl`, done);
  batch["error_file_id"] = keep(`${batch.id}_error.jsonl`, failed);
  batch["request_counts"] = { total: done.length + failed.length, completed: done.length, failed: failed.length };
}

function answerLine(
  endpoint: string,
  body: unknown,
  request: ProviderRequest,
): { status_code: number; answer: JsonObject } {
  const dialect = dialectOf(endpoint, request.provider);
  const inner = { ...request, raw: JSON.stringify(isObject(body) ? body : {}), form: null };
  const refused = ({ failure }: Refusal): { status_code: number; answer: JsonObject } => ({
    status_code: failure.status,
    answer: jsonOf((dialect ?? chatDialect(request.provider)).errorBody(failure, "req_batch")),
  });
  try {
    const job = dialect === null ? embeddings(inner) : completion(dialect, inner);
    const script = readScript(job.message);
    if (script.status !== null) return refused(new Refusal(script.status, "Asked to fail.", script.code));
    return { status_code: 200, answer: jsonOf(String(job.plain(script).bytes)) };
  } catch (error) {
    if (error instanceof Refusal) return refused(error);
    throw error;
  }
}

function dialectOf(endpoint: string, provider: string): Dialect | null {
  if (endpoint.endsWith("/responses")) return responsesDialect(provider);
  if (endpoint.endsWith("/messages")) return anthropic;
  return endpoint.endsWith("/embeddings") ? null : chatDialect(provider);
}
