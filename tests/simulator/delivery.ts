// Writes a plan to a socket and tells the journal what became of it. No contents, no faults of its own.

import type { ServerResponse } from "node:http";
import type { Call, Journal } from "./journal.ts";
import type { Plan, Step } from "./plan.ts";

/** Writes the head of a reply and `plan`; resolves when nothing more will be written. */
export async function deliver(
  res: ServerResponse,
  status: number,
  headers: Record<string, string>,
  plan: Plan,
  call: Call,
  journal: Journal,
): Promise<void> {
  if (plan.before > 0) await pause(res, plan.before);
  if (res.destroyed) return;
  if (plan.headers) {
    call.status = status;
    res.writeHead(status, headers);
    if (plan.flush || plan.steps.length === 0 || plan.ending !== "end") res.flushHeaders();
  }
  let first = true;
  for (const step of plan.steps) {
    if (!first && plan.delay !== null) await pause(res, plan.delay);
    if (res.destroyed) return;
    first = false;
    if (plan.flush) await flushed(res, step);
    else if (!res.write(step.bytes)) await drained(res);
    if (res.destroyed) return;
    call.chunksSent += step.events;
    call.textBytesSent += step.textBytes;
  }
  conclude(res, plan, call, journal);
}

function conclude(res: ServerResponse, plan: Plan, call: Call, journal: Journal): void {
  if (res.destroyed) return;
  if (plan.ending === "end") {
    call.outcome = plan.faulted ? "faulted" : "finished";
    res.end();
  } else if (plan.ending === "destroy") {
    journal.settle(call, "faulted");
    // Soon rather than at once: what was written still leaves, then the connection does.
    res.socket?.destroySoon();
  }
}

// Resolves when the kernel has the bytes and the event loop has turned, so that the next piece is a packet of its own.
function flushed(res: ServerResponse, step: Step): Promise<void> {
  return new Promise((resolve) => {
    res.write(step.bytes, () => setImmediate(resolve));
  });
}

function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      res.off("drain", done);
      res.off("close", done);
      resolve();
    };
    res.on("drain", done);
    res.on("close", done);
  });
}

// Resolves after `ms`, or at once when the client leaves.
function pause(res: ServerResponse, ms: number): Promise<void> {
  return new Promise((resolve) => {
    if (ms === 0) {
      setImmediate(resolve);
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      res.off("close", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    res.on("close", done);
  });
}
