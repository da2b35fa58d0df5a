// What was asked of the simulator and what became of it, for tests: a bounded list and a way to wait for
// an entry instead of sleeping. The HTTP face of it is control.ts.

import type { IncomingHttpHeaders } from "node:http";
import type { Usage } from "./dialect.ts";

/** What became of a call: still open, answered, left by its client, or ended by a scripted fault. */
export type CallState = "open" | "finished" | "client_left" | "faulted";

/** One call as it is kept. */
export interface Call {
  id: number;
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** The key it brought. */
  credential: string;
  /** The body as it came. */
  raw: string;
  /** The last user message, `""` until it is read. */
  message: string;
  startedAt: number;
  status: number | null;
  state: CallState;
  /** What `state` becomes once the reply has left. */
  outcome: CallState;
  chunksSent: number;
  textBytesSent: number;
  usage: Usage | null;
}

/** One call as tests see it. */
export interface CallRecord {
  id: number;
  method: string;
  path: string;
  /** The last four characters of its key; empty without one. */
  key: string;
  /** `authorization` and `x-api-key` are masked to their last four characters. */
  headers: { [name: string]: string | string[] | undefined };
  body: unknown;
  started_at: string;
  status: number | null;
  state: CallState;
  /** Whole events written, `[DONE]` and comments not counted. */
  chunks_sent: number;
  /** Tokens of the text in those events. */
  tokens_sent: number;
  /** The tokens of the whole answer, also where the reply was cut or told none; `null` where there was no answer. */
  usage: {
    prompt_tokens: number;
    completion_tokens: number;
    total_tokens: number;
    cached_tokens: number;
    cache_write_tokens: number;
    reasoning_tokens: number;
  } | null;
}

/** Which calls are meant: all conditions given must hold. */
export interface CallFilter {
  /** Text of the raw body or of the last user message. */
  contains?: string | undefined;
  state?: CallState | undefined;
  path?: string | undefined;
  /** The end of the key. */
  key?: string | undefined;
}

interface Waiter {
  filter: CallFilter;
  count: number;
  done(): void;
}

const MOST_CALLS = 10_000;
const MOST_CHARACTERS = 64 * 1024 * 1024;

/** The last 10,000 calls, or fewer when their bodies are large. */
export class Journal {
  #calls: Call[] = [];
  #dropped = 0;
  #characters = 0;
  #lastId = 0;
  #waiters = new Set<Waiter>();
  #seen = new Map<string, number>();

  /** Enters a call that has just arrived. */
  open(method: string, path: string, headers: IncomingHttpHeaders, raw: string, credential: string): Call {
    const call: Call = {
      id: ++this.#lastId,
      method,
      path,
      credential,
      headers,
      raw,
      message: "",
      startedAt: Date.now(),
      status: null,
      state: "open",
      outcome: "finished",
      chunksSent: 0,
      textBytesSent: 0,
      usage: null,
    };
    this.#calls.push(call);
    this.#characters += raw.length;
    this.#trim();
    if (this.#waiters.size > 0) this.#wake();
    return call;
  }

  /** Gives a call its final state; only the first time counts. */
  settle(call: Call, state: CallState): void {
    if (call.state !== "open") return;
    call.state = state;
    if (this.#waiters.size > 0) this.#wake();
  }

  /** Enters what `call` asks; returns how often that was asked, this time included, for `[sim:times=N]`. */
  ask(call: Call, message: string): number {
    call.message = message;
    if (this.#waiters.size > 0) this.#wake();
    const count = (this.#seen.get(message) ?? 0) + 1;
    this.#seen.set(message, count);
    if (this.#seen.size > MOST_CALLS) {
      const [oldest] = this.#seen.keys();
      if (oldest !== undefined) this.#seen.delete(oldest);
    }
    return count;
  }

  /** The calls `filter` means, oldest first. */
  list(filter: CallFilter = {}): CallRecord[] {
    return this.#kept()
      .filter((call) => matches(call, filter))
      .map(record);
  }

  /** Waits until at least `count` calls match; `null` when `timeoutMs` pass first. */
  async wait(filter: CallFilter, count: number, timeoutMs: number): Promise<CallRecord[] | null> {
    if (this.#enough(filter, count)) return this.list(filter);
    const met = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        resolve(false);
      }, timeoutMs);
      const waiter: Waiter = {
        filter,
        count,
        done: () => {
          clearTimeout(timer);
          resolve(true);
        },
      };
      this.#waiters.add(waiter);
    });
    return met ? this.list(filter) : null;
  }

  /** Forgets all calls and how often each message was asked. */
  clear(): void {
    this.#calls = [];
    this.#dropped = this.#characters = 0;
    this.#seen.clear();
  }

  #kept(): Call[] {
    return this.#dropped === 0 ? this.#calls : this.#calls.slice(this.#dropped);
  }

  // Dropping from the front of an array moves all of it, so it is done rarely and in bulk.
  #trim(): void {
    const left = (): number => this.#calls.length - this.#dropped;
    while (left() > MOST_CALLS || (this.#characters > MOST_CHARACTERS && left() > 1)) {
      const oldest = this.#calls[this.#dropped++];
      if (oldest === undefined) break;
      this.#characters -= oldest.raw.length;
      oldest.raw = "";
    }
    if (this.#dropped > 1000) {
      this.#calls = this.#calls.slice(this.#dropped);
      this.#dropped = 0;
    }
  }

  #enough(filter: CallFilter, count: number): boolean {
    let found = 0;
    for (const call of this.#kept()) if (matches(call, filter) && ++found >= count) return true;
    return count === 0;
  }

  #wake(): void {
    for (const waiter of this.#waiters) {
      if (!this.#enough(waiter.filter, waiter.count)) continue;
      this.#waiters.delete(waiter);
      waiter.done();
    }
  }
}

function matches(call: Call, filter: CallFilter): boolean {
  if (filter.state !== undefined && call.state !== filter.state) return false;
  if ((filter.path ?? call.path) !== call.path || !call.credential.endsWith(filter.key ?? "")) return false;
  return filter.contains === undefined || call.raw.includes(filter.contains) || call.message.includes(filter.contains);
}

function record(call: Call): CallRecord {
  const headers: CallRecord["headers"] = { ...call.headers };
  if (call.headers.authorization !== undefined) headers["authorization"] = masked(call.headers.authorization);
  const key = call.headers["x-api-key"];
  if (typeof key === "string") headers["x-api-key"] = masked(key);
  const usage = call.usage;
  return {
    id: call.id,
    method: call.method,
    path: call.path,
    key: call.credential.slice(-4),
    headers,
    body: parsed(call.raw),
    started_at: new Date(call.startedAt).toISOString(),
    status: call.status,
    state: call.state,
    chunks_sent: call.chunksSent,
    tokens_sent: Math.ceil(call.textBytesSent / 4),
    usage:
      usage === null
        ? null
        : {
            prompt_tokens: usage.prompt,
            completion_tokens: usage.completion,
            total_tokens: usage.prompt + usage.completion,
            cached_tokens: usage.cached,
            cache_write_tokens: usage.cacheWrite,
            reasoning_tokens: usage.reasoning,
          },
  };
}

function masked(secret: string): string {
  return `…${secret.slice(-4)}`;
}

function parsed(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return raw === "" ? null : raw;
  }
}
