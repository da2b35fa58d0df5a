// The processes that a command has started, read from /proc. Not here: signals.

import { readdir, readFile } from "node:fs/promises";

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Ended, and waiting only to be collected. */
  readonly defunct: boolean;
}

async function read(pid: number): Promise<Process[]> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The name stands in parentheses and may hold anything.
  const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return stat === "" ? [] : [{ pid, parent: Number(parent), defunct: state === "Z" }];
}

async function all(): Promise<Process[]> {
  const pids = (await readdir("/proc")).map(Number).filter(Number.isInteger);
  const read_ = await Promise.all(pids.map(read));
  return read_.flat().filter(({ defunct }) => !defunct);
}

/** A process and everything it has started, as far as it runs. */
export async function family(pid: number): Promise<number[]> {
  const processes = await all();
  const members = processes.filter((one) => one.pid === pid).map((one) => one.pid);
  for (const parent of members) members.push(...processes.filter((one) => one.parent === parent).map((one) => one.pid));
  return members;
}

/** Those of the processes that still run. */
export async function running(pids: readonly number[]): Promise<number[]> {
  const processes = await all();
  return pids.filter((pid) => processes.some((one) => one.pid === pid));
}
