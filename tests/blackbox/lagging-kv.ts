// The built auth Worker in a workerd of its own, behind a KV that is as late as production's may be: what is
// written arrives when a test says so, and what a location has looked up once, a miss included, it keeps
// until the test says otherwise. The wasm is the one every stack runs. Not here: what should follow.

import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { unstable_splitSqlQuery } from "wrangler";
import { root, target } from "./harness.ts";

/** Auth behind a late KV. */
export interface Late extends AsyncDisposable {
  readonly origin: string;
  /** What was written to KV reaches this location. */
  arrive(): Promise<void>;
  /** What this location has cached, misses included, is forgotten. */
  forget(): Promise<void>;
  /** How many writes KV has been given. */
  writes(): Promise<number>;
}

// Stands between the runtime and the built entry, and gives it this KV in the place of the binding.
const ENTRY = `import auth from "./index.js";
export * from "./index.js";
const here = new Map(), seen = new Map();
let written = [], count = 0;
const CACHE = {
  async get(key) {
    if (!seen.has(key)) seen.set(key, here.get(key) ?? null);
    return seen.get(key);
  },
  async put(key, value) {
    written.push([key, value]);
    count += 1;
  },
};
export default {
  async fetch(request, env, context) {
    switch (new URL(request.url).pathname) {
      case "/kv/arrive":
        for (const [key, value] of written) here.set(key, value);
        written = [];
        return new Response();
      case "/kv/forget":
        seen.clear();
        return new Response();
      case "/kv/writes":
        return new Response(String(count));
    }
    return auth.fetch(request, { ...env, CACHE }, context);
  },
};`;

// Passwords are not what is tested here.
const HASH = `export default { fetch: () => Response.json({ phc: "stub", matches: true, rehashed: null }) };`;

/** Starts it with these variables. */
export async function startLate(vars: Readonly<Record<string, string>>): Promise<Late> {
  const miniflare = new Miniflare(options(vars));
  const { origin } = await miniflare.ready;
  const database = await miniflare.getD1Database("DB", "auth");
  for (const sql of migrations()) await database.prepare(sql).run();
  const tell = async (what: string): Promise<string> => (await fetch(`${origin}/kv/${what}`)).text();
  return {
    origin,
    arrive: async () => void (await tell("arrive")),
    forget: async () => void (await tell("forget")),
    writes: async () => Number(await tell("writes")),
    [Symbol.asyncDispose]: () => miniflare.dispose(),
  };
}

function options(vars: Readonly<Record<string, string>>) {
  const built = join(target(), "workers/quick/auth");
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const signing = { ...privateKey.export({ format: "jwk" }), kid: "k1" };
  const verifying = { ...publicKey.export({ format: "jwk" }), kid: "k1" };
  return convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: 0,
    cf: false,
    log: new Log(LogLevel.NONE),
    handleStructuredLogs: () => {},
    workers: [
      {
        name: "auth",
        compatibilityDate: "2026-11-01",
        modulesRoot: built,
        modules: [
          { type: "ESModule", path: join(built, "late.js"), contents: ENTRY },
          { type: "ESModule", path: join(built, "index.js") },
          { type: "CompiledWasm", path: join(built, "index_bg.wasm") },
        ],
        bindings: {
          ENVIRONMENT: "local",
          EMAIL_VERIFICATION: "off",
          AUTH_KEYS: JSON.stringify([signing]),
          AUTH_JWKS: JSON.stringify({ keys: [verifying] }),
          REFRESH_KEY: randomBytes(32).toString("base64url"),
          STORE_KEY: randomBytes(32).toString("base64url"),
          ...vars,
        },
        d1Databases: { DB: "selvage" },
        durableObjects: { LIMITER: { className: "Limiter", useSQLite: true } },
        serviceBindings: { HASH: "hash" },
      },
      { name: "hash", compatibilityDate: "2026-11-01", modules: true, script: HASH },
    ],
  });
}

function migrations(): string[] {
  const folder = join(root, "migrations");
  const files = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  return files.sort().flatMap((name) => unstable_splitSqlQuery(readFileSync(join(folder, name), "utf8")));
}
