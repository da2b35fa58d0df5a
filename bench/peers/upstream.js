// The call to the provider. Equal to `send`, `readAnswer` and `first` of shared/src/platform/edge.js:
// a deadline for each step, and a client that leaves cancels the call.

import { readBody } from "./request.js";

/** Milliseconds each step may take; a deployment may set others. */
export function deadlinesOf(env) {
  const usual = { connect: 30_000, first_token: 60_000, idle: 30_000, total: 600_000 };
  return env.AI_DEADLINES ? { ...usual, ...JSON.parse(env.AI_DEADLINES) } : usual;
}

/** A call under way; `reason` says why it was cancelled. */
export class Exchange {
  #controller = new AbortController();
  reason = undefined;

  constructor(client) {
    client.signal?.addEventListener("abort", () => this.cancel("left"));
  }

  cancel(reason) {
    this.reason ??= reason;
    this.#controller.abort();
  }

  async #within(milliseconds, step) {
    const timer = setTimeout(() => this.cancel("deadline"), milliseconds);
    try {
      return await step();
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for the head of the answer. */
  async send(url, headers, body, milliseconds) {
    const init = { method: "POST", headers, body, redirect: "manual", signal: this.#controller.signal };
    this.response = await this.#within(milliseconds, () => fetch(url, init));
    return this.response;
  }

  /** The whole body. */
  read(limit, milliseconds) {
    return this.#within(milliseconds, () => readBody(this.response, limit));
  }

  /** Waits for the first chunk of a stream and holds it, so that a stream that never begins is an error. */
  async first(milliseconds) {
    this.reader = this.response.body.getReader();
    const { done, value } = await this.#within(milliseconds, () => this.reader.read());
    if (done) throw new Error("the stream ended before it began");
    this.held = value;
  }
}
