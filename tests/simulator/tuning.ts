// OpenAI's fine-tuning jobs. A job takes a step each time it is read: validating_files, queued, running,
// succeeded; one whose suffix says `fail` ends in `failed`.

import { CREATED, type JsonObject, Refusal } from "./dialect.ts";
import { type Job, jsonOf, type ProviderRequest, plainJob } from "./job.ts";
import { readModel } from "./request.ts";
import { type Kept, kept, pageOf } from "./store.ts";

const STEPS = ["validating_files", "queued", "running"];
const TRAINED_TOKENS = 5768;

/** `POST …/fine_tuning/jobs`. */
export function createTuning(request: ProviderRequest): Job {
  const body = jsonOf(request.raw);
  const model = readModel(body);
  const { training_file, validation_file = null, suffix = null, seed = 0, metadata = null } = body;
  kept(request.store.files, String(training_file), "File");
  const id = request.store.id("ftjob-");
  const method = body["method"] ?? { type: "supervised", supervised: { hyperparameters: HYPER } };
  const tuning: Kept = {
    object: "fine_tuning.job",
    id,
    model,
    created_at: CREATED,
    finished_at: null,
    fine_tuned_model: null,
    organization_id: "org-simulator",
    result_files: [],
    status: "validating_files",
    validation_file,
    training_file,
    hyperparameters: body["hyperparameters"] ?? HYPER,
    trained_tokens: null,
    error: null,
    integrations: [],
    seed,
    estimated_finish: null,
    method,
    metadata,
    user_provided_suffix: suffix,
  };
  return plainJob({ model }, () => {
    request.store.tunings.set(id, tuning);
    return { json: tuning };
  });
}

const HYPER = { n_epochs: "auto", batch_size: "auto", learning_rate_multiplier: "auto" };

/** `GET …/fine_tuning/jobs`. */
export function listTunings({ store, query }: ProviderRequest): Job {
  return plainJob({}, () => ({ json: pageOf(store.tunings, query) }));
}

/** `GET …/fine_tuning/jobs/{id}`: the job after its next step. */
export function readTuning({ store, params }: ProviderRequest): Job {
  const tuning = kept(store.tunings, params[0], "FineTuningJob");
  return plainJob({}, () => {
    step(tuning);
    return { json: { ...tuning } };
  });
}

/** `POST …/fine_tuning/jobs/{id}/cancel`. */
export function cancelTuning({ store, params }: ProviderRequest): Job {
  const tuning = kept(store.tunings, params[0], "FineTuningJob");
  return plainJob({}, () => {
    if (!STEPS.includes(String(tuning["status"]))) throw new Refusal(400, "Job has already ended.");
    tuning["status"] = "cancelled";
    tuning["finished_at"] = CREATED + 10;
    return { json: tuning };
  });
}

/** `GET …/fine_tuning/jobs/{id}/events`. */
export function tuningEvents({ store, params }: ProviderRequest): Job {
  const tuning = kept(store.tunings, params[0], "FineTuningJob");
  const event = (message: string, at: number): JsonObject => ({
    object: "fine_tuning.job.event",
    id: `ftevent-${at}`,
    created_at: CREATED + at,
    level: "info",
    message,
    data: null,
    type: "message",
  });
  const data = [event(`The job is ${String(tuning["status"])}`, 1), event("Created fine-tuning job", 0)];
  return plainJob({}, () => ({ json: { object: "list", data, has_more: false } }));
}

/** `GET …/fine_tuning/jobs/{id}/checkpoints`. */
export function tuningCheckpoints({ store, params }: ProviderRequest): Job {
  kept(store.tunings, params[0], "FineTuningJob");
  return plainJob({}, () => ({ json: { object: "list", data: [], first_id: null, last_id: null, has_more: false } }));
}

function step(tuning: Kept): void {
  const at = STEPS.indexOf(String(tuning["status"]));
  if (at < 0) return;
  const next = STEPS[at + 1];
  if (next !== undefined) {
    tuning["status"] = next;
    return;
  }
  const suffix = tuning["user_provided_suffix"];
  const fails = typeof suffix === "string" && suffix.includes("fail");
  tuning["status"] = fails ? "failed" : "succeeded";
  tuning["finished_at"] = CREATED + 176;
  if (fails) {
    tuning["error"] = { code: "invalid_training_file", message: "The job was asked to fail.", param: "training_file" };
    return;
  }
  tuning["trained_tokens"] = TRAINED_TOKENS;
  const name = typeof suffix === "string" ? suffix : "";
  tuning["fine_tuned_model"] = `ft:${String(tuning["model"])}:simulator:${name}:${tuning.id.slice(-6)}`;
}
