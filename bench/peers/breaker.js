// How the providers' keys are doing. Equal to functions/ai/src/route/{breaker,watch,tries}.rs as far as calls go that are
// answered at once: whether a key may be asked, what went well is counted, and what others learned is asked for every
// five seconds.

import { DurableObject } from "cloudflare:workers";

const SYNC_MS = 5_000;
const WINDOW_MS = 30_000;

const breakers = new Map();
let synced;

function breakerOf(name) {
  let breaker = breakers.get(name);
  if (breaker === undefined) {
    breaker = { since: 0, succeeded: 0, failed: 0, openUntil: 0, restUntil: 0 };
    breakers.set(name, breaker);
  }
  return breaker;
}

/** Asks behind the request what others learned, when that was long ago. */
export function sync(cx) {
  const now = Date.now();
  synced ??= now;
  if (now < synced + SYNC_MS) return;
  synced = now;
  const stub = cx.env.BREAKERS.getByName("all");
  const asked = stub.fetch("http://breakers/report", { method: "POST", body: JSON.stringify({ id: "", what: "ask" }) });
  const adopt = async () => {
    for (const [name, breaker] of await (await asked).json()) breakers.set(name, breaker);
  };
  cx.ctx.waitUntil(adopt().catch(() => {}));
}

/** Keys in the order they are to be tried: those that rest last, without those whose breaker is open. */
export function inOrder(candidates) {
  const now = Date.now();
  const state = candidates.map((one) => [one, breakers.get(one.name)]);
  const closed = state.filter(([, breaker]) => breaker === undefined || breaker.openUntil <= now);
  const rests = ([, breaker]) => breaker !== undefined && breaker.restUntil > now;
  return [...closed.filter((one) => !rests(one)), ...closed.filter(rests)].map(([one]) => one);
}

/** A call went well. */
export function well(name) {
  const now = Date.now();
  const breaker = breakerOf(name);
  if (now >= breaker.since + WINDOW_MS) Object.assign(breaker, { since: now, succeeded: 0, failed: 0 });
  breaker.succeeded++;
  breaker.openUntil = 0;
}

/** What all isolates share. */
export class Breakers extends DurableObject {
  #known = new Map();

  async fetch(request) {
    const { id, ...breaker } = await request.json();
    if (id !== "") this.#known.set(id, breaker);
    return Response.json([...this.#known].filter(([, one]) => one.openUntil > Date.now()));
  }
}
