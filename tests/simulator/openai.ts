// The chat completions of OpenAI, plain and streamed, as a dialect. `chatDialect` also serves providers
// that differ in details only (moonshot.ts).

import type { Answer, Choice, Dialect, Failure, JsonObject, Prompt, SseEvent, Usage } from "./dialect.ts";
import { CREATED, checkModel } from "./dialect.ts";
import { isObject, readCount, readMessages, readModel, toolTokens } from "./request.ts";
import type { Script, UsageForm } from "./script.ts";
import { quotedPieces } from "./text.ts";

/** Where a provider of this family differs. */
export interface ChatVariant {
  usage(usage: Usage): JsonObject;
  /** Where a stream tells its usage unless a script says otherwise. */
  usageForm: UsageForm;
  /** Whether what the model thinks is sent as `reasoning_content`. */
  thinksAloud: boolean;
  errorBody(failure: Failure): string;
  headers(requestId: string, limited: boolean): Record<string, string>;
}

/** A dialect of the chat completions family. */
export function chatDialect(variant: ChatVariant): Dialect {
  return {
    read: readChat,
    plain: (answer, script) => plainChat(variant, answer, script),
    events: (answer, prompt, script) => chatEvents(variant, answer, prompt, script),
    end: "data: [DONE]\n\n",
    errorBody: variant.errorBody,
    errorEvent: (failure) => `data: ${variant.errorBody(failure)}\n\n`,
    headers: variant.headers,
  };
}

function readChat(body: JsonObject): Prompt {
  const model = readModel(body);
  checkModel(model);
  const { message, tokens, lastRole } = readMessages(body["messages"]);
  const options = body["stream_options"];
  return {
    model,
    message,
    promptTokens: tokens + toolTokens(body["tools"]),
    maxTokens:
      readCount(body, "max_completion_tokens", Number.MAX_SAFE_INTEGER) ??
      readCount(body, "max_tokens", Number.MAX_SAFE_INTEGER),
    choices: readCount(body, "n", 128) ?? 1,
    tools: lastRole === "tool" || body["tool_choice"] === "none" ? [] : toolNames(body["tools"]),
    parallelTools: body["parallel_tool_calls"] !== false,
    stream: body["stream"] === true,
    includeUsage: isObject(options) && options["include_usage"] === true,
  };
}

function toolNames(tools: unknown): string[] {
  if (!Array.isArray(tools)) return [];
  return tools.map((tool: unknown) => {
    const shape = isObject(tool) ? tool["function"] : null;
    return isObject(shape) && typeof shape["name"] === "string" ? shape["name"] : "";
  });
}

function plainChat(variant: ChatVariant, answer: Answer, script: Script): string {
  const choices = answer.choices.map((choice, index) => {
    const message: JsonObject = {
      role: "assistant",
      content: choice.tools.length > 0 && choice.text === "" ? null : choice.text,
    };
    if (variant.thinksAloud && choice.reasoning !== "") message["reasoning_content"] = choice.reasoning;
    message["refusal"] = null;
    if (choice.tools.length > 0) {
      message["tool_calls"] = choice.tools.map((call) => ({
        id: `call_${call.id}`,
        type: "function",
        function: { name: call.name, arguments: call.json },
      }));
    }
    return { index, message, logprobs: null, finish_reason: choice.finish };
  });
  const reply: JsonObject = {
    id: `chatcmpl-${answer.id}`,
    object: "chat.completion",
    created: CREATED,
    model: answer.model,
    choices,
  };
  if (script.usage !== "none") reply["usage"] = variant.usage(answer.usage);
  reply["service_tier"] = "default";
  reply["system_fingerprint"] = "fp_simulator";
  return JSON.stringify(reply);
}

