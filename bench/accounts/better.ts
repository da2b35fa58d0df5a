// better-auth on Hono in Miniflare with D1: who is signed in is looked up as its documentation says, with a cookie.

import { execFileSync } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";

const PEER = join(import.meta.dirname, "../peers/better-auth");

/** A running one. */
export interface Better {
  readonly origin: string;
  readonly workerd: number;
  /** The cookies of as many people. */
  readonly cookies: readonly string[];
  readonly stop: () => Promise<void>;
}

async function bundle(folder: string): Promise<string> {
  if (!existsSync(join(PEER, "node_modules"))) {
    execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: PEER, stdio: "inherit" });
  }
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, "worker.mjs");
  await build({
    entryPoints: [join(PEER, "worker.js")],
    outfile,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "import"],
    external: ["node:*", "cloudflare:*"],
    logLevel: "error",
  });
  return outfile;
}

async function signUp(origin: string, index: number): Promise<string> {
  const body = JSON.stringify({
    name: "Bench",
    email: `bench-${index}@example.com`,
    password: "correct horse battery",
  });
  const headers = { "content-type": "application/json", origin };
  const reply = await fetch(`${origin}/api/auth/sign-up/email`, { method: "POST", headers, body });
  if (!reply.ok) throw new Error(`signing up answered ${reply.status}: ${await reply.text()}`);
  return reply.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0])
    .join("; ");
}

/** Starts it with so many people signed in. */
export async function startBetter(folder: string, people: number): Promise<Better> {
  let newest: { pid?: number } | undefined;
  subscribe("child_process", (message) => {
    newest = (message as { process: { pid?: number } }).process;
  });
  const path = await bundle(folder);
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      logRequests: false,
      log: new Log(LogLevel.ERROR),
      workers: [
        { name: "front", modules: true, script: "export default { fetch: () => new Response() }" },
        {
          name: "better",
          modules: [{ type: "ESModule", path }],
          modulesRoot: folder,
          compatibilityDate: "2026-11-01",
          compatibilityFlags: ["nodejs_compat"],
          d1Databases: { DB: "better" },
          bindings: { BETTER_AUTH_SECRET: "bench bench bench bench bench bench" },
          // As our functions have: not behind a Worker of Miniflare's own.
          unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
        },
      ],
    }),
  );
  await miniflare.ready;
  const { origin } = await miniflare.unsafeGetDirectURL("better");
  const made = await fetch(`${origin}/migrate`, { method: "POST" });
  if (!made.ok) throw new Error(`migrating answered ${made.status}: ${await made.text()}`);
  const cookies: string[] = [];
  for (let index = 0; index < people; index++) cookies.push(await signUp(origin, index));
  return { origin, workerd: newest?.pid ?? 0, cookies, stop: () => miniflare.dispose() };
}
