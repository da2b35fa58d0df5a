// What goes wrong and how it is told. Equal to shared/src/problem.rs for the failures these Workers
// can meet: problem documents (RFC 9457), or OpenAI's shape where a row says so.

const FACTS = {
  malformed_request: [400, "The request could not be read"],
  unauthenticated: [401, "Sign in first: no valid access token was given"],
  budget_exhausted: [402, "The budget does not cover this call"],
  forbidden: [403, "You may not do this"],
  not_found: [404, "There is nothing here"],
  model_not_found: [404, "There is no such model, or you may not use it"],
  method_not_allowed: [405, "This path does not answer that method"],
  payload_too_large: [413, "The body is too large"],
  unsupported_media_type: [415, "The body must be application/json"],
  rate_limited: [429, "Too many calls; wait and try again"],
  concurrency_exceeded: [429, "Too many calls are under way"],
  internal: [500, "Something went wrong here"],
  unavailable: [503, "This is not available now; try again soon"],
};

const OPENAI_TYPES = {
  401: "authentication_error",
  402: "insufficient_quota",
  403: "permission_error",
  429: "rate_limit_error",
};

export class Problem extends Error {
  constructor(code, { detail, headers, cause } = {}) {
    super(code, { cause });
    this.code = code;
    this.detail = detail;
    this.headers = headers;
    [this.status, this.title] = FACTS[code];
  }

  reply(dialect, requestId, path) {
    return dialect === "openai" ? this.#openai() : this.#document(requestId, path);
  }

  #document(requestId, path) {
    const document = {
      type: `/docs#problem-${this.code}`,
      title: this.title,
      status: this.status,
      code: this.code,
      detail: this.detail,
      instance: path,
      request_id: requestId,
    };
    return this.#with("application/problem+json", document);
  }

  #openai() {
    const type = OPENAI_TYPES[this.status] ?? (this.status >= 500 ? "server_error" : "invalid_request_error");
    const code = this.status === 402 ? "insufficient_quota" : this.code;
    return this.#with("application/json", {
      error: { message: this.detail ?? this.title, type, param: null, code },
    });
  }

  #with(media, body) {
    return { status: this.status, media, headers: this.headers, body: JSON.stringify(body) };
  }
}

/** Whatever was thrown, as a problem; what nobody expected is internal and its cause is for the log. */
export const problemOf = (error) => (error instanceof Problem ? error : new Problem("internal", { cause: error }));
