// The book of one organisation. Equal to functions/ai/src/admission/{book,accounts,calls}.rs: what is spent and
// reserved by scope, whether one more call fits, what a settlement changes.

import { Account, firstDays } from "./account.js";

const taken = ({ ask }) => ({ nano: ask.nano_usd, calls: 1, requests: 1, tokens: ask.tokens });
const NOTHING = { nano: 0, calls: 0, requests: 0, tokens: 0 };

/** It was another model that answered: its cost counts there. */
function answeredBy({ ask }, model) {
  const scope = ask.scopes.find(({ id }) => id.startsWith("model:"));
  if (scope !== undefined && model !== "" && scope.id !== `model:${model}`) {
    scope.id = `model:${model}`;
    scope.limits = undefined;
  }
}

export class Book {
  #accounts = new Map();
  #open = new Map();
  #givenUp = new Map();
  #latest = 0;

  constructor(rows, limits, open, givenUp) {
    for (const { scope, periods, minute } of rows) this.#accounts.set(scope, new Account(scope, periods, minute));
    for (const { scope, body } of limits) this.#account(scope).learn(JSON.parse(body));
    for (const call of open) {
      for (const { id } of call.ask.scopes) {
        this.#account(id).comeTo(call.began, call.days);
        this.#account(id).reserve({ ...taken(call), requests: 0, tokens: 0 }, call.days, call.counted);
      }
      this.#open.set(call.ask.call_id, call);
    }
    for (const call of givenUp) this.#givenUp.set(call.ask.call_id, call);
  }

  /** Decides whether a call may be made, and books its reservation, in the place of an older one of the same call. */
  reserve(ask, at) {
    const now = this.#now(at);
    const learnt = this.#learn(ask.scopes);
    const warnings = learnt.length === 0 ? [] : this.#warn(ask.scopes, ask.record.org_id, now);
    const old = this.#open.get(ask.call_id);
    const began = old?.began ?? now;
    const call = { ask, began, counted: now, days: firstDays(began) };
    this.#comeTo(ask.scopes, now);
    const refused = this.#refused(call, old, now);
    if (refused !== undefined) return { verdict: refused.told, learnt, rows: [], warnings };
    if (old !== undefined) this.#release(old, 0);
    const take = { ...taken(call), requests: old === undefined ? 1 : 0 };
    for (const { id } of ask.scopes) this.#account(id).reserve(take, call.days, now);
    this.#open.set(ask.call_id, call);
    const { room, rows } = this.#room(ask.scopes);
    return { verdict: room === undefined ? "admitted" : { admitted: room }, call, learnt, rows, warnings };
  }

  /** Books what a call really cost; undefined when it was settled before. */
  settle({ call_id, nano_usd, tokens, record, model }, at) {
    const now = this.#now(at);
    const open = this.#open.get(call_id);
    const givenUp = this.#givenUp.get(call_id);
    this.#open.delete(call_id);
    this.#givenUp.delete(call_id);
    if (open !== undefined) this.#release(open, tokens);
    if (givenUp !== undefined) this.#spend(givenUp, 0, givenUp.ask.nano_usd);
    const call = open ?? givenUp;
    if (call === undefined) return undefined;
    answeredBy(call, model);
    this.#comeTo(call.ask.scopes, now);
    this.#spend(call, nano_usd, 0);
    const warnings = this.#warn(call.ask.scopes, record.org_id, now);
    return { callId: call_id, record, rows: this.#rows(call.ask.scopes), warnings };
  }

  /** Charges every reservation that has ended as estimated. */
  expire(now) {
    const ended = [...this.#open.values()].filter(({ ask }) => ask.expires_ms <= now);
    return ended.map((call) => {
      this.#open.delete(call.ask.call_id);
      this.#givenUp.set(call.ask.call_id, call);
      this.#release(call, call.ask.tokens);
      this.#spend(call, call.ask.nano_usd, 0);
      const { call_id: callId, record, scopes } = call.ask;
      return { callId, record, rows: this.#rows(scopes), warnings: this.#warn(scopes, record.org_id, now) };
    });
  }

  /** Takes back a call that was never made; whether there was one. */
  withdraw(id) {
    const call = this.#open.get(id);
    if (call === undefined) return false;
    this.#open.delete(id);
    this.#release(call, 0);
    return true;
  }

  /** Forgets calls given up so long ago that nobody will settle them. */
  forget(before) {
    for (const [id, { ask }] of this.#givenUp) if (ask.expires_ms <= before) this.#givenUp.delete(id);
  }

  /** When the next reservation ends. */
  nextEnd() {
    let next;
    for (const { ask } of this.#open.values()) if (next === undefined || ask.expires_ms < next) next = ask.expires_ms;
    return next;
  }

  #now(at) {
    this.#latest = Math.max(this.#latest, at);
    return this.#latest;
  }

  #account(scope) {
    let account = this.#accounts.get(scope);
    if (account === undefined) {
      account = new Account(scope);
      this.#accounts.set(scope, account);
    }
    return account;
  }

  #learn(scopes) {
    const newer = ({ id, limits }) => (limits?.version ?? 0) > 0 && this.#account(id).learn(limits);
    return scopes.filter(newer).map(({ id, limits }) => [id, JSON.stringify(limits)]);
  }

  #comeTo(scopes, now) {
    const days = firstDays(now);
    for (const { id } of scopes) this.#account(id).comeTo(now, days);
  }

  #refused(call, old, now) {
    let worst;
    for (const { id, limits } of call.ask.scopes) {
      const own = old?.ask.scopes.some((scope) => scope.id === id) ? taken(old) : NOTHING;
      const account = this.#account(id);
      const refused = account.refuses(account.limitsOr(limits), taken(call), own, call.days, now);
      if (refused !== undefined && (worst === undefined || worst.lasts < refused.lasts)) worst = refused;
    }
    return worst;
  }

  #release(call, tokens) {
    for (const { id } of call.ask.scopes) {
      this.#account(id).release(taken(call), call.days);
      this.#account(id).correct(call.counted, call.ask.tokens, tokens);
    }
  }

  #spend(call, amount, charged) {
    for (const { id } of call.ask.scopes) this.#account(id).spend(amount, charged, call.days);
  }

  #rows(scopes) {
    return scopes.map(({ id }) => this.#account(id).row());
  }

  /** What is left of the tightest rates, and the rows of scopes that have such limits. */
  #room(scopes) {
    let room;
    const rows = [];
    for (const { id, limits: defaults } of scopes) {
      const account = this.#account(id);
      const limits = account.limitsOr(defaults);
      if (limits.rpm == null && limits.tpm == null) continue;
      const used = account.used();
      rows.push(account.row());
      room ??= {};
      for (const [name, limit] of [
        ["requests", limits.rpm],
        ["tokens", limits.tpm],
      ]) {
        if (limit == null) continue;
        const remaining = Math.max(limit - used[name], 0);
        if (room[name] === undefined || remaining < room[name].remaining) room[name] = { limit, remaining };
      }
    }
    return { room, rows };
  }

  #warn(scopes, org_id, at_ms) {
    return scopes.flatMap(({ id, limits: defaults }) => {
      const account = this.#account(id);
      const limits = account.limitsOr(defaults);
      const passed = account.passed(limits);
      const period = limits.budget_period ?? "month";
      return passed === undefined ? [] : [{ org_id, scope: id, version: limits.version, period, at_ms, ...passed }];
    });
  }
}
