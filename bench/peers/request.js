// The chat request. Equal to functions/ai/src/{request,patch,bounds}.rs: which bodies are refused, what
// goes upstream, and the most a call can cost. Two things are as JavaScript does them: JSON.parse takes
// the last of repeated names where Rust refuses, and a changed body is written anew where Rust splices.

import { Problem } from "./problem.js";

const READ = new Set([
  "model",
  "messages",
  "stream",
  "stream_options",
  "include_usage",
  "max_tokens",
  "max_completion_tokens",
  "n",
  "temperature",
  "tool_choice",
  "service_tier",
]);
const MAX_MEMBERS = 256;
const MAX_CHOICES = 128;
const FRAME_TOKENS = 64;
const UNKNOWN_MAX_OUTPUT = 32_768;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** 400 in OpenAI's shape, with the member at fault. */
export class BodyError extends Error {
  constructor(param, code, message) {
    super(message);
    Object.assign(this, { param, code });
  }

  reply() {
    const { message, param, code } = this;
    const body = JSON.stringify({ error: { message, type: "invalid_request_error", param, code } });
    return { status: 400, media: "application/json", body };
  }
}

/** The body's bytes, at most `limit`; a declared length is enforced by the runtime. */
export async function readBody(message, limit) {
  const declared = message.headers.get("content-length");
  if (declared !== null && Number(declared) > limit) throw new Problem("payload_too_large");
  if (declared !== null || message.body === null) return new Uint8Array(await message.arrayBuffer());
  const chunks = [];
  let size = 0;
  for await (const chunk of message.body) {
    size += chunk.length;
    if (size > limit) throw new Problem("payload_too_large");
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/** An object none of whose names a parser that ignores case would read otherwise. */
function object(value, at) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new BodyError(at || null, "invalid_type", "An object was expected.");
  }
  const names = Object.keys(value);
  if (names.length > MAX_MEMBERS) {
    throw new BodyError(at || null, "too_many_parameters", `An object may have at most ${MAX_MEMBERS} members.`);
  }
  const seen = new Set();
  for (const name of names) {
    const folded = name.toLowerCase();
    if (seen.has(folded)) throw new BodyError(at + name, "duplicate_parameter", `'${name}' is given more than once.`);
    if (folded !== name && READ.has(folded)) {
      throw new BodyError(at + name, "unknown_parameter", `'${name}' must be written '${folded}'.`);
    }
    seen.add(folded);
  }
  return value;
}

function flag(value, param) {
  if (value === undefined || value === null) return false;
  if (typeof value !== "boolean") throw new BodyError(param, "invalid_type", "A boolean was expected.");
  return value;
}

function positive(value, param) {
  if (value === undefined || value === null) return undefined;
  if (!Number.isSafeInteger(value) || value < 0)
    throw new BodyError(param, "invalid_type", "A whole number was expected.");
  if (value === 0) throw new BodyError(param, "invalid_value", "The value must be at least 1.");
  return value;
}

function parse(bytes) {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    throw new BodyError(null, "invalid_json", "The body is not valid JSON in UTF-8.");
  }
}

/** Reads a body. */
export function readChat(bytes) {
  const body = object(parse(bytes), "");
  const { model } = body;
  if (model === undefined) throw new BodyError("model", "missing_required_parameter", "You must provide a 'model'.");
  if (typeof model !== "string") throw new BodyError("model", "invalid_type", "'model' must be a string.");
  if (model === "" || model.length > 256)
    throw new BodyError("model", "invalid_type", "'model' must have 1 to 256 bytes.");
  const stream = flag(body.stream, "stream");
  const n = positive(body.n, "n") ?? 1;
  if (n > MAX_CHOICES) throw new BodyError("n", "invalid_value", `'n' must be at most ${MAX_CHOICES}.`);
  const options = stream && body.stream_options != null ? object(body.stream_options, "stream_options.") : {};
  const includeUsage = flag(options.include_usage, "stream_options.include_usage");
  return {
    bytes,
    body,
    model,
    stream,
    n,
    withholdUsage: stream && !includeUsage,
    maxTokens: positive(body.max_tokens, "max_tokens"),
    maxCompletionTokens: positive(body.max_completion_tokens, "max_completion_tokens"),
  };
}

function rename(changes, body, { from, to }) {
  if (body[from] == null || body[to] != null) return;
  changes[to] = body[from];
  changes[from] = undefined;
}

/** The body for a provider: the client's own bytes when nothing has to change. */
export function upstreamBody(chat, target) {
  const { body } = chat;
  const { provider, model } = target;
  for (const { member, allow = [], deny = [], reason } of provider.refuse ?? []) {
    const value = body[member];
    if (typeof value !== "string") continue;
    if (deny.includes(value) || (allow.length > 0 && !allow.includes(value))) {
      throw new BodyError(member, "unsupported_value", reason);
    }
  }
  const changes = {};
  if (chat.model !== model) changes.model = model;
  if (chat.withholdUsage) changes.stream_options = { ...body.stream_options, include_usage: true };
  for (const rule of provider.rename ?? []) {
    if (rule.models === undefined || rule.models.some((start) => model.startsWith(start))) rename(changes, body, rule);
  }
  for (const { member, max } of provider.clamp ?? []) {
    if (typeof body[member] === "number" && body[member] > max) changes[member] = max;
  }
  return Object.keys(changes).length === 0 ? chat.bytes : JSON.stringify({ ...body, ...changes });
}

const textPart = (part) => part?.type === "text" || part?.type === "refusal";

/** The prompt is in the body, all of it: text, plain functions, no search. */
function textOnly({ messages, tools, web_search_options }) {
  const plainMessage = (message) =>
    (!Array.isArray(message?.content) || message.content.every(textPart)) && message?.audio == null;
  const plainTool = (tool) => tool?.type === "function";
  const every = (list, plain) => list == null || (Array.isArray(list) && list.every(plain));
  return web_search_options == null && every(tools, plainTool) && every(messages, plainMessage);
}

/** The most tokens a call can have. */
export function boundsOf(chat, limits) {
  const bytes = chat.bytes.length + FRAME_TOKENS;
  const context = limits?.context ?? Number.POSITIVE_INFINITY;
  const prompt = limits !== undefined && !textOnly(chat.body) ? context : Math.min(context, bytes);
  const asked = Math.max(chat.maxTokens ?? 0, chat.maxCompletionTokens ?? 0);
  const most = limits?.max_output ?? UNKNOWN_MAX_OUTPUT;
  return { prompt, completion: (asked || most) * chat.n };
}
