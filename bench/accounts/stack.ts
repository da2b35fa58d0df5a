// The release build of all Workers in Miniflare, started as people start it, and people to call it as.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const ROOT = join(import.meta.dirname, "../..");

/** A running stack. */
export interface Stack {
  /** The origin of `auth`. */
  readonly auth: string;
  readonly workerd: number;
  /** The process that only hashes, where there is one. */
  readonly apart: number;
  readonly stop: () => Promise<void>;
}

/** Starts one; `args` are those of `cargo xtask dev`. */
export async function startStack(
  persist: string,
  vars: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<Stack> {
  const xtask = process.env["SELVAGE_XTASK"];
  if (xtask === undefined) throw new Error("SELVAGE_XTASK is not set; run `cargo xtask bench accounts`");
  const all = { STRICT_QUOTA: "1000000000", ACCESS_TOKEN_SECONDS: "86400", OPENAI_API_KEY: "", ...vars };
  const given = Object.entries(all).flatMap(([name, value]) => ["--var", `${name}=${value}`]);
  const own = ["dev", "--release", "--port", "0", "--no-watch", "--json-logs", "--persist", persist];
  const child = spawn(xtask, [...own, ...given, ...args], { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const ready = new Promise<void>((done, failed) => {
    createInterface(child.stdout).on("line", (line) => line.startsWith("ready ") && done());
    void ended.then(() => failed(new Error("the stack ended before it was ready")));
  });
  await ready;
  const told = JSON.parse(readFileSync(join(persist, "stack.json"), "utf8")) as {
    functions: { auth: string };
    pids: { workerd: number; apart?: number };
  };
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
  };
  return { auth: told.functions.auth, workerd: told.pids.workerd, apart: told.pids.apart ?? 0, stop };
}

/** Somebody who is signed in. */
export interface Person {
  readonly email: string;
  readonly password: string;
  readonly token: string;
}

/** Registers people. There must be many: each may call a `normal` row 600 times a minute. */
export async function people({ auth }: Stack, count: number): Promise<Person[]> {
  const one = async (index: number): Promise<Person> => {
    const known = { email: `bench-${index}@example.com`, password: "correct horse battery staple" };
    const headers = { "content-type": "application/json" };
    const reply = await fetch(`${auth}/v1/auth/register`, { method: "POST", headers, body: JSON.stringify(known) });
    const said = await reply.text();
    if (!reply.ok) throw new Error(`registering answered ${reply.status}: ${said}`);
    return { ...known, token: (JSON.parse(said) as { access_token: string }).access_token };
  };
  const made: Person[] = [];
  for (let index = 0; index < count; index += 4) {
    made.push(...(await Promise.all([0, 1, 2, 3].map((more) => one(index + more)))));
  }
  return made;
}
