// What the black box tests share: finding the running stack, starting one of
// their own, people to call it as, waiting, the Workers' log and the local
// database. Not here: assertions, and anything that knows a route but signing up.

import type { ChildProcess } from "node:child_process";
import { createHash, randomBytes, randomInt } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command, type Ended, line, root } from "./harness-command.ts";
import { change } from "./harness-record.ts";

export { command, type Ended, line, root, target, xtask } from "./harness-command.ts";
export { change, eventually, type LogLine, linesOf, logLines, query, rawLog, schedule } from "./harness-record.ts";

/** The functions that have an origin of their own. */
export const functionNames = [
  "gateway",
  "auth",
  "links",
  "factors",
  "passkeys",
  "users",
  "organisations",
  "guests",
  "social",
  "wechat",
  "audit",
  "oidc",
  "mail",
  "ai",
  "registry",
  "usage",
  "talk",
  "files",
  "shares",
  "ingest",
  "pictures",
  "analyses",
  "batches",
  "evaluations",
  "tuning",
  "hash",
  "coordinators",
] as const;

export type FunctionName = (typeof functionNames)[number];

/** Those behind the gateway that clients reach: all but those that are called by others alone. */
export const behindTheGateway = functionNames.filter(
  (name) => name !== "gateway" && name !== "hash" && name !== "coordinators",
);

/** A running stack, as its `stack.json` tells. */
export interface Stack {
  readonly gateway: string;
  /** Each function's own origin. Only there a test can choose its `CF-Connecting-IP`. */
  readonly functions: Readonly<Record<FunctionName, string>>;
  readonly simulator: string;
  readonly persist: string;
  /** The file with every log line of the Workers. */
  readonly log: string;
  readonly pids: Readonly<Record<"xtask" | "runtime" | "workerd" | "simulator", number>>;
}

/** The stack all test files share; nobody may stop it or change how it is set up. */
export function shared(): Stack {
  const file = process.env.SELVAGE_STACK;
  if (file === undefined) throw new Error("SELVAGE_STACK is not set: `cargo xtask test --only blackbox` sets it");
  return JSON.parse(readFileSync(file, "utf8")) as Stack;
}

/** `stack.json` as it is now: a restarted workerd has another process id. */
export async function describe(stack: Pick<Stack, "persist">): Promise<Stack> {
  return JSON.parse(await readFile(join(stack.persist, "stack.json"), "utf8")) as Stack;
}

export interface StackOptions {
  /** Variables that win over `.dev.vars`. */
  readonly vars?: Readonly<Record<string, string>>;
  /** A folder of state to go on with; `stop` leaves it. Without one a fresh folder is made and removed. */
  readonly persist?: string;
  /** More arguments for `cargo xtask dev`. */
  readonly args?: readonly string[];
}

/** A stack of one test's own: `await using stack = await startStack(…)`. */
export interface OwnStack extends Stack, AsyncDisposable {
  /** The command that runs it. */
  readonly child: ChildProcess;
  /** Ends it with this signal, SIGTERM by default, and waits until it has ended. Again: does nothing. */
  stop(signal?: NodeJS.Signals): Promise<Ended>;
}

/** Every key and address of a real provider as nothing: a developer's own must not be spent by tests. */
function noProviders(): Record<string, string> {
  const folder = new URL("functions/ai/data/providers/", `file://${root}/`);
  const texts = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), "utf8"));
  const names = texts.flatMap((text) =>
    [...text.matchAll(/"(?:key|base_url)_env": "(\w+)"/g)].map(([, name = ""]) => name),
  );
  return Object.fromEntries(names.filter((name) => name !== "SIMULATOR_URL").map((name) => [name, ""]));
}

