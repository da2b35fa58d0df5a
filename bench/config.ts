// What each subject is: its Workers, their bindings, and equal stand-ins for what raw workerd lacks.
// How that is written down is in `capnp`.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binding, built, json, type Module, scripts, service, variable, type Worker, writeCapnp } from "./capnp.ts";
import { CALLERS } from "./cases.ts";
import { ISSUER, type Issuer } from "./token.ts";

/**
 * Who is measured: the functions, the JS Workers that do equal work, Workers that do nothing but admit a call durably and
 * pass it on, and Workers that do nothing else.
 */
export type Subject = "rust" | "js" | "floor" | "limit";

export const SUBJECTS: readonly Subject[] = ["rust", "js", "floor", "limit"];

/** The Workers every subject has, each with a socket of this name. */
export const SOCKETS = ["auth", "ai", "gateway"] as const;

const PEERS = join(import.meta.dirname, "peers");
const DATA = join(import.meta.dirname, "../functions/ai/data");

/** What a configuration is made of. */
export interface Setting {
  /** Where it is written. */
  folder: string;
  /** Where `<function>/index.js` and `index_bg.wasm` lie. */
  workers: string;
  issuer: Issuer;
  /** `127.0.0.1:PORT` of the upstream process. */
  upstream: string;
}

/** Variables as `cargo xtask dev` would set them. */
function common(setting: Setting): string[] {
  return [
    variable("ENVIRONMENT", "local"),
    variable("JWT_ISSUER", ISSUER),
    variable("AUTH_JWKS", setting.issuer.publicSet),
  ];
}

/** What the AI Workers are given, with the Worker their breakers live in; the budget is large enough never to refuse. */
function forAi(setting: Setting, home: string): string[] {
  return [
    ...common(setting),
    variable("OPENAI_API_KEY", "sk-bench"),
    variable("OPENAI_BASE_URL", `http://${setting.upstream}/v1`),
    variable("DEFAULT_BUDGET_NANO_USD", "9000000000000000"),
    LIMITER,
    // D1 is not in raw workerd either. Inner bindings may be JSON: the keys' rows.
    binding(
      "DB",
      `wrapped = (moduleName = "bench:database", innerBindings = [${json("keys", setting.issuer.keyRows(CALLERS))}])`,
    ),
    object("ADMISSION", "Admission", "ai"),
    object("BREAKERS", "Breakers", home),
    QUEUE,
  ];
}

/** A class of Durable Objects of some Worker. */
const object = (name: string, className: string, home: string): string =>
  binding(name, `durableObjectNamespace = (className = "${className}", serviceName = "${home}")`);

/** The runtime's own queue binding; it sends to the upstream process, which answers at once. */
const QUEUE = binding("USAGE", 'queue = "sink"');

/** The runtime's own limiter is not in raw workerd; both sides get the same module in its place. */
const LIMITER = binding("LIMIT", 'wrapped = (moduleName = "bench:limiter")');

/** As in functions/ai/wrangler.toml: a client that leaves ends its call to the provider. */
const SIGNAL = ["enable_request_signal"];

const TO_FUNCTIONS = [service("AUTH", "auth"), service("AI", "ai"), service("USAGE", "auth")];

function rust(setting: Setting): Worker[] {
  const modules = (name: string): Module[] => built(join(setting.workers, name));
  const secrets = [variable("AUTH_KEYS", setting.issuer.privateKeys), variable("REFRESH_KEY", "A".repeat(43))];
  return [
    { name: "auth", modules: modules("auth"), bindings: [...common(setting), ...secrets, LIMITER] },
    {
      name: "ai",
      modules: modules("ai"),
      bindings: forAi(setting, "coordinators"),
      objects: ["Admission"],
      flags: SIGNAL,
    },
    {
      name: "coordinators",
      modules: modules("coordinators"),
      bindings: [variable("ENVIRONMENT", "local")],
      objects: ["Answers", "Breakers"],
      inner: true,
    },
    { name: "gateway", modules: modules("gateway"), bindings: [...common(setting), ...TO_FUNCTIONS] },
  ];
}

function js(setting: Setting): Worker[] {
  const base = ["pipeline", "problem", "trace", "token", "key"];
  const chat = ["chat", "request", "catalogue", "price", "upstream", "scan", "relay", "account", "book", "admission"];
  const routing = ["registry", "breaker"];
  const data: Module[] = [
    { name: "providers.json", kind: "json", file: providersFile(setting) },
    { name: "prices.json", kind: "json", file: join(DATA, "prices.json") },
  ];
  const ai = [...scripts(PEERS, "ai", ...base, ...chat, ...routing), ...data];
  return [
    { name: "auth", modules: scripts(PEERS, "auth", ...base), bindings: [...common(setting), LIMITER] },
    { name: "ai", modules: ai, bindings: forAi(setting, "ai"), objects: ["Admission", "Breakers"], flags: SIGNAL },
    { name: "gateway", modules: scripts(PEERS, "gateway", ...base), bindings: [...common(setting), ...TO_FUNCTIONS] },
  ];
}

/** The providers as the AI function is built with them: one file, in the order of their ranks. */
function providersFile(setting: Setting): string {
  const read = (path: string): unknown => JSON.parse(readFileSync(join(DATA, path), "utf8"));
  const all = readdirSync(join(DATA, "providers")).map((name) => read(`providers/${name}`) as { rank: number });
  const file = join(setting.folder, "providers.json");
  const providers = all.sort((one, other) => one.rank - other.rank);
  mkdirSync(setting.folder, { recursive: true });
  writeFileSync(file, JSON.stringify({ errors: read("errors.json"), providers }));
  return file;
}

function bare(ai: Omit<Worker, "name">): Worker[] {
  return [
    { name: "auth", modules: limits("constant"), bindings: [] },
    { name: "ai", ...ai },
    { name: "gateway", modules: limits("dispatch"), bindings: [service("AUTH", "auth")] },
  ];
}

const limits = (name: string): Module[] => scripts(join(PEERS, "limit"), name);
const upstreamOf = (setting: Setting): string => variable("UPSTREAM", `http://${setting.upstream}`);

const limit = (setting: Setting): Worker[] => bare({ modules: limits("pass"), bindings: [upstreamOf(setting)] });

function floor(setting: Setting): Worker[] {
  const bindings = [upstreamOf(setting), object("ADMISSION", "Admission", "ai"), QUEUE];
  return bare({ modules: limits("admitted"), bindings, objects: ["Admission"] });
}

/** Writes `config.capnp` for a subject into the setting's folder. */
export function writeConfig(subject: Subject, setting: Setting): void {
  const workers = { rust, js, floor, limit }[subject](setting);
  writeCapnp(setting.folder, workers, {
    upstream: setting.upstream,
    standIns: { limiter: join(PEERS, "limiter.js"), database: join(PEERS, "database.js") },
  });
}
