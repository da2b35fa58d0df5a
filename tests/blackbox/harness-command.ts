// Starting `cargo xtask` as people do, and waiting for what it says. Tests take
// this from `harness.ts`. Not here: what a stack is.

import { type ChildProcess, spawn } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the checkout. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** What a command that ended has said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Cargo's target folder, where everything that is built lies. */
export function target(): string {
  const program = process.env.SELVAGE_XTASK;
  // `<target>/debug/xtask`
  if (program !== undefined) return dirname(dirname(resolve(root, program)));
  return resolve(root, process.env.CARGO_TARGET_DIR ?? "target");
}

/** The program behind `cargo xtask`. */
export function xtask(): string {
  return process.env.SELVAGE_XTASK ?? join(target(), "debug", "xtask");
}

/** Starts `cargo xtask` with these arguments; the promise is kept when it has ended. */
export function command(args: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(xtask(), args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((done, failed) => {
    child.on("error", failed);
    child.on("close", (code, signal) => done({ code, signal, stdout, stderr }));
  });
  // A test that breaks off must not leave it running.
  const end = (): boolean => child.kill("SIGTERM");
  process.once("exit", end);
  void ended.finally(() => process.off("exit", end)).catch(() => {});
  return { child, ended };
}

/** Waits until a command's stdout has this. */
export function line(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  let seen = "";
  return new Promise((done) => {
    const look = (text: string): void => {
      seen += text;
      const match = pattern.exec(seen);
      if (match === null) return;
      child.stdout?.off("data", look);
      done(match);
    };
    child.stdout?.on("data", look);
  });
}
