// The book of one organisation. Equal to functions/ai/src/admission/book.rs: spent and reserved by scope, whether
// one more call fits, what a settlement changes.

const key = (scope, period) => `${scope}\n${period}`;
const cost = (ask) => ask.record.cost_nano_usd ?? 0;

export class Book {
  #spent = new Map();
  #open = new Map();
  #givenUp = new Map();

  constructor(spent, open, givenUp) {
    for (const { scope, period, nano } of spent) this.#spent.set(key(scope, period), nano);
    for (const ask of open) this.#open.set(ask.record.call_id, ask);
    for (const ask of givenUp) this.#givenUp.set(ask.record.call_id, ask);
  }

  /** Decides whether a call may be made, and books its reservation. */
  reserve(ask) {
    if (this.#open.has(ask.record.call_id)) return { verdict: "admitted" };
    for (const { id, concurrency, budget_nano_usd: budget } of ask.scopes) {
      let [underWay, reserved] = [0, 0];
      for (const call of this.#open.values()) {
        if (!call.scopes.some((scope) => scope.id === id)) continue;
        underWay++;
        if (call.period === ask.period) reserved += cost(call);
      }
      if (concurrency != null && underWay >= concurrency) return { verdict: "concurrency", scope: id };
      const committed = (this.#spent.get(key(id, ask.period)) ?? 0) + reserved;
      if (budget != null && committed + cost(ask) > budget) return { verdict: "budget", scope: id };
    }
    this.#open.set(ask.record.call_id, ask);
    return { verdict: "admitted" };
  }

  /** Books what a call really cost; undefined when it was settled before. */
  settle(record) {
    const open = this.#open.get(record.call_id);
    const ask = open ?? this.#givenUp.get(record.call_id);
    if (ask === undefined) return undefined;
    this.#open.delete(record.call_id);
    this.#givenUp.delete(record.call_id);
    return { record, spent: this.#add(ask, (record.cost_nano_usd ?? 0) - (open ? 0 : cost(ask))) };
  }

  /** Charges every reservation that has ended as estimated. */
  expire(now) {
    const ended = [...this.#open.values()].filter((ask) => ask.expires_ms <= now);
    return ended.map((ask) => {
      this.#open.delete(ask.record.call_id);
      this.#givenUp.set(ask.record.call_id, ask);
      const record = {
        ...ask.record,
        status: "killed",
        settlement: "estimated",
        finished_at_ms: Math.min(ask.expires_ms, now),
      };
      return { record, spent: this.#add(ask, cost(ask)) };
    });
  }

  /** Forgets calls given up so long ago that nobody will settle them. */
  forget(before) {
    for (const [id, ask] of this.#givenUp) if (ask.expires_ms <= before) this.#givenUp.delete(id);
  }

  /** When the next reservation ends. */
  nextEnd() {
    let next;
    for (const { expires_ms: end } of this.#open.values()) if (next === undefined || end < next) next = end;
    return next;
  }

  #add({ scopes, period }, nano) {
    return scopes.map(({ id }) => {
      const total = Math.max((this.#spent.get(key(id, period)) ?? 0) + nano, 0);
      this.#spent.set(key(id, period), total);
      return { scope: id, period, nano: total };
    });
  }
}
