// Bodies too long to be held: made as they are sent, looked at as they come; and how much a process grows meanwhile. Not here:
// what is right.

import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { platform } from "node:process";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";

const CHUNK = 1_000_000;

/** Bytes that are never all there at once, each million another than all others, and their SHA-256 once they are sent. */
export class LongBody {
  readonly #sum = createHash("sha256");
  readonly #chunk = randomBytes(CHUNK);
  #at = 0;

  /** The next so many. */
  async *next(bytes: number): AsyncGenerator<Buffer> {
    for (const end = this.#at + bytes; this.#at < end; ) {
      const chunk = Buffer.from(this.#chunk.subarray(0, Math.min(CHUNK, end - this.#at)));
      if (chunk.length >= 8) chunk.writeDoubleBE(this.#at);
      this.#sum.update(chunk);
      this.#at += chunk.length;
      yield chunk;
    }
  }

  /** Of all that was made; afterwards none is made any more. */
  sha256(): string {
    return this.#sum.digest("hex");
  }
}

/** Sends so many bytes of it as the body of a request; the status and the text of the answer. */
export async function sent(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: LongBody,
  bytes: number,
): Promise<{ status: number; answer: string }> {
  const asking = request(url, { method, headers: { ...headers, "content-length": String(bytes) } });
  const answered = once(asking, "response") as Promise<[IncomingMessage]>;
  Readable.from(body.next(bytes), { objectMode: false, highWaterMark: 4 * CHUNK }).pipe(asking);
  const [reply] = await answered;
  return { status: reply.statusCode ?? 0, answer: await text(reply) };
}

/** Takes the body of an answer and keeps nothing of it but its length and its SHA-256. */
export async function summed(url: string, headers: Readonly<Record<string, string>>): Promise<[number, string]> {
  const reply = await fetch(url, { headers });
  const sum = createHash("sha256");
  let length = 0;
  for await (const chunk of reply.body ?? []) {
    sum.update(chunk as Uint8Array);
    length += (chunk as Uint8Array).length;
  }
  return [length, sum.digest("hex")];
}

/** Resident memory of a process in bytes: now, or the most since `clear_refs` was written (proc(5)). */
function resident(pid: number, line: "VmRSS" | "VmHWM"): number {
  const found = new RegExp(`^${line}:\\s+(\\d+) kB$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(found?.[1]) * 1024;
}

/** By how many bytes a process grows while this is done; where no system tells, nothing. */
export async function growth(pid: number, work: () => Promise<void>): Promise<number | undefined> {
  if (platform !== "linux") {
    await work();
    return undefined;
  }
  const before = resident(pid, "VmRSS");
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  await work();
  return resident(pid, "VmHWM") - before;
}
