// Every provider route: its method, its path, and who reads it. A path begins with the name of the provider whose
// dialect is spoken (`/deepseek/v1/chat/completions`); without one it is OpenAI's, or Anthropic's for its own
// routes.

import { anthropic, countMessageTokens } from "./anthropic.ts";
import { speech, transcriptions } from "./audio.ts";
import * as batches from "./batches.ts";
import { chatDialect } from "./chat.ts";
import type { Dialect } from "./dialect.ts";
import { providerNames } from "./fixtures.ts";
import { completion, type Job, jsonOf, type ProviderRequest, plainJob } from "./job.ts";
import { embeddings, images, moderations, rerank } from "./media.ts";
import { listModels } from "./models.ts";
import * as replicate from "./replicate.ts";
import { responsesDialect } from "./responses.ts";
import * as tuning from "./tuning.ts";
import { runModel } from "./workers-ai.ts";

/** A way of answering. */
export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  readonly pattern: RegExp;
  readonly read: (request: ProviderRequest) => Job;
  /** Whose errors and headers, where it is not the provider's chat. */
  readonly dialect?: Dialect;
}

const ID = "([^/]+)";

function route(method: Route["method"], path: string, read: Route["read"], dialect?: Dialect): Route {
  const pattern = new RegExp(`^${path}$`);
  return dialect === undefined ? { method, pattern, read } : { method, pattern, read, dialect };
}

const ROUTES: readonly Route[] = [
  route("POST", "/chat/completions", (request) => completion(chatDialect(request.provider), request)),
  route("POST", "/responses", (request) => completion(responsesDialect(request.provider), request)),
  route("POST", "/messages", (request) => completion(anthropic, request), anthropic),
  route("POST", "/messages/count_tokens", countTokens, anthropic),
  route("POST", "/embeddings", embeddings),
  route("POST", "/images/generations", images),
  route("POST", "/audio/transcriptions", transcriptions),
  route("POST", "/audio/translations", transcriptions),
  route("POST", "/audio/speech", speech),
  route("POST", "/moderations", moderations),
  route("POST", "/rerank", rerank),
  route("GET", "/models", models),
  // Workers AI's names, and others', have slashes in them.
  route("GET", "/models/(.+)", models),
  route("POST", "/files", batches.uploadFile),
  route("GET", "/files", batches.listFiles),
  route("GET", `/files/${ID}`, batches.readFile),
  route("GET", `/files/${ID}/content`, batches.fileContent),
  route("DELETE", `/files/${ID}`, batches.deleteFile),
  route("POST", "/batches", batches.createBatch),
  route("GET", "/batches", batches.listBatches),
  route("GET", `/batches/${ID}`, batches.readBatch),
  route("POST", `/batches/${ID}/cancel`, batches.cancelBatch),
  route("POST", "/fine_tuning/jobs", tuning.createTuning),
  route("GET", "/fine_tuning/jobs", tuning.listTunings),
  route("GET", `/fine_tuning/jobs/${ID}`, tuning.readTuning),
  route("POST", `/fine_tuning/jobs/${ID}/cancel`, tuning.cancelTuning),
  route("GET", `/fine_tuning/jobs/${ID}/events`, tuning.tuningEvents),
  route("GET", `/fine_tuning/jobs/${ID}/checkpoints`, tuning.tuningCheckpoints),
  route("POST", "/predictions", replicate.createPrediction),
  route("POST", `/models/${ID}/${ID}/predictions`, replicate.createPrediction),
  route("GET", `/predictions/${ID}`, replicate.readPrediction),
  route("POST", `/predictions/${ID}/cancel`, replicate.cancelPrediction),
  route("GET", `/stream/${ID}`, replicate.streamPrediction),
  route("GET", "/webhooks/default/secret", replicate.webhookSecret),
  route("POST", "/ai/run/(.+)", runModel),
];

const PREFIX = new RegExp(`^(?:/(${[...providerNames(), "compatible"].join("|")}))?/v1(?=/)`);

/** What a path means: the provider, and the route or the methods it has. */
export interface Found {
  readonly provider: string;
  readonly route: Route | null;
  readonly params: readonly string[];
  /** The methods of the path, for a 405. */
  readonly allow: readonly string[];
}

/** Finds the route of a request. */
export function findRoute(method: string, path: string, anthropicVersion: boolean): Found {
  const prefix = PREFIX.exec(path);
  const rest = prefix === null ? "" : path.slice(prefix[0].length);
  // A gateway may send Anthropic's header on every call; only on what both have does it say whose shape is wanted.
  const theirs = rest.startsWith("/messages") || (anthropicVersion && rest.startsWith("/models"));
  const own = theirs ? "anthropic" : "openai";
  const provider = prefix?.[1] ?? own;
  const fitting = ROUTES.filter(({ pattern }) => pattern.test(rest));
  const found = fitting.find((candidate) => candidate.method === method) ?? null;
  const params = found?.pattern.exec(rest)?.slice(1).map(decodeURIComponent) ?? [];
  return { provider, route: found, params, allow: [...new Set(fitting.map((candidate) => candidate.method))] };
}

/** Whose errors and headers a route has. */
export function dialectOf({ provider, route: found }: Found): Dialect {
  return found?.dialect ?? (provider === "anthropic" ? anthropic : chatDialect(provider));
}

function models(request: ProviderRequest): Job {
  const body = listModels(request.params[0] ?? null, request.headers);
  return plainJob({}, () => ({ json: JSON.parse(body) }));
}

function countTokens(request: ProviderRequest): Job {
  const { message, model, tokens } = countMessageTokens(jsonOf(request.raw));
  return plainJob({ message, model }, () => ({ json: { input_tokens: tokens } }));
}
