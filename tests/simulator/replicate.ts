// Replicate's predictions: made, looked at, cancelled, streamed, told to a webhook. A prediction takes a step each
// time it is read: starting, processing, succeeded. `Prefer: wait` answers at once with the end of it.

import { createHmac, randomUUID } from "node:crypto";
import { compose } from "./answer.ts";
import type { JsonObject, Prompt, Usage } from "./dialect.ts";
import { Refusal } from "./dialect.ts";
import { type Job, jsonOf, type ProviderRequest, plainJob } from "./job.ts";
import { isObject } from "./request.ts";
import { readScript, type Script } from "./script.ts";
import { type Kept, kept } from "./store.ts";
import { countTokens, quotedPieces } from "./text.ts";

/** What webhooks are signed with; the part behind the prefix is base64, as Svix has it. */
export const WEBHOOK_SECRET = "whsec_c2ltdWxhdG9yLXdlYmhvb2stc2VjcmV0";

/** `POST …/predictions` and `POST …/models/{owner}/{name}/predictions`. */
export function createPrediction(request: ProviderRequest): Job {
  const body = jsonOf(request.raw);
  const input = body["input"];
  const [owner, name] = request.params;
  const model = owner === undefined ? String(body["version"] ?? body["model"] ?? "") : `${owner}/${name ?? ""}`;
  if (!isObject(input) || typeof input["prompt"] !== "string") {
    throw new Refusal(422, "- input: prompt is required\n");
  }
  const message = input["prompt"];
  const at = once(request, model, input, body);
  return plainJob({ model, message }, (script) => {
    request.store.predictions.set(at.id, at);
    at["_message"] = message;
    const waits = /\bwait\b/.test(String(request.headers["prefer"] ?? ""));
    const usage = waits ? finish(at, script) : usageOf(message);
    return { json: told(at), status: waits ? 200 : 201, usage };
  });
}

function once(request: ProviderRequest, model: string, input: JsonObject, body: JsonObject): Kept {
  const id = request.store.id("pred");
  const base = `${request.origin}/${request.provider}/v1`;
  return {
    id,
    model,
    version: "hidden",
    input,
    logs: "",
    output: null,
    data_removed: false,
    error: null,
    source: "api",
    status: "starting",
    created_at: "2023-11-14T22:13:20.000Z",
    urls: {
      get: `${base}/predictions/${id}`,
      cancel: `${base}/predictions/${id}/cancel`,
      ...(input["stream"] === false ? {} : { stream: `${base}/stream/${id}` }),
    },
    _webhook: typeof body["webhook"] === "string" ? body["webhook"] : null,
  };
}

/** `GET …/predictions/{id}`: the prediction after its next step. */
export function readPrediction({ store, params }: ProviderRequest): Job {
  const at = kept(store.predictions, params[0], "prediction");
  return plainJob({}, () => {
    if (at["status"] === "starting") at["status"] = "processing";
    else if (at["status"] === "processing") finish(at, readScript(String(at["_message"])));
    return { json: told(at) };
  });
}

/** `POST …/predictions/{id}/cancel`. */
export function cancelPrediction({ store, params }: ProviderRequest): Job {
  const at = kept(store.predictions, params[0], "prediction");
  return plainJob({}, () => {
    if (!ended(at)) at["status"] = "canceled";
    return { json: told(at) };
  });
}

/** `GET …/stream/{id}`: the output as events. */
export function streamPrediction({ store, params }: ProviderRequest): Job {
  const at = kept(store.predictions, params[0], "prediction");
  const message = String(at["_message"]);
  return {
    model: String(at["model"]),
    message,
    streamed: true,
    plain: () => ({ type: "application/json", bytes: JSON.stringify(told(at)), usage: null }),
    stream: (script) => {
      const usage = finish(at, script);
      const events = quotedPieces(textOf(message, script), script.chunks).map((piece, index) => ({
        wire: `event: output\nid: ${index}\ndata: ${String(JSON.parse(piece.json)).replaceAll("\n", "\ndata: ")}\n\n`,
        textBytes: piece.bytes,
      }));
      return { events, end: "event: done\ndata: {}\n\n", usage };
    },
  };
}

/** `GET …/webhooks/default/secret`. */
export function webhookSecret(): Job {
  return plainJob({}, () => ({ json: { key: WEBHOOK_SECRET } }));
}

function ended(at: Kept): boolean {
  return ["succeeded", "failed", "canceled"].includes(String(at["status"]));
}

// What begins with an underscore is the simulator's own.
function told(at: Kept): JsonObject {
  return Object.fromEntries(Object.entries(at).filter(([name]) => !name.startsWith("_")));
}

function usageOf(message: string): Usage {
  return { prompt: 3 + countTokens(message), completion: 0, cached: 0, cacheWrite: 0, reasoning: 0 };
}

function textOf(message: string, script: Script): string {
  const { prompt: promptTokens } = usageOf(message);
  const asked = { maxTokens: null, choices: 1, tools: [], parallelTools: true, stream: false, includeUsage: true };
  const prompt: Prompt = { ...asked, model: "replicate", message, promptTokens, schema: null, forced: null, images: 0 };
  return compose(prompt, script).choices[0]?.text ?? "";
}

function finish(at: Kept, script: Script): Usage {
  const message = String(at["_message"]);
  const usage = usageOf(message);
  if (ended(at)) return usage;
  if (script.error) {
    at["status"] = "failed";
    at["error"] = "The simulator was asked to fail here.";
  } else {
    const picture = /image|flux|diffusion/.test(String(at["model"]));
    const text = textOf(message, script);
    usage.prompt = script.promptTokens ?? usage.prompt;
    usage.completion = picture ? 0 : (script.completionTokens ?? countTokens(text));
    const counts = picture
      ? { image_count: 1 }
      : { input_token_count: usage.prompt, output_token_count: usage.completion };
    at["status"] = "succeeded";
    at["output"] = picture
      ? [pictureUrl(at)]
      : quotedPieces(text, script.chunks).map((piece) => JSON.parse(piece.json));
    at["metrics"] = script.usage === "none" ? { predict_time: 0.5 } : { predict_time: 0.5, total_time: 0.6, ...counts };
  }
  at["started_at"] = "2023-11-14T22:13:20.100Z";
  at["completed_at"] = "2023-11-14T22:13:20.600Z";
  notify(at);
  return usage;
}

function pictureUrl(at: Kept): string {
  const urls = at["urls"];
  const origin = isObject(urls) ? new URL(String(urls["get"])).origin : "";
  return `${origin}/_sim/pictures/0.png`;
}

// A webhook that nobody hears is lost, as it would be after Replicate's last try.
function notify(at: Kept): void {
  const url = at["_webhook"];
  if (typeof url !== "string") return;
  const body = JSON.stringify(told(at));
  const id = `msg_${randomUUID()}`;
  const timestamp = String(Math.floor(Date.now() / 1000));
  const key = Buffer.from(WEBHOOK_SECRET.slice("whsec_".length), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${signature}`,
  };
  fetch(url, { method: "POST", headers, body }).catch(() => undefined);
}
