// `POST /v1/chat/completions`. Equal to functions/ai/src/{chat,call,admission,filter}.rs: read, reserve,
// call, forward, settle, with the same record for the ledger.

import { inOrder, sync, well } from "./breaker.js";
import { plan } from "./catalogue.js";
import { costOf, priceOf, usageOf, usageOfChoices, worstCase } from "./price.js";
import { Problem } from "./problem.js";
import { registry } from "./registry.js";
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
  const stub = env.ADMISSION.getByName(org);
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

/** What a call counts in: the organisation, the key, the model. */
function scopesOf({ env, caller }, { model }) {
  const limits = { version: 0, budget_nano_usd: Number(env.DEFAULT_BUDGET_NANO_USD ?? 5_000_000_000) };
  const scopes = [{ id: "org", limits }];
  if (caller.key !== undefined) scopes.push({ id: `key:${caller.key.id}`, limits: caller.key.limits });
  scopes.push({ id: `model:${model}` });
  return scopes;
}

/** One call, from its admission to its settlement. */
class Call {
  constructor(cx, chat, target) {
    const { sub } = cx.caller.claims;
    const bounds = boundsOf(chat, target.limits);
    this.cx = cx;
    this.attempts = [];
    this.bounds = bounds;
    this.requestBytes = chat.bytes.length;
    this.price = priceOf(target.priceList, target.pricedAs, cx.now);
    const ownName = target.priceList === target.provider.id && target.pricedAs === target.model;
    this.record = {
      call_id: newId("call", cx.now),
      org_id: sub,
      user_id: sub,
      key_id: cx.caller.key?.id,
      request_id: cx.trace.requestId,
      trace_id: cx.trace.traceId,
      model: target.model,
      provider: target.provider.id,
      endpoint: "chat",
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
    const body = JSON.stringify({
      call_id: record.call_id,
      nano_usd: cost ?? 0,
      tokens: this.bounds.prompt + this.bounds.completion,
      record: worst,
      scopes: scopesOf(cx, record),
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
      detail: { attempts: this.attempts },
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
  const { call_id, usage, model } = record;
  const nano_usd = record.cost_nano_usd ?? 0;
  const tokens = usage.prompt_tokens + usage.completion_tokens;
  const body = JSON.stringify({ call_id, nano_usd, tokens, record, model });
  for (let i = 0; i < TRIES; i++) {
    const answer = await ask(env, record.org_id, "/settle", body).catch(() => undefined);
    if (answer?.status === 204) return;
  }
}

const NOTHING = { bytes: 0, events: 0 };
const failure = (status, code) => ({
  status,
  media: "application/json",
  headers: {},
  body: JSON.stringify({
    error: { message: "The model's provider failed.", type: "upstream_error", param: null, code },
  }),
});

async function plain(call, target, exchange, deadlines, _asked, ok) {
  const bytes = await exchange.read(LONGEST_REPLY, deadlines.total);
  const reply = JSON.parse(decoder.decode(bytes));
  const { usage } = target.provider;
  ok();
  const reported = usageOf(reply, usage) ?? usageOfChoices(reply, usage);
  const cost = call.settle("succeeded", reported, { bytes: bytes.length, events: 1 });
  const headers = cost === undefined ? {} : { "X-Cost-Nano-Usd": String(cost) };
  return { status: 200, media: "application/json", headers, body: bytes };
}

async function stream(call, target, exchange, deadlines, asked, ok) {
  await exchange.first(deadlines.first_token);
  call.record.first_token_ms = Date.now();
  ok();
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
    const [target] = allowed(cx.caller, asked.model, plan(env, await registry(cx), asked.model));
    const answering = forward(cx, asked, target, upstreamBody(asked, target));
    // What was begun is finished when the client leaves: the settling of a call.
    cx.ctx.waitUntil(answering.catch(() => {}));
    return await answering;
  } catch (error) {
    if (error instanceof BodyError) return error.reply();
    throw error;
  }
}

/** Those that the caller's key opens. */
function allowed({ key }, asked, targets) {
  const opens = (name) =>
    key.models.some((known) => (known.endsWith("*") ? name.startsWith(known.slice(0, -1)) : name === known));
  const left = key?.models === undefined || opens(asked) ? targets : targets.filter(({ model }) => opens(model));
  if (left.length > 0) return left;
  throw new Problem("model_not_found", {
    detail: `The model \`${asked}\` does not exist, or you may not use it.`,
  });
}

/** FNV-1a: which of a provider's keys a person's calls begin with. */
function spread(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function keysInOrder({ keys, provider }, start) {
  const turned = keys.map((_, i) => keys[(start + i) % keys.length]);
  return inOrder(turned.map((key) => ({ key, name: `${provider.id}/${key.id}` })));
}

async function forward(cx, asked, target, body) {
  const deadlines = deadlinesOf(cx.env);
  const call = new Call(cx, asked, target);
  await call.reserve(deadlines);
  sync(cx);
  let reply;
  for (const { key, name } of keysInOrder(target, spread(cx.caller.claims.sub)).slice(0, TRIES)) {
    reply = await attempt(cx, call, asked, target, { body, deadlines, key });
    if (reply.status === 200) well(name);
    if (reply.status < 500) break;
  }
  if (reply.status !== 200) call.settle("failed", { usage: NO_USAGE });
  Object.assign(reply.headers, { "X-Model": target.model, "X-Provider": target.provider.id });
  return reply;
}

/** One try with one key, noted. */
async function attempt(cx, call, asked, target, { body, deadlines, key }) {
  const exchange = new Exchange(cx.request);
  const headers = [["content-type", "application/json"], ["user-agent", "selvage"], key.header];
  const began = Date.now();
  const tried = { provider: target.provider.id, model: target.model, key: key.id, after_ms: began - cx.now };
  const note = (outcome, status) => {
    call.attempts.push({ ...tried, outcome, status, took_ms: Date.now() - began });
  };
  try {
    cx.trip("upstream");
    const wait = asked.stream ? deadlines.connect + deadlines.first_token : deadlines.total;
    const response = await exchange.send(target.url, headers, body, wait);
    if (!response.ok) {
      note("upstream_error", response.status);
      return failure(response.status, "upstream_error");
    }
    const answer = asked.stream ? stream : plain;
    return await answer(call, target, exchange, deadlines, asked, () => note("ok", response.status));
  } catch {
    note("upstream_unreachable");
    return failure(exchange.reason === "deadline" ? 504 : 502, "upstream_unreachable");
  }
}

const NO_USAGE = { prompt_tokens: 0, cached_tokens: 0, completion_tokens: 0, reasoning_tokens: 0 };
