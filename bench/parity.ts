// Proof that a JS peer does equal work: before anything is measured, both sides answer every case, and
// headers, body, log line, the request the upstream got and the record the ledger got must be the same
// but for ids, times and the order of headers.

import { deepStrictEqual } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { CASES, type Case, headersOf } from "./cases.ts";
import type { Runtime } from "./runtime.ts";
import type { Stage } from "./stage.ts";

/** What a request leaves behind is there so soon. */
const LATEST_MS = 5_000;

/** Ids, times and durations differ from request to request. */
const CHANGING: readonly [RegExp, string][] = [
  [/\breq_[0-9a-f]{24}\b/g, "REQUEST"],
  [/\bcall_[0-9A-Z]{26}\b/g, "CALL"],
  [/"spanId":"[0-9a-f]{16}"/g, '"spanId":"SPAN"'],
  [/"timestamp":"[^"]{24}"/g, '"timestamp":"TIME"'],
  [/"(durationMs|started_at_ms|finished_at_ms|first_token_ms|after_ms|took_ms)":\d+/g, '"$1":0'],
  [/\bdur=\d+/g, "dur=0"],
];

function steady(text: string): string {
  return CHANGING.reduce((result, [pattern, word]) => result.replace(pattern, word), text);
}

/** JSON as a value, so that the order of members does not count; other text as it is. */
function read(text: string): unknown {
  try {
    return JSON.parse(steady(text));
  } catch {
    return steady(text);
  }
}

function sent(request: string | undefined): unknown {
  if (request === undefined) return undefined;
  const [head = "", body = ""] = request.split("\r\n\r\n", 2);
  const lines = head.toLowerCase().split("\r\n");
  // A body made anew may have other spaces, and so another length.
  const headers = lines.filter((line) => !line.startsWith("content-length")).sort();
  return { headers, body: read(body) };
}

/** The newest record of a batch for the ledger. */
function recorded(request: string | undefined): unknown {
  const body = request?.split("\r\n\r\n", 2)[1] ?? '{"messages":[]}';
  const { messages } = JSON.parse(body) as { messages: { body: string }[] };
  return messages.map((message) => read(Buffer.from(message.body, "base64").toString("utf8"))).at(-1);
}

/** Everything that can be seen of one request. */
async function observe(stage: Stage, runtime: Runtime, one: Case): Promise<unknown> {
  const linesBefore = runtime.lines.length;
  await stage.forgetUpstream();
  const response = await fetch(runtime.origin(one.socket) + one.path, {
    method: one.method,
    headers: headersOf(one, stage.issuer, 0),
    body: one.body ?? null,
  });
  const body = await response.text();
  let seen = await stage.seenUpstream();
  const missing = (): string | undefined => {
    if (runtime.lines.length === linesBefore) return "no log line";
    return one.body === undefined || "/batch" in seen ? undefined : "no record";
  };
  for (const until = Date.now() + LATEST_MS; missing() !== undefined; seen = await stage.seenUpstream()) {
    if (Date.now() > until) throw new Error(`${one.id}: ${response.status} ${body}, and ${missing()}`);
    await sleep(10);
  }
  return {
    status: response.status,
    headers: Object.fromEntries([...response.headers].map(([name, value]) => [name, steady(value)])),
    body: read(body),
    log: runtime.lines.slice(linesBefore).map(read),
    upstream: sent(seen["/v1/chat/completions"] ?? seen["/v1/chat/completions stream"]),
    record: recorded(seen["/batch"]),
  };
}

/** Throws with the difference when the peer's work is not equal. */
export async function assertEqualWork(stage: Stage): Promise<void> {
  const [rust, js] = await Promise.all([stage.start("rust", true), stage.start("js", true)]);
  for (const one of CASES) {
    const wanted = await observe(stage, rust, one);
    deepStrictEqual(await observe(stage, js, one), wanted, `the JS peer of ${one.id} does not do equal work`);
  }
  await Promise.all([rust.stop(), js.stop()]);
}