/** Starts a stack of one's own on free ports and waits until it is ready. */
export async function startStack(options: StackOptions = {}): Promise<OwnStack> {
  const persist = options.persist ?? (await mkdtemp(join(tmpdir(), "selvage-blackbox-")));
  // Tests make the simulator fail all the time; only those of the breakers want them.
  const vars = Object.entries({ ...noProviders(), AI_BREAKER_FAILURES: "0", ...options.vars });
  const { child, ended } = command([
    ...["dev", "--port", "0", "--no-watch", "--json-logs", "--persist", persist],
    ...vars.flatMap(([name, value]) => ["--var", `${name}=${value}`]),
    ...(options.args ?? []),
  ]);
  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<Ended> => {
    child.kill(signal);
    const said = await ended;
    if (options.persist === undefined) await rm(persist, { recursive: true, force: true });
    return said;
  };
  const early = ended.then(({ code, stderr }) => {
    throw new Error(`the stack ended with ${code} before it was ready: ${stderr}`);
  });
  await Promise.race([line(child, /^ready \S+$/m), early]);
  early.catch(() => {});
  return {
    ...(await describe({ persist })),
    child,
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}

/** A signed-in person. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly access_token: string;
  readonly refresh_token: string;
  /** The address they came from: strict limits count it and nobody else's. */
  readonly network: string;
  /** Their `Authorization`, ready for `fetch`. */
  readonly headers: { readonly authorization: string };
}

/** A client address nobody else uses. */
export function network(): string {
  return `10.${randomInt(256)}.${randomInt(256)}.${randomInt(1, 255)}`;
}

/** A network nobody else uses: the first half of an IPv6 address, ready for `::1` or any other end. */
export function network6(): string {
  const part = (): string => randomInt(0x1000, 0x10000).toString(16);
  return `fd${randomInt(0x10, 0x100).toString(16)}:${part()}:${part()}:${part()}`;
}

/** An address of e-mail and a password nobody else uses. */
export function credentials(): { email: string; password: string } {
  const name = randomBytes(9).toString("hex");
  return { email: `${name}@example.com`, password: `pw ${randomBytes(15).toString("base64url")}` };
}

/** `POST` of JSON, or of a text as it stands. */
export function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const all = { "content-type": "application/json", ...headers };
  return fetch(url, { method: "POST", headers: all, body: text });
}

interface TokenReply {
  readonly user: { readonly id: string };
  readonly access_token: string;
  readonly refresh_token: string;
}

async function signed(reply: Response, known: { email: string; password: string; network: string }): Promise<Person> {
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${reply.url} answered ${reply.status}: ${text}`);
  const { user, access_token, refresh_token } = JSON.parse(text) as TokenReply;
  const headers = { authorization: `Bearer ${access_token}` };
  return { ...known, id: user.id, access_token, refresh_token, headers };
}

/** Registers somebody new. */
export async function person(stack: Stack = shared()): Promise<Person> {
  const known = { ...credentials(), network: network() };
  const { email, password } = known;
  const from = { "cf-connecting-ip": known.network };
  return signed(await post(`${stack.functions.auth}/v1/auth/register`, { email, password }, from), known);
}

/** Puts a one-time link for an admin into the database; the token is what stands behind `#`. */
export async function adminLink(stack: Stack, email: string): Promise<string> {
  const token = randomBytes(32).toString("base64url");
  const hash = createHash("sha256").update(token).digest("hex");
  const now = Date.now();
  await change(
    stack,
    "INSERT INTO one_time_tokens (token_hash, purpose, email, created_at, expires_at) VALUES (?, 'admin', ?, ?, ?)",
    [hash, email, now, now + 3_600_000],
  );
  return token;
}

/** Makes somebody new who has the role `admin`. */
export async function admin(stack: Stack = shared()): Promise<Person> {
  const known = { ...credentials(), network: network() };
  const body = { token: await adminLink(stack, known.email), password: known.password };
  const from = { "cf-connecting-ip": known.network };
  return signed(await post(`${stack.functions.auth}/v1/auth/claim`, body, from), known);
}
