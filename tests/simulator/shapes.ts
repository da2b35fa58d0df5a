// What the fixtures say about a provider's chat dialect: how usage looks and where a stream has it, what
// thoughts are called, which members surround an answer, what errors look like. Nothing is known here about any
// single provider; a new one needs fixtures only.

import type { Failure, JsonObject, Usage } from "./dialect.ts";
import { type Fixture, fixtureEvents, fixtureObject, fixtures, fixtureText } from "./fixtures.ts";
import { isObject } from "./request.ts";
import type { UsageForm } from "./script.ts";

/** A provider's way with chat completions. */
export interface Shape {
  usage(usage: Usage): JsonObject;
  usageForm: UsageForm;
  /** The member that carries thoughts; `null` where they stay hidden. */
  thoughts: string | null;
  /** Members of a plain reply beside those every dialect has. */
  replyExtras: JsonObject;
  /** The same of a chunk. */
  chunkExtras: JsonObject;
  /** Whether chunks before the one with usage say `usage: null` unasked. */
  nullUsage: boolean;
  /** Whether a tool call comes in one piece. */
  wholeTools: boolean;
}

const COMMON = new Set(["id", "object", "created", "model", "choices", "usage"]);

/** The shape that the fixtures of `provider` show. */
export function shapeOf(provider: string): Shape {
  const own = fixtures().filter((known) => known.provider === provider && known.route === "chat");
  const reply = own.find((known) => known.form === "reply" && known.usage !== undefined);
  const stream = own.find((known) => known.form === "stream" && known.text !== undefined);
  const body = reply === undefined ? {} : fixtureObject(reply);
  const chunks = stream === undefined ? [] : fixtureEvents(stream);
  const template = isObject(body["usage"]) ? body["usage"] : {};
  return {
    usage: (usage) => filled(template, usage, thoughtsApart(template)),
    usageForm: usageFormOf(chunks),
    thoughts: thoughtsOf(own),
    replyExtras: extras(body),
    chunkExtras: extras(chunks[0] ?? {}),
    nullUsage: usageFormOf(chunks) === "on-finish" && chunks[0] !== undefined && "usage" in chunks[0],
    wholeTools: own.some((known) => known.form === "stream" && known.tools !== undefined && comesWhole(known)),
  };
}

function extras(from: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(from).filter(([name]) => !COMMON.has(name)));
}

function choicesOf(chunk: JsonObject): JsonObject[] {
  return Array.isArray(chunk["choices"]) ? chunk["choices"].filter(isObject) : [];
}

function usageFormOf(chunks: JsonObject[]): UsageForm {
  const last = chunks[chunks.length - 1];
  if (last === undefined) return "empty-choices";
  if (choicesOf(last).some((choice) => isObject(choice["usage"]))) return "in-last-choice";
  if (choicesOf(last).length === 0) return "empty-choices";
  return chunks.filter((chunk) => isObject(chunk["usage"])).length > 1 ? "running" : "on-finish";
}

function thoughtsOf(own: readonly Fixture[]): string | null {
  const text = own.map(fixtureText).join("");
  return ["reasoning_content", "reasoning"].find((name) => text.includes(`"${name}"`)) ?? null;
}

function comesWhole(stream: Fixture): boolean {
  const calls = fixtureEvents(stream)
    .flatMap(choicesOf)
    .map((choice) => (isObject(choice["delta"]) ? choice["delta"]["tool_calls"] : null))
    .filter(Array.isArray);
  return calls.length === 1;
}

// Some providers bill thoughts that `completion_tokens` leaves out; only the total shows them.
function thoughtsApart(template: JsonObject): boolean {
  const { prompt_tokens, completion_tokens, total_tokens } = template;
  return Number(prompt_tokens) + Number(completion_tokens) < Number(total_tokens);
}

const COUNTS: { [name: string]: (usage: Usage, apart: boolean) => number } = {
  prompt_tokens: (usage) => usage.prompt,
  completion_tokens: (usage, apart) => usage.completion - (apart ? usage.reasoning : 0),
  total_tokens: (usage) => usage.prompt + usage.completion,
  cached_tokens: (usage) => usage.cached,
  prompt_cache_hit_tokens: (usage) => usage.cached,
  prompt_cache_miss_tokens: (usage) => usage.prompt - usage.cached,
  reasoning_tokens: (usage) => usage.reasoning,
};

// The same members in the same places, with the numbers of this answer; a count nobody keeps here is 0.
function filled(template: JsonObject, usage: Usage, apart: boolean): JsonObject {
  const entries = Object.entries(template).map(([name, value]) => {
    if (isObject(value)) return [name, filled(value, usage, apart)];
    const count = COUNTS[name];
    return [name, count === undefined ? 0 : count(usage, apart)];
  });
  return Object.fromEntries(entries);
}

/**
 * The error body of `provider` for `failure` with its message in it: the fixture of this status that says this
 * code, else of this status, else of any; `null` for a provider that has no errors among the fixtures.
 */
export function errorShape(provider: string, failure: Failure): string | null {
  const errors = fixtures().filter((known) => known.provider === provider && known.form === "error");
  const sameStatus = errors.filter((known) => known.status === failure.status);
  const said = errors.filter((known) => says(fixtureText(known), failure.code));
  const chosen = said.find((known) => known.status === failure.status) ?? sameStatus[0] ?? said[0] ?? errors[0];
  if (chosen === undefined) return null;
  const body: unknown = JSON.parse(fixtureText(chosen));
  const foreign = chosen.status !== failure.status || (named(failure) !== null && !said.includes(chosen));
  return JSON.stringify(retold(body, failure, foreign));
}

// Codes are words, and numbers with some providers.
function says(text: string, code: string | null): boolean {
  return code !== null && (text.includes(`"${code}"`) || text.includes(`"code": ${code}`));
}

// The words of the fixture, with this message; where the fixture is of another error, with this code as well.
function retold(value: unknown, failure: Failure, foreign: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => retold(item, failure, foreign));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([name, item]) => {
    if (name === "_source") return null;
    if (name === "message" || name === "detail") return [name, failure.message];
    if (name === "param" && failure.param !== undefined) return [name, failure.param];
    if (foreign && (name === "code" || name === "type" || name === "status") && !isObject(item)) {
      return [name, typeof item === "number" ? failure.status : (named(failure) ?? usualWord(failure.status))];
    }
    return [name, retold(item, failure, foreign)];
  });
  return Object.fromEntries(entries.filter((entry) => entry !== null));
}

// A missing model has no word of its own everywhere; its status tells it.
function named({ code }: Failure): string | null {
  return code === "model_not_found" ? null : code;
}

function usualWord(status: number): string {
  return status >= 500 ? "server_error" : "invalid_request_error";
}

/** The names that `provider` has for the errors of a status, by the fixtures. */
export function errorTypes(provider: string): Map<number, string> {
  const types = new Map<number, string>();
  for (const known of fixtures()) {
    if (known.provider !== provider || known.form !== "error" || known.status === undefined) continue;
    const error = fixtureObject(known)["error"];
    if (isObject(error) && typeof error["type"] === "string") types.set(known.status, error["type"]);
  }
  return types;
}
