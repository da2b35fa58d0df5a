// Chat completions, plain and streamed, as a dialect of every provider of the family: where they differ stands
// in the fixtures (shapes.ts). Not here: what is said, and OpenAI's other routes.

import type {
  Answer,
  Choice,
  Dialect,
  Failure,
  ForcedTool,
  JsonObject,
  Prompt,
  SseEvent,
  ToolCall,
} from "./dialect.ts";
import { CREATED, checkModel } from "./dialect.ts";
import { replyHeaders } from "./headers.ts";
import { forcedTool, isObject, readCount, readMessages, readModel, toolTokens } from "./request.ts";
import type { Script } from "./script.ts";
import { errorShape, type Shape, shapeOf } from "./shapes.ts";
import { quotedPieces } from "./text.ts";

const dialects = new Map<string, Dialect>();

/** The chat completions of `provider`. */
export function chatDialect(provider: string): Dialect {
  const known = dialects.get(provider);
  if (known !== undefined) return known;
  const shape = shapeOf(provider);
  const errorBody = (failure: Failure): string => errorOf(provider, failure);
  const dialect: Dialect = {
    read: readChat,
    plain: (answer, script) => plainChat(shape, answer, script),
    events: (answer, prompt, script) => chatEvents(shape, answer, prompt, script),
    end: "data: [DONE]\n\n",
    errorBody,
    errorEvent: (failure) => `data: ${errorBody(failure)}\n\n`,
    headers: (requestId, limited) => replyHeaders(provider, requestId, limited),
  };
  dialects.set(provider, dialect);
  return dialect;
}

function readChat(body: JsonObject): Prompt {
  const model = readModel(body);
  checkModel(model);
  const { message, tokens, lastRole, images } = readMessages(body["messages"]);
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
    schema: schemaOf(body["response_format"]),
    forced: lastRole === "tool" ? null : forcedIn(body),
    images,
  };
}

function forcedIn(body: JsonObject): ForcedTool | null {
  const choice = body["tool_choice"];
  const named = isObject(choice) && isObject(choice["function"]) ? choice["function"]["name"] : null;
  return forcedTool(body["tools"], { any: choice === "required", name: named }, (tool) => {
    const shape = isObject(tool["function"]) ? tool["function"] : {};
    return { name: shape["name"], schema: shape["parameters"] };
  });
}

function schemaOf(format: unknown): JsonObject | null {
  if (!isObject(format)) return null;
  if (format["type"] === "json_object") return { type: "object", properties: { answer: { type: "string" } } };
  const named = format["json_schema"];
  return isObject(named) && isObject(named["schema"]) ? named["schema"] : null;
}

function toolNames(tools: unknown): string[] {
  if (!Array.isArray(tools)) return [];
  return tools.map((tool: unknown) => {
    const shape = isObject(tool) ? tool["function"] : null;
    return isObject(shape) && typeof shape["name"] === "string" ? shape["name"] : "";
  });
}

function plainChat(shape: Shape, answer: Answer, script: Script): string {
  const choices = answer.choices.map((choice, index) => {
    const message: JsonObject = {
      role: "assistant",
      content: choice.tools.length > 0 && choice.text === "" ? null : choice.text,
    };
    if (shape.thoughts !== null && choice.reasoning !== "") message[shape.thoughts] = choice.reasoning;
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
  if (script.usage !== "none") reply["usage"] = shape.usage(answer.usage);
  return JSON.stringify({ ...reply, ...shape.replyExtras });
}

function chatEvents(shape: Shape, answer: Answer, prompt: Prompt, script: Script): SseEvent[] {
  const form = script.usage ?? shape.usageForm;
  const usage = JSON.stringify(shape.usage(answer.usage));
  const tail = prompt.includeUsage && (form === "empty-choices" || form === "both");
  const known = { id: `chatcmpl-${answer.id}`, object: "chat.completion.chunk", created: CREATED, model: answer.model };
  const head = `data: ${JSON.stringify({ ...known, ...shape.chunkExtras }).slice(0, -1)},"choices":[`;
  // OpenAI says `usage: null` in every chunk before the one that has it.
  const usageless = tail || (shape.nullUsage && form !== "none") ? `],"usage":null}\n\n` : `]}\n\n`;
  const foot = form === "running" && prompt.includeUsage ? `],"usage":${usage}}\n\n` : usageless;
  const last = form === "on-finish" ? `],"usage":${usage}}\n\n` : foot;
  const inChoice = form === "in-last-choice" || form === "both" ? `,"usage":${usage}` : "";
  const lists = answer.choices.map((choice, index) => {
    const open = `${head}{"index":${index},"delta":`;
    const events = deltas(shape, choice, script).map(({ wire, textBytes }) => ({
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
function deltas(shape: Shape, choice: Choice, script: Script): SseEvent[] {
  const content = choice.tools.length > 0 && choice.text === "" ? "null" : '""';
  const list: SseEvent[] = [{ wire: `{"role":"assistant","content":${content},"refusal":null}`, textBytes: 0 }];
  if (shape.thoughts !== null) {
    for (const piece of quotedPieces(choice.reasoning, null)) {
      list.push({ wire: `{"${shape.thoughts}":${piece.json}}`, textBytes: piece.bytes });
    }
  }
  if (choice.tools.length === 0 || choice.text !== "") {
    for (const piece of quotedPieces(choice.text, script.chunks)) {
      list.push({ wire: `{"content":${piece.json}}`, textBytes: piece.bytes });
    }
  }
  return list.concat(...choice.tools.map((call, index) => toolDeltas(shape, call, index, script)));
}

function toolDeltas(shape: Shape, call: ToolCall, index: number, script: Script): SseEvent[] {
  const open = `{"tool_calls":[{"index":${index},`;
  const named = (json: string): string =>
    `${open}"id":"call_${call.id}","type":"function","function":{"name":${JSON.stringify(call.name)},"arguments":${json}}}]}`;
  const nameBytes = Buffer.byteLength(call.name);
  if (shape.wholeTools) {
    return [{ wire: named(JSON.stringify(call.json)), textBytes: nameBytes + Buffer.byteLength(call.json) }];
  }
  const pieces = quotedPieces(call.json, script.chunks).map((piece) => ({
    wire: `${open}"function":{"arguments":${piece.json}}}]}`,
    textBytes: piece.bytes,
  }));
  return [{ wire: named('""'), textBytes: nameBytes }, ...pieces];
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

function errorOf(provider: string, failure: Failure): string {
  // OpenAI's own errors are many, and the fixtures have only some of them.
  const shaped = provider === "openai" && failure.code === null ? null : errorShape(provider, failure);
  if (provider !== "openai") return shaped ?? openaiError(failure);
  const fits = shaped !== null && failure.code !== null && shaped.includes(`"${failure.code}"`);
  return fits && failure.param === undefined ? shaped : openaiError(failure);
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
