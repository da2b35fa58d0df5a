// The way of a request. Equal to shared/src/pipeline.rs, in its order: ids and trace, row, caller,
// limit, handler, headers, log line. The same headers and the same line, byte for byte but for ids
// and times; the benchmark refuses to run when they differ.

import { Problem, problemOf } from "./problem.js";
import { callerOf } from "./token.js";
import { traceOf } from "./trace.js";

/** What every reply has. A response made with these copies them, which is cheaper than building them. */
const BASE = new Headers({
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "cross-origin",
  "Referrer-Policy": "no-referrer",
  "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
  Vary: "Origin",
  "X-Content-Type-Options": "nosniff",
});

const POLICY = '"normal";q=600;w=60';

/** One client of the limiter: IPv4, or IPv6 by /64. */
function networkOf(address) {
  if (address === null) return "unknown";
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return address;
  if (!/^[0-9a-f:]+$/i.test(address)) return "unknown";
  const [left, right = ""] = address.split("::");
  const groups = left === "" ? [] : left.split(":");
  const after = right === "" ? [] : right.split(":");
  const all = address.includes("::")
    ? [...groups, ...Array(8 - groups.length - after.length).fill("0"), ...after]
    : groups;
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}

/** One request: what its handler needs, and what its log line says. */
class Context {
  constructor(service, request, env, ctx) {
    this.service = service;
    this.request = request;
    this.env = env;
    this.ctx = ctx;
    this.now = Date.now();
    this.path = new URL(request.url).pathname;
    this.trace = traceOf(request.headers);
    this.network = networkOf(request.headers.get("cf-connecting-ip"));
    this.caller = undefined;
    this.row = undefined;
    this.trips = {};
  }

  /** Counts a round trip somebody waits for. */
  trip(kind) {
    this.trips[kind] = (this.trips[kind] ?? 0) + 1;
  }

  get roundTrips() {
    const kinds = ["d1", "kv", "object", "service", "upstream"].filter((kind) => kind in this.trips);
    return kinds.map((kind) => `${kind}=${this.trips[kind]}`).join(" ");
  }
}

async function answer(cx, table) {
  const rows = table.get(cx.path);
  if (rows === undefined) throw new Problem("not_found");
  cx.row = rows[cx.request.method === "HEAD" ? "GET" : cx.request.method];
  if (cx.row === undefined) {
    throw new Problem("method_not_allowed", { headers: { Allow: [...Object.keys(rows), "OPTIONS"].join(", ") } });
  }
  if (cx.row.who === "user") cx.caller = await callerOf(cx);
  if (cx.row.limit === "normal") {
    const key = cx.caller?.claims.sub ?? cx.network;
    const { success } = await cx.env.LIMIT.limit({ key });
    if (!success) throw new Problem("rate_limited", { headers: { "Retry-After": "60" } });
  }
  return cx.row.handler(cx);
}

/** Adds what every reply has, and writes the log line. */
function finish(cx, reply, problem) {
  const elapsed = Date.now() - cx.now;
  const trips = cx.roundTrips;
  const body = cx.request.method === "HEAD" ? null : reply.body;
  const response = new Response(body, { status: reply.status, headers: BASE });
  const { headers } = response;
  headers.set("Content-Type", reply.media);
  for (const name in reply.headers) headers.set(name, reply.headers[name]);
  if (cx.row?.limit === "normal") headers.set("RateLimit-Policy", POLICY);
  headers.set("X-Request-Id", cx.trace.requestId);
  headers.set("Server-Timing", trips === "" ? `app;dur=${elapsed}` : `app;dur=${elapsed}, io;desc="${trips}"`);
  allowOrigin(cx, headers);
  console.log(JSON.stringify(line(cx, reply.status, elapsed, trips, problem)));
  return response;
}

/** CORS by configuration, as shared/src/cors.rs. */
function allowOrigin(cx, headers) {
  const origin = cx.request.headers.get("origin");
  if (origin === null || !(cx.env.CORS_ORIGINS ?? "").split(",").includes(origin)) return;
  headers.set("Access-Control-Allow-Origin", origin);
  headers.set("Access-Control-Expose-Headers", "X-Request-Id, Server-Timing, ETag");
}

function line(cx, status, elapsed, trips, problem) {
  return {
    timestamp: new Date(cx.now).toISOString(),
    level: status >= 500 ? "error" : status >= 400 ? "warn" : "info",
    service: cx.service,
    traceId: cx.trace.traceId,
    userId: cx.caller?.claims.sub,
    action: cx.row?.action ?? "none",
    message: problem?.code ?? "ok",
    metadata: {
      requestId: cx.trace.requestId,
      spanId: cx.trace.spanId,
      method: cx.request.method,
      path: cx.path,
      status,
      durationMs: elapsed,
      roundTrips: trips || undefined,
      ip: cx.network,
      userAgent: cx.request.headers.get("user-agent") ?? undefined,
      code: problem?.code,
      cause: problem?.cause && String(problem.cause),
    },
  };
}

/** A Worker that answers these rows. */
export function serve(service, rows) {
  const table = new Map();
  for (const row of rows) table.set(row.path, { ...table.get(row.path), [row.method]: row });
  return {
    async fetch(request, env, ctx) {
      const cx = new Context(service, request, env, ctx);
      try {
        return finish(cx, await answer(cx, table));
      } catch (error) {
        const problem = problemOf(error);
        return finish(cx, problem.reply(cx.row?.dialect, cx.trace.requestId, cx.path), problem);
      }
    },
  };
}

/** A reply with a JSON body. */
export const json = (value) => ({ status: 200, media: "application/json", body: JSON.stringify(value) });
