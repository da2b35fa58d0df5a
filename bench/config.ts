// What each subject is: its Workers, their bindings, and equal stand-ins for what raw workerd lacks.
// How that is written down is in `capnp`.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binding, built, type Module, scripts, service, variable, type Worker, writeCapnp } from "./capnp.ts";
import { ISSUER, type Issuer } from "./token.ts";

/** Who is measured: the functions, the JS Workers that do equal work, and Workers that do nothing else. */
export type Subject = "rust" | "js" | "limit";

export const SUBJECTS: readonly Subject[] = ["rust", "js", "limit"];

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

/** What the AI Workers are given; the budget is large enough never to refuse. */
function forAi(setting: Setting): string[] {
  return [
    ...common(setting),
    variable("OPENAI_API_KEY", "sk-bench"),
    variable("OPENAI_BASE_URL", `http://${setting.upstream}/v1`),
    variable("DEFAULT_BUDGET_NANO_USD", "9000000000000000"),
    LIMITER,
    binding("ADMISSION", 'durableObjectNamespace = "Admission"'),
    // The runtime's own queue binding; it sends to the upstream process, which answers at once.
    binding("USAGE", 'queue = "sink"'),
  ];
}

/** The runtime's own limiter is not in raw workerd; both sides get the same module in its place. */
const LIMITER = binding("LIMIT", 'wrapped = (moduleName = "bench:limiter")');

const TO_FUNCTIONS = [service("AUTH", "auth"), service("AI", "ai"), service("USAGE", "auth")];

function rust(setting: Setting): Worker[] {
  const modules = (name: string): Module[] => built(join(setting.workers, name));
  const secrets = [variable("AUTH_KEYS", setting.issuer.privateKeys), variable("REFRESH_KEY", "A".repeat(43))];
  return [
    { name: "auth", modules: modules("auth"), bindings: [...common(setting), ...secrets, LIMITER] },
    { name: "ai", modules: modules("ai"), bindings: forAi(setting), objects: ["Admission"] },
    { name: "gateway", modules: modules("gateway"), bindings: [...common(setting), ...TO_FUNCTIONS] },
  ];
}

function js(setting: Setting): Worker[] {
  const base = ["pipeline", "problem", "trace", "token"];
  const chat = ["chat", "request", "catalogue", "price", "upstream", "scan", "relay", "book", "admission"];
  const data: Module[] = [
    { name: "providers.json", kind: "json", file: providersFile(setting) },
    { name: "prices.json", kind: "json", file: join(DATA, "prices.json") },
  ];
  const ai = [...scripts(PEERS, "ai", ...base, ...chat), ...data];
  return [
    { name: "auth", modules: scripts(PEERS, "auth", ...base), bindings: [...common(setting), LIMITER] },
    { name: "ai", modules: ai, bindings: forAi(setting), objects: ["Admission"] },
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

function limit(setting: Setting): Worker[] {
  const modules = (name: string): Module[] => scripts(join(PEERS, "limit"), name);
  return [
    { name: "auth", modules: modules("constant"), bindings: [] },
    { name: "ai", modules: modules("pass"), bindings: [variable("UPSTREAM", `http://${setting.upstream}`)] },
    { name: "gateway", modules: modules("dispatch"), bindings: [service("AUTH", "auth")] },
  ];
}

/** Writes `config.capnp` for a subject into the setting's folder. */
export function writeConfig(subject: Subject, setting: Setting): void {
  const workers = { rust, js, limit }[subject](setting);
  writeCapnp(setting.folder, workers, { upstream: setting.upstream, limiter: join(PEERS, "limiter.js") });
}
