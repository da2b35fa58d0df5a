// Anthropic's messages, plain and streamed, as a dialect. The counts of the cache are told in
// `message_delta` unless a script asks for the older form that has them in `message_start`.

import type { Answer, Choice, Dialect, Failure, JsonObject, Prompt, SseEvent, Usage } from "./dialect.ts";
import { checkModel, Refusal } from "./dialect.ts";
import { replyHeaders } from "./headers.ts";
import { forcedTool, isObject, readCount, readMessages, readModel, systemTokens, toolTokens } from "./request.ts";
import type { Script } from "./script.ts";
import { errorTypes } from "./shapes.ts";
import { quotedPieces } from "./text.ts";

const STOP_REASONS = { stop: "end_turn", length: "max_tokens", tool_calls: "tool_use" } as const;

// What the fixtures do not show.
const ERROR_TYPES: { [status: number]: string } = {
  402: "billing_error",
  403: "permission_error",
  504: "timeout_error",
};

function read(body: JsonObject, headers: NodeJS.Dict<string | string[]>): Prompt {
  if (headers["anthropic-version"] === undefined) throw new Refusal(400, "anthropic-version: header is required");
  const model = readModel(body);
  checkModel(model);
  const maxTokens = readCount(body, "max_tokens", Number.MAX_SAFE_INTEGER);
  if (maxTokens === null) throw new Refusal(400, "max_tokens: Field required");
  const { message, tokens, lastRole, images } = readMessages(body["messages"]);
  const choice = isObject(body["tool_choice"]) ? body["tool_choice"] : {};
  return {
    model,
    message,
    promptTokens: tokens + systemTokens(body["system"]) + toolTokens(body["tools"]),
    maxTokens,
    choices: 1,
    tools: lastRole === "tool" || choice["type"] === "none" ? [] : toolNames(body["tools"]),
    parallelTools: choice["disable_parallel_tool_use"] !== true,
    stream: body["stream"] === true,
    includeUsage: true,
    schema: schemaOf(body),
    forced:
      lastRole === "tool"
        ? null
        : forcedTool(body["tools"], { any: choice["type"] === "any", name: choice["name"] }, (tool) => ({
            name: tool["name"],
            schema: tool["input_schema"],
          })),
    images,
  };
}

// `output_format` is what it was called while it was a beta.
function schemaOf(body: JsonObject): JsonObject | null {
  const config = body["output_config"];
  const format = isObject(config) ? config["format"] : body["output_format"];
  return isObject(format) && isObject(format["schema"]) ? format["schema"] : null;
}

/** `POST /v1/messages/count_tokens`: what the request would count, nothing answered. */
export function countMessageTokens(body: JsonObject): { message: string; model: string; tokens: number } {
  const model = readModel(body);
  checkModel(model);
  const { message, tokens } = readMessages(body["messages"]);
  return { message, model, tokens: tokens + systemTokens(body["system"]) + toolTokens(body["tools"]) };
}

function toolNames(tools: unknown): string[] {
  if (!Array.isArray(tools)) return [];
  return tools.map((tool: unknown) => (isObject(tool) && typeof tool["name"] === "string" ? tool["name"] : ""));
}

const SIGNATURE = "c2ltdWxhdG9y";

function plain(answer: Answer, script: Script): string {
  const choice = onlyChoice(answer);
  const content: JsonObject[] = [];
  if (choice.reasoning !== "") content.push({ type: "thinking", thinking: choice.reasoning, signature: SIGNATURE });
  if (choice.text !== "") content.push({ type: "text", text: choice.text });
  for (const call of choice.tools)
    content.push({ type: "tool_use", id: `toolu_${call.id}`, name: call.name, input: inputOf(call.json) });
  const reply: JsonObject = {
    id: `msg_${answer.id}`,
    type: "message",
    role: "assistant",
    model: answer.model,
    content,
    stop_reason: STOP_REASONS[choice.finish],
    stop_sequence: null,
  };
  if (script.usage !== "none") reply["usage"] = { ...counts(answer.usage), service_tier: "standard" };
  return JSON.stringify(reply);
}

