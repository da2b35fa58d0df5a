// The audit chain of a stack of one's own: who reads it, its schedule, and the commands that take it out and
// verify it. Not here: assertions about what they say.

import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { admin, command, type Ended, type Stack, schedule } from "./harness.ts";

/** The signed end of a chain. */
export interface Head {
  readonly chain: string;
  readonly sequence: number;
  readonly hash: string;
  readonly sealed_at: string;
  readonly kid: string;
  readonly signature: string;
}

/** A line of an export. */
export interface Line {
  sequence: number;
  row: number;
  kind: string;
  user_id: string | null;
  network: string;
  salt: string | null;
  hash: string;
  [member: string]: unknown;
}

/** An export on disk. */
export interface Exported {
  readonly folder: string;
  readonly lines: Line[];
  readonly head: Head;
}

/** What the schedule does each minute. */
export function minute(stack: Stack): Promise<void> {
  return schedule(stack, "audit");
}

/** A row of administrators. */
export async function audit(stack: Stack, method: string, rest: string): Promise<Response> {
  const { headers } = await admin(stack);
  return fetch(`${stack.functions.audit}/v1/admin/audit${rest}`, { method, headers });
}

/** `cargo xtask audit export` by a new administrator. */
export async function exported(stack: Stack): Promise<Exported> {
  const folder = await mkdtemp(join(tmpdir(), "selvage-audit-"));
  process.env.SELVAGE_TOKEN = (await admin(stack)).access_token;
  const { code, stderr } = await command(["audit", "export", "--origin", stack.gateway, "--out", folder]).ended;
  if (code !== 0) throw new Error(stderr);
  const text = await readFile(join(folder, "export.jsonl"), "utf8");
  const lines = text.trimEnd().split("\n");
  const head = JSON.parse(await readFile(join(folder, "head.json"), "utf8")) as Head;
  return { folder, lines: lines.map((line) => JSON.parse(line) as Line), head };
}

/** `cargo xtask audit verify` of these lines, with the head and the keys of an export or others. */
export async function verified(
  { folder, lines }: Pick<Exported, "folder" | "lines">,
  head: object,
  keys = join(folder, "keys.json"),
): Promise<Ended> {
  const own = await mkdtemp(join(tmpdir(), "selvage-audit-"));
  await writeFile(join(own, "export.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  await writeFile(join(own, "head.json"), JSON.stringify(head));
  const files = [join(own, "export.jsonl"), "--head", join(own, "head.json"), "--keys", keys];
  return command(["audit", "verify", ...files]).ended;
}
