// `POST /v1/chat/completions`. Equal to functions/ai/src/{chat,call,admission,filter}.rs: read, reserve,
// call, forward, settle, with the same record for the ledger.

import { resolve } from "./catalogue.js";
import { costOf, priceOf, usageOf, usageOfChoices, worstCase } from "./price.js";
import { Problem } from "./problem.js";
import { relay } from "./relay.js";
import { BodyError, boundsOf, readBody, readChat, upstreamBody } from "./request.js";
import { Scanner } from "./scan.js";
import { newId } from "./trace.js";
import { deadlinesOf, Exchange } from "./upstream.js";

const LARGEST = 20 * 1024 * 1024;
const LONGEST_REPLY = 16 * 1024 * 1024;
const DEADLINE_MS = 5_000;
const TRIES = 3;
const LEASE_MS = 60_000;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Asks the organisation's object, within a bound. */
async function ask(env, org, path, body) {
  const stub = env.ADMISSION.get(env.ADMISSION.idFromName(org));
  let timer;
  const deadline = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("deadline")), DEADLINE_MS);
  });
  try {
    return await Promise.race([stub.fetch(`http://admission${path}`, { method: "POST", body }), deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** One call, from its admission to its settlement. */
class Call {
  constructor(cx, chat, target) {
    const { sub } = cx.caller.claims;
    const bounds = boundsOf(chat, target.limits);
    this.cx = cx;
    this.bounds = bounds;
    this.requestBytes = chat.bytes.length;
    this.price = priceOf(target.priceList, target.pricedAs, cx.now);
    const ownName = target.priceList === target.provider.id && target.pricedAs === target.model;
    this.record = {
      call_id: newId("call", cx.now),
      org_id: sub,
      user_id: sub,
      request_id: cx.trace.requestId,
      trace_id: cx.trace.traceId,
      model: target.model,
      provider: target.provider.id,
      stream: chat.stream,
      status: "killed",
      settlement: "estimated",
      usage: {
        prompt_tokens: bounds.prompt,
        cached_tokens: 0,
        completion_tokens: bounds.completion,
        reasoning_tokens: 0,
      },
      priced_as: ownName ? undefined : `${target.priceList}/${target.pricedAs}`,
      started_at_ms: cx.now,
      finished_at_ms: cx.now,
    };
  }

  /** Reserves the worst case, durably. */
  async reserve(deadlines) {
    const { cx, record } = this;
    const cost = worstCase(this.price, this.bounds);
    const worst = {
      ...record,
      price_version: cost === undefined ? undefined : this.price.version,
      cost_nano_usd: cost,
    };
    const limits = { version: 0, budget_nano_usd: Number(cx.env.DEFAULT_BUDGET_NANO_USD ?? 5_000_000_000) };
    const body = JSON.stringify({
      tokens: this.bounds.prompt + this.bounds.completion,
      record: worst,
      scopes: [{ id: "org", limits }, { id: `model:${record.model}` }],
      expires_ms: cx.now + deadlines.total + LEASE_MS,
    });
    cx.trip("object");
    const verdict = await ask(cx.env, record.org_id, "/reserve", body)
      .then((answer) => answer.json())
      .catch((cause) => {
        cx.ctx.waitUntil(ask(cx.env, record.org_id, "/withdraw", record.call_id));
        throw new Problem("unavailable", { cause, headers: { "Retry-After": "1" } });
      });
    if (verdict.budget !== undefined)
      throw new Problem("budget_exhausted", {
        detail: `The budget of \`${verdict.budget}\` does not cover this call.`,
      });
    const seconds = String(Math.ceil((verdict.wait_ms ?? 1000) / 1000));
    if (verdict.concurrency !== undefined)
      throw new Problem("concurrency_exceeded", { headers: { "Retry-After": "1" } });
    if (verdict.requests !== undefined || verdict.tokens !== undefined)
      throw new Problem("rate_limited", { headers: { "Retry-After": seconds } });
  }

  /** Books what the call cost, without anybody waiting; returns the cost. */
  settle(status, reported, seen) {
    const usage = reported?.usage ?? this.#estimate(seen);
    const cost = costOf(this.price, usage);
    const record = {
      ...this.record,
      status,
      settlement: reported ? "reported" : "estimated",
      usage,
      raw_usage: reported?.raw,
      price_version: cost === undefined ? undefined : this.price.version,
      cost_nano_usd: cost,
      finished_at_ms: Date.now(),
    };
    this.cx.ctx.waitUntil(book(this.cx.env, record));
    return cost;
  }

  #estimate({ bytes, events }) {
    const prompt = Math.min(Math.ceil(this.requestBytes / 4), this.bounds.prompt);
    const completion = Math.min(Math.max(Math.ceil(bytes / 4), events), this.bounds.completion);
    return { prompt_tokens: prompt, cached_tokens: 0, completion_tokens: completion, reasoning_tokens: 0 };
  }
}

async function book(env, record) {
  const body = JSON.stringify(record);
  for (let i = 0; i < TRIES; i++) {
    const answer = await ask(env, record.org_id, "/settle", body).catch(() => undefined);
    if (answer?.status === 204) return;
  }
}

const NOTHING = { bytes: 0, events: 0 };
const failure = (status, code) => ({
  status,
  media: "application/json",
  body: JSON.stringify({
    error: { message: "The model's provider failed.", type: "upstream_error", param: null, code },
  }),
});

async function plain(call, target, exchange, deadlines) {
  const bytes = await exchange.read(LONGEST_REPLY, deadlines.total);
  const reply = JSON.parse(decoder.decode(bytes));
  const { usage } = target.provider;
  const reported = usageOf(reply, usage) ?? usageOfChoices(reply, usage);
  const cost = call.settle("succeeded", reported, { bytes: bytes.length, events: 1 });
  const headers = cost === undefined ? {} : { "X-Cost-Nano-Usd": String(cost) };
  return { status: 200, media: "application/json", headers, body: bytes };
}

async function stream(call, target, exchange, deadlines, asked) {
  await exchange.first(deadlines.first_token);
  call.record.first_token_ms = Date.now();
  const scanner = new Scanner(target.provider.usage, asked.withholdUsage);
  const { readable, over } = relay(exchange, scanner, deadlines, (how) => {
    const last = scanner.finish();
    const complete = !scanner.truncated && !scanner.errorSeen;
    const status = complete ? "succeeded" : how === "left" ? "client_left" : "truncated";
    const reported = scanner.usage;
    call.settle(status, reported, reported ? NOTHING : { bytes: scanner.writtenBytes, events: scanner.writtenEvents });
    if (status !== "truncated" || scanner.errorSeen) return last;
    const { body } = failure(502, how === "stalled" ? "upstream_idle_timeout" : "upstream_truncated");
    return encoder.encode(`${decoder.decode(last)}data: ${body}\n\n`);
  });
  call.cx.ctx.waitUntil(over);
  return { status: 200, media: "text/event-stream", headers: {}, body: readable };
}

/** Answers a chat request. */
export async function chat(cx) {
  const { request, env } = cx;
  const media = (request.headers.get("content-type") ?? "").split(";", 1)[0].trim().toLowerCase();
  if (media !== "application/json") throw new Problem("unsupported_media_type");
  const bytes = await readBody(request, LARGEST);
  try {
    const asked = readChat(bytes);
    const target = resolve(env, asked.model);
    return await forward(cx, asked, target, upstreamBody(asked, target));
  } catch (error) {
    if (error instanceof BodyError) return error.reply();
    throw error;
  }
}

async function forward(cx, asked, target, body) {
  const deadlines = deadlinesOf(cx.env);
  const call = new Call(cx, asked, target);
  await call.reserve(deadlines);
  const exchange = new Exchange(cx.request);
  const headers = [
    ["content-type", "application/json"],
    ["user-agent", "selvage"],
  ];
  if (target.authorization) headers.push(target.authorization);
  let reply;
  try {
    cx.trip("upstream");
    const wait = asked.stream ? deadlines.connect + deadlines.first_token : deadlines.total;
    const response = await exchange.send(target.url, headers, body, wait);
    if (!response.ok) {
      call.settle("failed", { usage: NO_USAGE });
      return failure(response.status, "upstream_error");
    }
    reply = await (asked.stream ? stream : plain)(call, target, exchange, deadlines, asked);
  } catch {
    call.settle("failed", undefined, NOTHING);
    return failure(exchange.reason === "deadline" ? 504 : 502, "upstream_unreachable");
  }
  Object.assign(reply.headers, { "X-Model": target.model, "X-Provider": target.provider.id });
  return reply;
}

const NO_USAGE = { prompt_tokens: 0, cached_tokens: 0, completion_tokens: 0, reasoning_tokens: 0 };
