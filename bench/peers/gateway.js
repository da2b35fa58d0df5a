// The JS peer of functions/gateway: finds the function that owns a path and passes the request on by
// handle, within a bound. Equal to functions/gateway/src/dispatch.rs. It makes ids and a log line only
// for what it answers itself: nothing is added to what a function replied.

import { json, serve } from "./pipeline.js";
import { Problem } from "./problem.js";

const BRIEF_MS = 15_000;
const SLOW_MS = 615_000;

const FUNCTIONS = new Map([
  ["/.well-known/jwks.json", { binding: "AUTH" }],
  ["/v1/auth/register", { binding: "AUTH" }],
  ["/v1/auth/login", { binding: "AUTH" }],
  ["/v1/auth/refresh", { binding: "AUTH" }],
  ["/v1/auth/logout", { binding: "AUTH" }],
  ["/v1/auth/me", { binding: "AUTH" }],
  ["/v1/auth/token", { binding: "AUTH" }],
  ["/v1/auth/claim", { binding: "AUTH" }],
  ["/v1/models", { binding: "AI" }],
  ["/v1/chat/completions", { binding: "AI", slow: true }],
  ["/v1/usage", { binding: "USAGE" }],
]);

const own = serve("gateway", [
  {
    method: "GET",
    path: "/healthz",
    who: "public",
    action: "health::live",
    handler: ({ service }) => json({ status: "ok", service }),
  },
]);

/** Rejects when the function has sent no head in time. */
async function within(milliseconds, answer) {
  let timer;
  const deadline = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("deadline")), milliseconds);
  });
  try {
    return await Promise.race([answer, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

export default {
  async fetch(request, env, ctx) {
    const entry = FUNCTIONS.get(new URL(request.url).pathname);
    if (entry === undefined) return own.fetch(request, env, ctx);
    try {
      return await within(entry.slow ? SLOW_MS : BRIEF_MS, env[entry.binding].fetch(request));
    } catch (cause) {
      const problem = new Problem("unavailable", { cause, headers: { "Retry-After": "5" } });
      const { status, media, body, headers } = problem.reply("problem", crypto.randomUUID(), request.url);
      return new Response(body, { status, headers: { "Content-Type": media, ...headers } });
    }
  },
};
