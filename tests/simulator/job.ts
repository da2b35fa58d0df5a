// What every provider route gives the server: who is asked what, and the answer once a script is known. How an
// answer is delivered, and how it breaks, is no business of a route.

import type { IncomingHttpHeaders } from "node:http";
import { compose } from "./answer.ts";
import type { Dialect, JsonObject, SseEvent, Usage } from "./dialect.ts";
import { Refusal } from "./dialect.ts";
import type { Form } from "./multipart.ts";
import { isObject } from "./request.ts";
import type { Script } from "./script.ts";
import type { Store } from "./store.ts";

/** One request as a route sees it. */
export interface ProviderRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The body's text; that of a form is empty. */
  readonly raw: string;
  /** The fields and files of a multipart body. */
  readonly form: Form | null;
  /** What the pattern of the route caught, decoded. */
  readonly params: readonly string[];
  /** The prefix of the path: whose dialect is spoken. */
  readonly provider: string;
  /** The simulator's own origin. */
  readonly origin: string;
  readonly store: Store;
}

/** A plain answer. */
export interface Body {
  readonly type: string;
  readonly bytes: string | Buffer;
  readonly usage: Usage | null;
  readonly status?: number;
}

/** A streamed answer. */
export interface Stream {
  readonly events: SseEvent[];
  readonly end: string;
  readonly usage: Usage | null;
}

/** A request that was understood. */
export interface Job {
  readonly model: string;
  /** The text whose directives are obeyed. */
  readonly message: string;
  readonly streamed: boolean;
  plain(script: Script): Body;
  stream(script: Script): Stream;
}

/** The JSON object of a request's body; throws a 400 for anything else. */
export function jsonOf(raw: string): JsonObject {
  let body: unknown;
  try {
    body = JSON.parse(raw);
  } catch {
    body = null;
  }
  if (isObject(body)) return body;
  throw new Refusal(400, "We could not parse the JSON body of your request.");
}

/** The job of a completion in `dialect`. */
export function completion(dialect: Dialect, request: ProviderRequest): Job {
  const prompt = dialect.read(jsonOf(request.raw), request.headers);
  return {
    model: prompt.model,
    message: prompt.message,
    streamed: prompt.stream,
    plain: (script) => {
      const answer = compose(prompt, script);
      return { type: "application/json", bytes: dialect.plain(answer, script), usage: answer.usage };
    },
    stream: (script) => {
      const answer = compose(prompt, script);
      return { events: dialect.events(answer, prompt, script), end: dialect.end, usage: answer.usage };
    },
  };
}

/** A job whose answer is one JSON value, and which is never streamed. */
export function plainJob(
  asked: { model?: string; message?: string },
  answer: (script: Script) => { json: unknown; usage?: Usage | null; status?: number },
): Job {
  const plain = (script: Script): Body => {
    const { json, usage = null, status } = answer(script);
    const body = { type: "application/json", bytes: JSON.stringify(json), usage };
    return status === undefined ? body : { ...body, status };
  };
  return { model: asked.model ?? "", message: asked.message ?? "", streamed: false, plain, stream: noStream };
}

/** For jobs that have no stream. */
export function noStream(): Stream {
  return { events: [], end: "", usage: null };
}
