// The plan of a reply's bytes: which pieces are written, in which order, and how it ends. Here the
// scripted faults become part of the plan; writing it to a socket is delivery.ts.

import type { SseEvent } from "./dialect.ts";
import type { Script } from "./script.ts";

/** One write. `events` counts the whole events that end in it, `textBytes` the text those events carry. */
export interface Step {
  bytes: string | Buffer;
  events: number;
  textBytes: number;
}

/** What is written after the headers (or instead of them). */
export interface Plan {
  /** Whether status and headers are sent at all. */
  headers: boolean;
  steps: Step[];
  /** `end`: as HTTP has it. `hang`: nothing more comes. `destroy`: the socket is torn down. */
  ending: "end" | "hang" | "destroy";
  /** Whether a scripted fault shaped this plan. */
  faulted: boolean;
  /** Milliseconds before the headers. */
  before: number;
  /** Milliseconds before each write but the first, 0 for a turn of the event loop, `null` for none. */
  delay: number | null;
  /** Whether each write is to leave in a packet of its own. */
  flush: boolean;
}

/** The plan of a streamed reply. `errorEvent` is what `[sim:error=mid]` sends. */
export function planStream(events: SseEvent[], end: string, errorEvent: string, script: Script): Plan {
  const steps: Step[] = events.map(({ wire, textBytes }) => ({ bytes: wire, events: 1, textBytes }));
  const at = Math.min(script.at ?? Math.floor(steps.length / 2), steps.length);
  if (script.malformed) steps.splice(at, 0, step(`data: {"id":"malformed","choices":[{"delta":\n\n`));
  if (end !== "") steps.push(step(end));
  let ending: Plan["ending"] = "end";
  if (script.error) steps.splice(at, steps.length, step(errorEvent));
  else ending = breakOff(steps, at, script);
  if (script.comment) for (const item of steps) item.bytes = `: ping\n\n${String(item.bytes)}`;
  if (script.crlf) for (const item of steps) item.bytes = String(item.bytes).replaceAll("\n", "\r\n");
  return finish(steps, ending, script.cut !== null || script.error, script);
}

/** The plan of a plain reply: `body` in one piece, or as far as a fault lets it come. */
export function planPlain(body: string | Buffer, script: Script): Plan {
  const half = Buffer.from(body).subarray(0, Math.floor(Buffer.byteLength(body) / 2));
  const whole = step(script.badjson ? half : body);
  if (script.cut === "mid" || script.cut === "between" || script.cut === "clean" || script.stall === "mid")
    whole.bytes = half;
  const steps = script.cut === "first" || script.stall === "first" ? [] : [whole];
  const broken = script.cut !== null && script.cut !== "clean";
  const ending = broken ? "destroy" : script.stall !== null ? "hang" : "end";
  return { ...finish(steps, ending, script.cut !== null || script.badjson, script), before: script.delay ?? 0 };
}

function step(bytes: string | Buffer): Step {
  return { bytes, events: 0, textBytes: 0 };
}

function finish(steps: Step[], ending: Plan["ending"], faulted: boolean, script: Script): Plan {
  const silent = script.cut === "headers" || script.stall === "headers";
  const list = silent ? [] : steps;
  return {
    headers: !silent,
    steps: script.split === null ? list : resplit(list, script.split),
    ending,
    faulted,
    before: 0,
    delay: script.delay,
    flush: script.split !== null || script.delay !== null,
  };
}

// Takes away what a cut or a stall does not let through and says how the reply ends.
function breakOff(steps: Step[], at: number, script: Script): Plan["ending"] {
  const place = script.cut ?? script.stall;
  if (place === null) return "end";
  if (place === "headers" || place === "first") steps.length = 0;
  else if (place !== "end") {
    const next = steps[at];
    steps.length = Math.min(at, steps.length);
    if (script.cut === "mid" && next !== undefined) {
      const bytes = Buffer.from(next.bytes);
      steps.push(step(bytes.subarray(0, Math.floor(bytes.length / 2))));
    }
  }
  return script.cut === "clean" ? "end" : script.cut !== null ? "destroy" : "hang";
}

// The same bytes in pieces of `size` bytes, regardless of events, lines and code points.
function resplit(steps: Step[], size: number): Step[] {
  const all = Buffer.concat(steps.map((item) => Buffer.from(item.bytes)));
  const parts: Step[] = [];
  let next = 0;
  let passed = 0;
  for (let from = 0; from < all.length; from += size) {
    const part = step(all.subarray(from, from + size));
    for (let item = steps[next]; item !== undefined; item = steps[next]) {
      const end = passed + Buffer.byteLength(item.bytes);
      if (end > from + size) break;
      passed = end;
      next++;
      part.events += item.events;
      part.textBytes += item.textBytes;
    }
    parts.push(part);
  }
  return parts;
}
