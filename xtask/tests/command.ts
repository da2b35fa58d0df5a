// Starting `cargo xtask` from tests, as people do, and waiting for what it says.
// Not here: the tests.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** What a command that ended has said. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running command. */
export class Command {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  #stdout = "";
  #stderr = "";

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const program = process.env.SELVAGE_XTASK;
    if (program === undefined) throw new Error("run by `cargo xtask test`, which sets SELVAGE_XTASK");
    this.child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.on("data", (chunk: Buffer) => {
      this.#stdout += chunk.toString();
    });
    this.child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.on("error", reject);
      this.child.on("close", (code) => {
        resolve({ code, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  /** Waits for a line of stdout; fails when the command ends before. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    const found = (): RegExpExecArray | null => pattern.exec(this.#stdout);
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const match = found();
        if (match !== null) resolve(match);
      };
      this.child.stdout?.on("data", look);
      look();
      this.ended.then(({ code, stderr }) => reject(new Error(`ended with ${code}: ${stderr}`)), reject);
    });
  }
}

/** `stack.json` of a running stack. */
export interface StackFile {
  readonly gateway: string;
  readonly functions: Readonly<Record<string, string>>;
  readonly pids: Readonly<Record<"xtask" | "runtime" | "workerd" | "simulator", number>>;
}

/** A `dev` with state of its own. */
export class Dev implements AsyncDisposable {
  readonly persist: string;
  readonly command: Command;

  private constructor(persist: string) {
    this.persist = persist;
    this.command = new Command(["dev", "--port", "0", "--no-watch", "--persist", persist]);
  }

  static async start(persist?: string): Promise<Dev> {
    const dev = new Dev(persist ?? (await mkdtemp(join(tmpdir(), "selvage-"))));
    await dev.command.line(/^ready (\S+)$/m);
    return dev;
  }

  async stack(): Promise<StackFile> {
    return JSON.parse(await readFile(join(this.persist, "stack.json"), "utf8")) as StackFile;
  }

  /** Ends it the way a service manager does. */
  async end(): Promise<Ended> {
    this.command.child.kill("SIGTERM");
    return this.command.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    await rm(this.persist, { recursive: true, force: true });
  }
}

/** Waits until `look` gives something; what it throws while waiting is not yet a failure. */
export async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 40_000;
  let last: unknown = new Error("nothing was seen in 40 seconds");
  while (Date.now() < deadline) {
    try {
      const seen = await look();
      if (seen !== undefined) return seen;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw last;
}

/** Whether a process is there; one that only waits to be collected is not. */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return !/\) Z /.test(status);
}
