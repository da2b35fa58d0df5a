// The built `auth` alone in Miniflare, with D1 and people who are signed in. Its rate limiter is left out, as the peer's
// is: Miniflare plays the runtime's binding in JavaScript, at several times the price of everything else in a request.

import { subscribe } from "node:diagnostics_channel";
import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { type Database, migrate } from "../../xtask/runtime/migrations.ts";
import { workerOptions } from "../../xtask/runtime/workers.ts";
import { ISSUER, Issuer } from "../token.ts";

const ROOT = join(import.meta.dirname, "../..");
const WORKER = "selvage-auth";

/** A running one. */
export interface Ours {
  readonly origin: string;
  readonly workerd: number;
  /** The access tokens of as many people. */
  readonly tokens: readonly string[];
  readonly stop: () => Promise<void>;
}

async function people(database: Database, issuer: Issuer, count: number): Promise<string[]> {
  const now = Date.now();
  const insert = async (index: number): Promise<string> => {
    const id = index.toString().padStart(26, "0");
    const user = "INSERT INTO users (id, email, created_at) VALUES (?1, ?2, ?3)";
    const session =
      "INSERT INTO sessions (id, user_id, created_at, expires_at, authenticated_at) VALUES (?1, ?2, ?3, ?4, ?3)";
    await database.batch([
      database.prepare(user).bind(`usr_${id}`, `user${index}@example.com`, now),
      database.prepare(session).bind(`ses_${id}`, `usr_${id}`, now, now + 86_400_000),
    ]);
    return issuer.token(index);
  };
  return Promise.all(Array.from({ length: count }, (_, index) => insert(index)));
}

/** Starts it with these variables and so many people signed in. */
export async function startOurs(vars: Readonly<Record<string, string>>, count: number): Promise<Ours> {
  let newest: { pid?: number } | undefined;
  subscribe("child_process", (message) => {
    newest = (message as { process: { pid?: number } }).process;
  });
  const issuer = new Issuer();
  const own = { ENVIRONMENT: "local", JWT_ISSUER: ISSUER, AUTH_JWKS: issuer.publicSet, AUTH_KEYS: issuer.privateKeys };
  const plan = {
    name: "auth",
    worker: WORKER,
    config: join(ROOT, "functions/auth/wrangler.toml"),
    build: join(process.env["SELVAGE_WORKERS"] ?? join(ROOT, "target/workers/release"), "auth"),
    port: 0,
    vars: { ...own, REFRESH_KEY: "A".repeat(43), STORE_KEY: "A".repeat(43), ...vars },
  };
  // Not behind a Worker of Miniflare's own: the first one would be.
  const front = { name: "front", modules: true as const, script: "export default { fetch: () => new Response() }" };
  const auth = { ...workerOptions(plan, 1), ratelimits: {}, serviceBindings: {} };
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      logRequests: false,
      log: new Log(LogLevel.ERROR),
      handleStructuredLogs: () => {},
      workers: [front, auth],
    }),
  );
  await miniflare.ready;
  const workerd = newest?.pid ?? 0;
  const database: Database = await miniflare.getD1Database("DB", WORKER);
  await migrate(database, join(ROOT, "migrations"));
  const tokens = await people(database, issuer, count);
  const { origin } = await miniflare.unsafeGetDirectURL(WORKER);
  return { origin, workerd, tokens, stop: () => miniflare.dispose() };
}
