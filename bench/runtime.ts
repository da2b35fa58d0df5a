// The runtime under test: one `workerd serve` process a subject, its ports, and the CPU it used.
// What it serves is in `config`.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

/** workerd itself; the script of the npm package would be one more process. */
export function workerdPath(): string {
  const require = createRequire(import.meta.url);
  const name = `@cloudflare/workerd-${process.platform}-${process.arch === "x64" ? "64" : process.arch}`;
  const inner = createRequire(require.resolve("workerd/package.json"));
  return join(dirname(inner.resolve(`${name}/package.json`)), "bin", "workerd");
}

const TICK_MS = 1000 / Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** User and system time a process has used, in ms; all its threads, in steps of a clock tick. */
export function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name stands in parentheses and may hold anything; what follows it are numbers.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** One workerd process. */
export class Runtime {
  readonly #process: ChildProcess;
  readonly #origins: Map<string, string>;
  /** What it has logged, when it was started to keep it. */
  readonly lines: string[] = [];

  private constructor(child: ChildProcess, origins: Map<string, string>) {
    this.#process = child;
    this.#origins = origins;
  }

  /**
   * Starts a process on `folder/config.capnp` and waits until all `sockets` listen. Log lines go
   * nowhere unless `keepLog`: both sides write the same line, and nobody has to read it.
   */
  static async start(
    folder: string,
    sockets: readonly string[],
    keepLog = false,
    options: string[] = [],
  ): Promise<Runtime> {
    const ports = sockets.map((name) => `--socket-addr=${name}=127.0.0.1:0`);
    const args = ["serve", "--experimental", "--control-fd=3", ...ports, ...options, "config.capnp"];
    const child = spawn(workerdPath(), args, {
      cwd: folder,
      stdio: ["ignore", keepLog ? "pipe" : "ignore", "pipe", "pipe"],
    });
    const errors: string[] = [];
    const origins = new Map<string, string>();
    const runtime = new Runtime(child, origins);
    if (child.stdout) createInterface(child.stdout).on("line", (line) => runtime.lines.push(line));
    if (child.stderr) createInterface(child.stderr).on("line", (line) => errors.push(line));
    const gone = once(child, "exit").then(() => {
      throw new Error(`workerd ended early:\n${errors.join("\n")}`);
    });
    const listening = (async () => {
      for await (const line of createInterface(child.stdio[3] as Readable)) {
        const told = JSON.parse(line) as { event: string; socket?: string; port?: number };
        if (told.event === "listen" && told.socket) origins.set(told.socket, `http://127.0.0.1:${told.port}`);
        if (sockets.every((name) => origins.has(name))) return;
      }
      // It closed its end without having said where it listens; `gone` knows why.
      await gone;
    })();
    gone.catch(() => {});
    await Promise.race([listening, gone]);
    return runtime;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** `http://127.0.0.1:PORT` of a socket. */
  origin(socket: string): string {
    const origin = this.#origins.get(socket);
    if (origin === undefined) throw new Error(`no socket is called ${socket}`);
    return origin;
  }

  /** CPU used so far, in ms. */
  cpu(): number {
    return cpuOf(this.pid);
  }

  /** Waits until the process rests: work that outlives its reply belongs to the request that began it. */
  async rest(): Promise<void> {
    for (let before = this.cpu(); ; ) {
      await sleep(60);
      const now = this.cpu();
      if (now - before <= TICK_MS) return;
      before = now;
    }
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }
}
