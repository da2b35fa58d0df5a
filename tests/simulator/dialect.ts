// The vocabulary that every wire format of the simulator shares: what was asked (`Prompt`), what is
// answered (`Answer`), what is refused (`Failure`), and what a wire format has to supply (`Dialect`).
// No wire format itself: those are chat.ts, responses.ts and anthropic.ts.

import type { Script } from "./script.ts";

/** A parsed JSON object whose fields nobody has checked yet. */
export type JsonObject = { [field: string]: unknown };

/** A completion request, free of any dialect. */
export interface Prompt {
  model: string;
  /** The text of the last message with role `user`, directives included. */
  message: string;
  promptTokens: number;
  /** `null` when the request sets no bound. */
  maxTokens: number | null;
  /** How many alternatives are wanted (`n`). */
  choices: number;
  /** The names of the offered tools; empty when a tool call would be out of place. */
  tools: string[];
  parallelTools: boolean;
  stream: boolean;
  includeUsage: boolean;
  /** The JSON schema the answer has to fit; `null` where any text will do. */
  schema: JsonObject | null;
  /** The tool that `tool_choice` demands; `null` where none is demanded. */
  forced: ForcedTool | null;
  /** How many images the last user message shows. */
  images: number;
}

/** A tool that has to be called, with the schema of its arguments. */
export interface ForcedTool {
  name: string;
  schema: JsonObject;
}

/** One call of a tool; `json` is the text of its arguments. */
export interface ToolCall {
  id: string;
  name: string;
  json: string;
}

/** One alternative of an answer. */
export interface Choice {
  reasoning: string;
  text: string;
  tools: ToolCall[];
  finish: "stop" | "length" | "tool_calls";
}

/** Tokens of one answer: `cached` and `cacheWrite` are part of `prompt`, `reasoning` is part of `completion`. */
export interface Usage {
  prompt: number;
  completion: number;
  cached: number;
  cacheWrite: number;
  reasoning: number;
}

/** A whole answer, free of any dialect. */
export interface Answer {
  /** Twenty-four hexadecimal digits, a function of the model and the last user message. */
  id: string;
  model: string;
  choices: Choice[];
  usage: Usage;
}

/** Something other than an answer; each dialect has its own body for it. */
export interface Failure {
  status: number;
  message: string;
  /** The provider's own word for this error; `null` takes the usual one of the status. */
  code: string | null;
  param?: string;
}

/** Thrown where a request cannot be answered. */
export class Refusal extends Error {
  readonly failure: Failure;

  constructor(status: number, message: string, code: string | null = null, param?: string) {
    super(message);
    this.failure = param === undefined ? { status, message, code } : { status, message, code, param };
  }
}

/** One whole server-sent event and how many bytes of generated text it carries. */
export interface SseEvent {
  wire: string;
  textBytes: number;
}

/** A provider's wire format. */
export interface Dialect {
  /** Reads a request body; throws `Refusal`. */
  read(body: JsonObject, headers: NodeJS.Dict<string | string[]>): Prompt;
  /** The body of a plain reply. */
  plain(answer: Answer, script: Script): string;
  /** All events of a streamed reply except the last word of the protocol. */
  events(answer: Answer, prompt: Prompt, script: Script): SseEvent[];
  /** What follows the last event, `""` where the protocol has no such thing. */
  end: string;
  /** The body of an error reply. */
  errorBody(failure: Failure, requestId: string): string;
  /** An error that comes as an event in the middle of a stream. */
  errorEvent(failure: Failure, requestId: string): string;
  /** Headers of every reply; `limited` when the reply is a 429. */
  headers(requestId: string, limited: boolean): Record<string, string>;
}

/** The moment every answer was made at: Unix seconds, fixed so that replies can be compared byte for byte. */
export const CREATED = 1_700_000_000;

/** The models the lists name; any other name not beginning with `missing-` is answered as well. */
export const MODELS = ["simulated-chat", "simulated-reasoning", "simulated-unpriced"] as const;

/** Throws the 404 of a model that does not exist. */
export function checkModel(model: string): void {
  if (model.startsWith("missing-")) {
    throw new Refusal(404, `The model \`${model}\` does not exist or you do not have access to it.`, "model_not_found");
  }
}
