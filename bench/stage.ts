// Everything that runs during a benchmark: the upstream, one runtime a subject, and a folder for
// their configurations. All of it ends with the stage.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Setting, SOCKETS, SUBJECTS, type Subject, writeConfig } from "./config.ts";
import { Runtime } from "./runtime.ts";
import { Issuer } from "./token.ts";

/** Starts `bench/upstream.ts` and reads its address. */
export async function startUpstream(): Promise<{ child: ChildProcess; address: string }> {
  const script = join(import.meta.dirname, "upstream.ts");
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  if (!child.stdout) throw new Error("the upstream has no output");
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return { child, address: line.split(" ").at(-1) ?? "" };
}

/** In memory where the system has it: what is measured is not the disk of this machine. */
export const TEMPORARY = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** Where the built Workers lie: as `cargo xtask bench` says, else where it would say. */
function builtWorkers(): string {
  const folder = process.env["SELVAGE_WORKERS"] ?? join(import.meta.dirname, "../target/workers/release");
  if (!existsSync(join(folder, "auth/index.js"))) {
    throw new Error(`no built Workers in ${folder}; run \`cargo xtask bench\``);
  }
  return folder;
}

export class Stage {
  readonly folder: string;
  readonly issuer = new Issuer();
  readonly #setting: Setting;
  readonly #upstream: ChildProcess;
  readonly #runtimes: Runtime[] = [];

  private constructor(folder: string, upstream: ChildProcess, address: string) {
    this.folder = folder;
    this.#upstream = upstream;
    this.#setting = { folder, workers: builtWorkers(), issuer: this.issuer, upstream: address };
  }

  static async open(): Promise<Stage> {
    const { child, address } = await startUpstream();
    return new Stage(mkdtempSync(join(TEMPORARY, "selvage-bench-")), child, address);
  }

  /** The last requests the upstream saw, by path. */
  async seenUpstream(): Promise<Record<string, string>> {
    const response = await fetch(`http://${this.#setting.upstream}/seen`);
    return (await response.json()) as Record<string, string>;
  }

  /** Makes the upstream forget them. */
  async forgetUpstream(): Promise<void> {
    await fetch(`http://${this.#setting.upstream}/forget`);
  }

  /** Starts one runtime. */
  async start(subject: Subject, keepLog = false, options: string[] = []): Promise<Runtime> {
    const folder = join(this.folder, subject);
    writeConfig(subject, { ...this.#setting, folder });
    const runtime = await Runtime.start(folder, SOCKETS, keepLog, options);
    this.#runtimes.push(runtime);
    return runtime;
  }

  /** Starts a runtime for every subject, each a process of its own, so that CPU can be told apart. */
  async startAll(keepLog = false): Promise<Record<Subject, Runtime>> {
    const started = await Promise.all(SUBJECTS.map(async (subject) => [subject, await this.start(subject, keepLog)]));
    return Object.fromEntries(started) as Record<Subject, Runtime>;
  }

  async close(): Promise<void> {
    await Promise.all(this.#runtimes.map((runtime) => runtime.stop()));
    this.#upstream.kill("SIGTERM");
    rmSync(this.folder, { recursive: true, force: true });
  }
}
