// The account of one scope. Equal to functions/ai/src/admission/{account,window}.rs and shared/src/budget/period.rs:
// its limits, what it has spent in each running period, what is reserved and under way, and its last minute.

const DAY_MS = 86_400_000;
const KINDS = ["day", "week", "month", "total"];
const THRESHOLDS = [100, 80];
const MINUTE_S = 60;

/** The first days of the periods that hold a moment, in the order of `KINDS`. */
export function firstDays(now) {
  const day = Math.floor(now / DAY_MS);
  const date = new Date(now);
  const month = Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) / DAY_MS;
  return [day, day - ((day + 3) % 7), month, 0];
}

export class Account {
  limits = { version: 0 };
  underWay = 0;
  #running = KINDS.map(() => ({ firstDay: 0, spent: 0, reserved: 0, warned: 0 }));
  #window = [];

  constructor(scope, periods = "", minute = "") {
    this.scope = scope;
    for (const [i, word] of periods.trim().split(" ").filter(Boolean).entries()) {
      const [firstDay, spent, warned] = word.split(":").map(Number);
      this.#running[i] = { firstDay, spent, reserved: 0, warned };
    }
    for (const word of minute.trim().split(" ").filter(Boolean)) {
      const [at, requests, tokens] = word.split(":").map(Number);
      this.#window.push({ at, requests, tokens });
    }
  }

  /** Its own limits, and the defaults where they leave something open. */
  limitsOr(or) {
    const own = this.limits;
    if (or === undefined || (or.version ?? 0) !== 0) return own;
    const budget = own.budget_nano_usd == null ? or : own;
    return {
      version: own.version,
      budget_nano_usd: budget.budget_nano_usd,
      budget_period: budget.budget_period,
      rpm: own.rpm ?? or.rpm,
      tpm: own.tpm ?? or.tpm,
      concurrency: own.concurrency ?? or.concurrency,
    };
  }

  learn(limits) {
    if (limits.version <= this.limits.version) return false;
    const { budget_nano_usd: budget, budget_period: period } = this.limits;
    if (budget !== limits.budget_nano_usd || period !== limits.budget_period) {
      for (const running of this.#running) running.warned = 0;
    }
    this.limits = limits;
    return true;
  }

  comeTo(now, days) {
    for (const [i, day] of days.entries()) {
      if (day > this.#running[i].firstDay) this.#running[i] = { firstDay: day, spent: 0, reserved: 0, warned: 0 };
    }
    const second = Math.floor(now / 1000);
    let over = 0;
    while (over < this.#window.length && this.#window[over].at + MINUTE_S < second) over++;
    this.#window.splice(0, over);
  }

  /** Why a call does not fit, or nothing; `own` of what is taken is its own already. */
  refuses(limits, take, own, days, now) {
    const kind = KINDS.indexOf(limits.budget_period ?? "month");
    const running = this.#running[kind];
    const runs = running.firstDay === days[kind];
    const others = running.spent + Math.max(running.reserved - (runs ? own.nano : 0), 0);
    if (limits.budget_nano_usd != null && others + (runs ? take.nano : 0) > limits.budget_nano_usd) {
      return { lasts: 3, told: { budget: this.scope, period: KINDS[kind] } };
    }
    if (limits.rpm != null || limits.tpm != null) {
      const used = this.used();
      for (const [name, limit] of [
        ["tokens", limits.tpm],
        ["requests", limits.rpm],
      ]) {
        if (limit == null || used[name] - own[name] + take[name] <= limit) continue;
        const above = used[name] - own[name] + take[name] - limit;
        const wait = take[name] <= limit ? this.#wait(now, name, above) : undefined;
        return { lasts: wait === undefined ? 2 : 1, told: { [name]: this.scope, limit, wait_ms: wait } };
      }
    }
    if (limits.concurrency != null && this.underWay - own.calls + take.calls > limits.concurrency) {
      return { lasts: 0, told: { concurrency: this.scope } };
    }
    return undefined;
  }

  reserve(take, days, now) {
    this.underWay += take.calls;
    this.#inPeriod(days, (running) => {
      running.reserved += take.nano;
    });
    if (take.requests > 0 || take.tokens > 0) this.#count(now, take.requests, take.tokens);
  }

  release(take, days) {
    this.underWay -= take.calls;
    this.#inPeriod(days, (running) => {
      running.reserved = Math.max(running.reserved - take.nano, 0);
    });
  }

  spend(cost, charged, days) {
    this.#inPeriod(days, (running) => {
      running.spent = Math.max(running.spent - charged, 0) + cost;
    });
  }

  /** Makes of the tokens of a second that still counts what they were. */
  correct(at, was, is) {
    const second = this.#window.find((one) => one.at === Math.floor(at / 1000));
    if (second !== undefined) second.tokens = Math.max(second.tokens - was, 0) + is;
  }

  used() {
    const sum = { requests: 0, tokens: 0 };
    for (const { requests, tokens } of this.#window) {
      sum.requests += requests;
      sum.tokens += tokens;
    }
    return sum;
  }

  /** A threshold that was passed and not told. */
  passed(limits) {
    const budget = limits.budget_nano_usd;
    if (!(budget > 0)) return undefined;
    const running = this.#running[KINDS.indexOf(limits.budget_period ?? "month")];
    const percent = THRESHOLDS.find((one) => running.spent * 100 >= budget * one);
    if (percent === undefined || percent <= running.warned) return undefined;
    running.warned = percent;
    return { percent, spent_nano_usd: running.spent, budget_nano_usd: budget, begins_day: running.firstDay };
  }

  /** As its row has it: scope, running periods, minute. */
  row() {
    const { rpm, tpm } = this.limits;
    const minute = rpm != null || tpm != null ? this.#window.map((s) => `${s.at}:${s.requests}:${s.tokens} `) : [];
    const periods = this.#running.map((one) => `${one.firstDay}:${one.spent}:${one.warned} `);
    return [this.scope, periods.join(""), minute.join("")];
  }

  #wait(now, name, less) {
    let gone = 0;
    for (const second of this.#window) {
      gone += second[name];
      if (gone >= less) return (second.at + MINUTE_S + 1) * 1000 - now;
    }
    return 0;
  }

  #count(now, requests, tokens) {
    const at = Math.floor(now / 1000);
    const last = this.#window.at(-1);
    if (last?.at === at) {
      last.requests += requests;
      last.tokens += tokens;
    } else {
      this.#window.push({ at, requests, tokens });
    }
  }

  #inPeriod(days, change) {
    for (const [i, running] of this.#running.entries()) if (running.firstDay === days[i]) change(running);
  }
}