function chatEvents(variant: ChatVariant, answer: Answer, prompt: Prompt, script: Script): SseEvent[] {
  const form = script.usage ?? variant.usageForm;
  const usage = JSON.stringify(variant.usage(answer.usage));
  const tail = prompt.includeUsage && (form === "empty-choices" || form === "both");
  const head =
    `data: {"id":"chatcmpl-${answer.id}","object":"chat.completion.chunk","created":${CREATED},` +
    `"model":${JSON.stringify(answer.model)},"service_tier":"default","system_fingerprint":"fp_simulator","choices":[`;
  // OpenAI says `usage: null` in every chunk before the one that has it.
  const foot = tail ? `],"usage":null}\n\n` : `]}\n\n`;
  const last = form === "on-finish" ? `],"usage":${usage}}\n\n` : foot;
  const inChoice = form === "in-last-choice" || form === "both" ? `,"usage":${usage}` : "";
  const lists = answer.choices.map((choice, index) => {
    const open = `${head}{"index":${index},"delta":`;
    const events = deltas(variant, choice, script).map(({ wire, textBytes }) => ({
      wire: `${open}${wire},"logprobs":null,"finish_reason":null}${foot}`,
      textBytes,
    }));
    const final = index === answer.choices.length - 1;
    events.push({
      wire: `${open}{},"logprobs":null,"finish_reason":"${choice.finish}"${final ? inChoice : ""}}${final ? last : foot}`,
      textBytes: 0,
    });
    return events;
  });
  const events = interleave(lists);
  if (tail) events.push({ wire: `${head}],"usage":${usage}}\n\n`, textBytes: 0 });
  return events;
}

// The deltas of one alternative, as JSON.
function deltas(variant: ChatVariant, choice: Choice, script: Script): SseEvent[] {
  const content = choice.tools.length > 0 && choice.text === "" ? "null" : '""';
  const list: SseEvent[] = [{ wire: `{"role":"assistant","content":${content},"refusal":null}`, textBytes: 0 }];
  if (variant.thinksAloud) {
    for (const piece of quotedPieces(choice.reasoning, null)) {
      list.push({ wire: `{"reasoning_content":${piece.json}}`, textBytes: piece.bytes });
    }
  }
  if (choice.tools.length === 0 || choice.text !== "") {
    for (const piece of quotedPieces(choice.text, script.chunks)) {
      list.push({ wire: `{"content":${piece.json}}`, textBytes: piece.bytes });
    }
  }
  choice.tools.forEach((call, index) => {
    const name = JSON.stringify(call.name);
    list.push({
      wire: `{"tool_calls":[{"index":${index},"id":"call_${call.id}","type":"function","function":{"name":${name},"arguments":""}}]}`,
      textBytes: Buffer.byteLength(call.name),
    });
    for (const piece of quotedPieces(call.json, script.chunks)) {
      list.push({
        wire: `{"tool_calls":[{"index":${index},"function":{"arguments":${piece.json}}}]}`,
        textBytes: piece.bytes,
      });
    }
  });
  return list;
}

// Alternatives take turns, and all of them have ended before the last event of the last one.
function interleave(lists: SseEvent[][]): SseEvent[] {
  const [only, ...others] = lists;
  if (only !== undefined && others.length === 0) return only;
  const longest = Math.max(...lists.map((list) => list.length));
  const merged: SseEvent[] = [];
  for (let turn = 0; turn < longest; turn++) {
    for (const list of lists) {
      // Short lists start later, so that every list ends in the last turn.
      const event = list[turn - (longest - list.length)];
      if (event !== undefined) merged.push(event);
    }
  }
  return merged;
}

function openaiUsage(usage: Usage): JsonObject {
  return {
    prompt_tokens: usage.prompt,
    completion_tokens: usage.completion,
    total_tokens: usage.prompt + usage.completion,
    prompt_tokens_details: { cached_tokens: usage.cached, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function openaiError(failure: Failure): string {
  const { status, message, param = null } = failure;
  const usual = status === 429 ? "rate_limit_exceeded" : status === 401 ? "invalid_api_key" : null;
  const code = failure.code ?? usual;
  const type = code?.includes("quota")
    ? code
    : status === 429
      ? "requests"
      : status >= 500
        ? "server_error"
        : "invalid_request_error";
  return JSON.stringify({ error: { message, type, param, code } });
}

function openaiHeaders(requestId: string, limited: boolean): Record<string, string> {
  return {
    "x-request-id": requestId,
    "openai-organization": "simulator",
    "openai-processing-ms": "1",
    "openai-version": "2020-10-01",
    "x-ratelimit-limit-requests": "10000",
    "x-ratelimit-remaining-requests": limited ? "0" : "9999",
    "x-ratelimit-reset-requests": limited ? "1s" : "6ms",
    "x-ratelimit-limit-tokens": "2000000",
    "x-ratelimit-remaining-tokens": limited ? "0" : "1999000",
    "x-ratelimit-reset-tokens": limited ? "1s" : "30ms",
  };
}

/** OpenAI's own dialect. */
export const openai: Dialect = chatDialect({
  usage: openaiUsage,
  usageForm: "empty-choices",
  thinksAloud: false,
  errorBody: openaiError,
  headers: openaiHeaders,
});
