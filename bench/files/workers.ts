// The built Workers of files and the peer, with D1 and R2, in one Miniflare: one process, whose CPU is counted in turn.

import { subscribe } from "node:diagnostics_channel";
import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { type Database, migrate } from "../../xtask/runtime/migrations.ts";
import { workerOptions } from "../../xtask/runtime/workers.ts";
import { ISSUER, Issuer } from "../token.ts";

const ROOT = join(import.meta.dirname, "../..");
const BUILT = process.env["SELVAGE_WORKERS"] ?? join(ROOT, "target/workers/release");

/** Who is asked. */
export interface Stage {
  readonly files: string;
  readonly ingest: string;
  readonly pipe: string;
  readonly workerd: number;
  readonly database: Database;
  /** The headers of the `index`-th person. */
  readonly headers: (index: number) => Record<string, string>;
  readonly stop: () => Promise<void>;
}

function plan(name: string, issuer: Issuer) {
  const own = { ENVIRONMENT: "local", JWT_ISSUER: ISSUER, AUTH_JWKS: issuer.publicSet, STORE_KEY: "A".repeat(43) };
  const options = workerOptions(
    {
      name,
      worker: `selvage-${name}`,
      config: join(ROOT, `functions/${name}/wrangler.toml`),
      build: join(BUILT, name),
      port: 0,
      vars: { ...own, FILES_MAX_BYTES: "1000000000000", FILES_MAX_COUNT: "10000000" },
    },
    1,
  );
  // The runtime's limiter is played in JavaScript here, at several times the price of everything else in a request.
  return { ...options, ratelimits: {}, serviceBindings: {} };
}

/** Starts them with so many people. */
export async function start(people: number): Promise<Stage> {
  let newest: { pid?: number } | undefined;
  subscribe("child_process", (message) => {
    newest = (message as { process: { pid?: number } }).process;
  });
  const issuer = new Issuer();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      logRequests: false,
      log: new Log(LogLevel.ERROR),
      handleStructuredLogs: () => {},
      workers: [
        // Not behind a Worker of Miniflare's own: the first one would be.
        { name: "front", modules: true, script: "export default { fetch: () => new Response() }" },
        plan("files", issuer),
        plan("ingest", issuer),
        {
          name: "pipe",
          modules: [{ type: "ESModule", path: join(ROOT, "bench/peers/pipe.js") }],
          modulesRoot: join(ROOT, "bench/peers"),
          compatibilityDate: "2026-11-01",
          r2Buckets: { UPLOADS: "pipe" },
          unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
        },
      ],
    }),
  );
  await miniflare.ready;
  const workerd = newest?.pid ?? 0;
  const database: Database = await miniflare.getD1Database("DB", "selvage-files");
  await migrate(database, join(ROOT, "migrations"));
  const insert = database.prepare("INSERT INTO users (id, email, created_at) VALUES (?1, ?2, ?3)");
  const rows = Array.from({ length: people }, (_, index) => {
    return insert.bind(`usr_${index.toString().padStart(26, "0")}`, `user${index}@example.com`, Date.now());
  });
  await database.batch(rows);
  const at = async (worker: string): Promise<string> => (await miniflare.unsafeGetDirectURL(worker)).origin;
  return {
    files: await at("selvage-files"),
    ingest: await at("selvage-ingest"),
    pipe: await at("pipe"),
    workerd,
    database,
    headers: (index) => ({ authorization: `Bearer ${issuer.token(index)}`, "cf-connecting-ip": "203.0.113.7" }),
    stop: () => miniflare.dispose(),
  };
}
