// Moonshot's variant of the chat completions: streamed usage inside the last choice, `cached_tokens` at
// the top of it, thoughts sent as `reasoning_content`, and its own words for errors.

import type { Dialect, Failure, JsonObject, Usage } from "./dialect.ts";
import { chatDialect } from "./openai.ts";

const TYPES: { [status: number]: string } = {
  401: "invalid_authentication_error",
  403: "permission_denied_error",
  404: "resource_not_found_error",
  429: "rate_limit_reached_error",
  503: "engine_overloaded_error",
};

function moonshotUsage(usage: Usage): JsonObject {
  return {
    prompt_tokens: usage.prompt,
    completion_tokens: usage.completion,
    total_tokens: usage.prompt + usage.completion,
    cached_tokens: usage.cached,
  };
}

function moonshotError(failure: Failure): string {
  const usual = TYPES[failure.status] ?? (failure.status >= 500 ? "server_error" : "invalid_request_error");
  // Its errors have a type and no code, so a missing model is told by the type of its status.
  const type = failure.code === null || failure.code === "model_not_found" ? usual : failure.code;
  return JSON.stringify({ error: { message: failure.message, type } });
}

function moonshotHeaders(requestId: string, limited: boolean): Record<string, string> {
  return {
    "x-request-id": requestId,
    "msh-request-id": requestId,
    "msh-uid": "simulator",
    "x-ratelimit-limit-requests": "500",
    "x-ratelimit-remaining-requests": limited ? "0" : "499",
  };
}

/** Moonshot's dialect. */
export const moonshot: Dialect = chatDialect({
  usage: moonshotUsage,
  usageForm: "in-last-choice",
  thinksAloud: true,
  errorBody: moonshotError,
  headers: moonshotHeaders,
});
