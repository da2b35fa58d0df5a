// OpenAI's responses, plain and streamed, as a dialect. Nothing is stored: `previous_response_id` is accepted and
// ignored. The events are in responses-events.ts.

import { chatDialect } from "./chat.ts";
import type { Answer, Choice, Dialect, JsonObject, Prompt, Usage } from "./dialect.ts";
import { CREATED, checkModel, Refusal } from "./dialect.ts";
import { forcedTool, imagesOf, isObject, messageTokens, readCount, readModel, textOf, toolTokens } from "./request.ts";
import { responseEvents } from "./responses-events.ts";
import type { Script } from "./script.ts";

function read(body: JsonObject): Prompt {
  const model = readModel(body);
  checkModel(model);
  const asked = readInput(body["input"]);
  const choice = body["tool_choice"];
  const instructions = typeof body["instructions"] === "string" ? messageTokens(body["instructions"]) : 0;
  return {
    model,
    message: asked.message,
    promptTokens: asked.tokens + instructions + toolTokens(body["tools"]),
    maxTokens: readCount(body, "max_output_tokens", Number.MAX_SAFE_INTEGER),
    choices: 1,
    tools: asked.answered || choice === "none" ? [] : toolNames(body["tools"]),
    parallelTools: body["parallel_tool_calls"] !== false,
    stream: body["stream"] === true,
    includeUsage: true,
    schema: schemaOf(body["text"]),
    forced: asked.answered
      ? null
      : forcedTool(
          body["tools"],
          { any: choice === "required", name: isObject(choice) ? choice["name"] : null },
          (tool) => ({
            name: tool["name"],
            schema: tool["parameters"],
          }),
        ),
    images: asked.images,
  };
}

interface Asked {
  message: string;
  tokens: number;
  images: number;
  /** Whether the last item is what a tool gave. */
  answered: boolean;
}

function readInput(input: unknown): Asked {
  if (typeof input === "string") {
    return { message: input, tokens: messageTokens(input), images: 0, answered: false };
  }
  if (!Array.isArray(input) || input.length === 0 || !input.every(isObject)) {
    throw new Refusal(400, "Missing required parameter: 'input'.", "missing_required_parameter", "input");
  }
  const asked: Asked = { message: "", tokens: 0, images: 0, answered: false };
  for (const item of input) {
    const content = item["content"] ?? item["output"] ?? item["arguments"];
    asked.tokens += messageTokens(content);
    asked.answered = item["type"] === "function_call_output";
    if (item["role"] !== "user") continue;
    asked.message = textOf(content);
    asked.images = imagesOf(content);
  }
  return asked;
}

function toolNames(tools: unknown): string[] {
  if (!Array.isArray(tools)) return [];
  return tools.map((tool: unknown) => (isObject(tool) && typeof tool["name"] === "string" ? tool["name"] : ""));
}

function schemaOf(text: unknown): JsonObject | null {
  const format = isObject(text) ? text["format"] : null;
  return isObject(format) && isObject(format["schema"]) ? format["schema"] : null;
}

/** The items an answer consists of, as they stand in a finished response. */
export function outputOf(answer: Answer): JsonObject[] {
  const choice: Choice = answer.choices[0] ?? { reasoning: "", text: "", tools: [], finish: "stop" };
  const items: JsonObject[] = [];
  if (choice.reasoning !== "") {
    const summary = [{ type: "summary_text", text: choice.reasoning }];
    items.push({ id: `rs_${answer.id}`, type: "reasoning", summary });
  }
  if (choice.text !== "" || choice.tools.length === 0) {
    const content = [{ type: "output_text", text: choice.text, annotations: [], logprobs: [] }];
    const status = choice.finish === "length" ? "incomplete" : "completed";
    items.push({ id: `msg_${answer.id}`, type: "message", status, role: "assistant", content });
  }
  choice.tools.forEach((call, index) => {
    const known = { call_id: `call_${call.id}`, name: call.name, arguments: call.json };
    items.push({ id: `fc_${answer.id}${index}`, type: "function_call", status: "completed", ...known });
  });
  return items;
}

/** The response object around an answer; without usage while it is in progress. */
export function responseOf(answer: Answer, status: string, output: JsonObject[], usage: Usage | null): JsonObject {
  const clipped = status === "incomplete";
  return {
    id: `resp_${answer.id}`,
    object: "response",
    created_at: CREATED,
    status,
    background: false,
    error: null,
    incomplete_details: clipped ? { reason: "max_output_tokens" } : null,
    instructions: null,
    max_output_tokens: null,
    model: answer.model,
    output,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    service_tier: "default",
    store: false,
    temperature: 1,
    text: { format: { type: "text" } },
    tool_choice: "auto",
    tools: [],
    top_p: 1,
    truncation: "disabled",
    usage: usage === null ? null : told(usage),
    user: null,
    metadata: {},
  };
}

function told(usage: Usage): JsonObject {
  return {
    input_tokens: usage.prompt,
    input_tokens_details: { cached_tokens: usage.cached },
    output_tokens: usage.completion,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: usage.prompt + usage.completion,
  };
}

function plain(answer: Answer, script: Script): string {
  const status = answer.choices[0]?.finish === "length" ? "incomplete" : "completed";
  const usage = script.usage === "none" ? null : answer.usage;
  return JSON.stringify(responseOf(answer, status, outputOf(answer), usage));
}

/** OpenAI's responses; errors and headers are those of `provider`'s chat completions. */
export function responsesDialect(provider: string): Dialect {
  const chat = chatDialect(provider);
  return {
    ...chat,
    read,
    plain,
    events: (answer, _prompt, script) => responseEvents(answer, script),
    end: "",
    errorEvent: (failure) => {
      const code = failure.code ?? "server_error";
      const event = { type: "error", sequence_number: 0, code, message: failure.message, param: null };
      return `event: error\ndata: ${JSON.stringify(event)}\n\n`;
    },
  };
}