// Arguments clipped by `max_tokens` are no JSON; a plain reply then has an empty input.
function inputOf(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}

function events(answer: Answer, _prompt: Prompt, script: Script): SseEvent[] {
  const choice = onlyChoice(answer);
  const all = counts(answer.usage);
  const early = script.usage === "start";
  const start = early
    ? { ...all, output_tokens: 1 }
    : { ...all, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 };
  const message: JsonObject = {
    id: `msg_${answer.id}`,
    type: "message",
    role: "assistant",
    model: answer.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
  };
  const delta: JsonObject = {
    type: "message_delta",
    delta: { stop_reason: STOP_REASONS[choice.finish], stop_sequence: null },
  };
  if (script.usage !== "none") {
    message["usage"] = start;
    delta["usage"] = early ? { output_tokens: all["output_tokens"] } : all;
  }
  return [
    event("message_start", JSON.stringify({ type: "message_start", message })),
    event("ping", `{"type":"ping"}`),
    ...blocks(choice, script),
    event("message_delta", JSON.stringify(delta)),
    event("message_stop", `{"type":"message_stop"}`),
  ];
}

function blocks(choice: Choice, script: Script): SseEvent[] {
  const list: SseEvent[] = [];
  let index = 0;
  const block = (
    opening: JsonObject,
    kind: string,
    field: string,
    text: string,
    count: number | null,
    closing = "",
  ): void => {
    list.push(
      event("content_block_start", JSON.stringify({ type: "content_block_start", index, content_block: opening })),
    );
    const open = `{"type":"content_block_delta","index":${index},"delta":{"type":"${kind}","${field}":`;
    for (const piece of quotedPieces(text, count))
      list.push(event("content_block_delta", `${open}${piece.json}}}`, piece.bytes));
    if (closing !== "")
      list.push(event("content_block_delta", `{"type":"content_block_delta","index":${index},"delta":${closing}}`));
    list.push(event("content_block_stop", `{"type":"content_block_stop","index":${index}}`));
    index++;
  };
  if (choice.reasoning !== "") {
    const signed = `{"type":"signature_delta","signature":"${SIGNATURE}"}`;
    block(
      { type: "thinking", thinking: "", signature: "" },
      "thinking_delta",
      "thinking",
      choice.reasoning,
      null,
      signed,
    );
  }
  if (choice.text !== "") block({ type: "text", text: "" }, "text_delta", "text", choice.text, script.chunks);
  for (const call of choice.tools) {
    const opening = { type: "tool_use", id: `toolu_${call.id}`, name: call.name, input: {} };
    block(opening, "input_json_delta", "partial_json", call.json, script.chunks);
  }
  return list;
}

function event(name: string, json: string, textBytes = 0): SseEvent {
  return { wire: `event: ${name}\ndata: ${json}\n\n`, textBytes };
}

function onlyChoice(answer: Answer): Choice {
  return answer.choices[0] ?? { reasoning: "", text: "", tools: [], finish: "stop" };
}

function counts(usage: Usage): JsonObject {
  return {
    input_tokens: Math.max(0, usage.prompt - usage.cached - usage.cacheWrite),
    cache_creation_input_tokens: usage.cacheWrite,
    cache_read_input_tokens: usage.cached,
    output_tokens: usage.completion,
  };
}

function errorBody(failure: Failure, requestId: string): string {
  const usual =
    errorTypes("anthropic").get(failure.status) ??
    ERROR_TYPES[failure.status] ??
    (failure.status >= 500 ? "api_error" : "invalid_request_error");
  const type = failure.code === null || failure.code === "model_not_found" ? usual : failure.code;
  return JSON.stringify({ type: "error", error: { type, message: failure.message }, request_id: requestId });
}

/** Anthropic's dialect. */
export const anthropic: Dialect = {
  read,
  plain,
  events,
  end: "",
  errorBody,
  errorEvent: (failure, requestId) => `event: error\ndata: ${errorBody(failure, requestId)}\n\n`,
  headers: (requestId, limited) => replyHeaders("anthropic", requestId, limited),
};
