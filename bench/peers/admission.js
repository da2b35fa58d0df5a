// The admission object. Equal to functions/ai/src/admission/object.rs: the same tables and statements, the same
// writes before each answer, the same outbox to the queue, the same alarm.

import { DurableObject } from "cloudflare:workers";
import { firstDays } from "./account.js";
import { Book } from "./book.js";

const TABLES = `
CREATE TABLE IF NOT EXISTS calls (call_id TEXT PRIMARY KEY, times TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS totals (scope TEXT PRIMARY KEY, periods TEXT NOT NULL, minute TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS limits (scope TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS outbox (call_id TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT;`;
const COUNT = `INSERT OR REPLACE INTO totals (scope, periods, minute)
SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)`;
const REMEMBER_MS = 86_400_000;
const RETRY_MS = 5_000;

export class Admission extends DurableObject {
  #book;
  #alarmAt;
  #sending = false;
  #unsent;
  #sql;

  constructor(ctx, env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(TABLES);
    const rows = (sql) => this.#sql.exec(sql).toArray();
    const calls = (state) =>
      rows(`SELECT times, body FROM calls WHERE state = '${state}'`).map(({ times, body }) => {
        const [began, counted] = times.split(" ").map(Number);
        return { ask: JSON.parse(body), began, counted, days: firstDays(began) };
      });
    this.#unsent = rows("SELECT call_id, record FROM outbox ORDER BY call_id");
    const totals = rows("SELECT scope, periods, minute FROM totals");
    const limits = rows("SELECT scope, body FROM limits");
    this.#book = new Book(totals, limits, calls("open"), calls("given_up"));
  }

  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/reserve") return Response.json(await this.reserve(await request.text()));
    if (pathname === "/settle") await this.settle(await request.json());
    else if (pathname === "/withdraw") this.withdraw(await request.text());
    else return new Response("no such path", { status: 404 });
    return new Response(null, { status: 204 });
  }

  async reserve(body) {
    const ask = JSON.parse(body);
    const { verdict, call, learnt, rows, warnings } = this.#book.reserve(ask, Date.now());
    for (const [scope, limits] of learnt) {
      this.#sql.exec("INSERT OR REPLACE INTO limits (scope, body) VALUES (?, ?)", scope, limits);
    }
    if (call !== undefined) {
      const sql = "INSERT OR REPLACE INTO calls (call_id, times, body, state) VALUES (?, ?, ?, 'open')";
      this.#sql.exec(sql, ask.call_id, `${call.began} ${call.counted}`, body);
    }
    this.#count(rows);
    this.#warn(warnings);
    await this.#wake();
    return verdict;
  }

  async settle(ended) {
    const settled = this.#book.settle(ended, Date.now());
    if (settled !== undefined) {
      this.#sql.exec("DELETE FROM calls WHERE call_id = ?", settled.callId);
      this.#keep(settled);
    }
    await this.#send();
  }

  /** Takes a reservation back whose call was never made. */
  withdraw(callId) {
    if (this.#book.withdraw(callId)) this.#sql.exec("DELETE FROM calls WHERE call_id = ?", callId);
  }

  async alarm() {
    this.#alarmAt = undefined;
    const now = Date.now();
    this.#book.forget(now - REMEMBER_MS);
    for (const settled of this.#book.expire(now)) {
      this.#sql.exec("UPDATE calls SET state = 'given_up' WHERE call_id = ?", settled.callId);
      this.#keep(settled);
    }
    await this.#send();
    await this.#wake();
  }

  /** Writes the totals and puts the record into the outbox, and warnings behind it. */
  #keep({ callId, record, rows, warnings }) {
    this.#count(rows);
    this.#putOut(callId, JSON.stringify(record));
    this.#warn(warnings);
  }

  #warn(warnings) {
    for (const warning of warnings) {
      const { scope, begins_day, version, percent } = warning;
      this.#putOut(`warning ${scope} ${begins_day} ${version} ${percent}`, JSON.stringify({ warning }));
    }
  }

  #count(rows) {
    if (rows.length > 0) this.#sql.exec(COUNT, JSON.stringify(rows));
  }

  #putOut(call_id, record) {
    this.#sql.exec("INSERT OR REPLACE INTO outbox (call_id, record) VALUES (?, ?)", call_id, record);
    this.#unsent.push({ call_id, record });
  }

  /** Sends the outbox, a batch at a time; one sender at a time. */
  async #send() {
    if (this.#sending) return;
    this.#sending = true;
    try {
      await this.#sendAll();
    } catch (error) {
      console.log(JSON.stringify({ level: "error", service: "ai", action: "admission::send", cause: String(error) }));
      await this.#setAlarm(Date.now() + RETRY_MS);
    } finally {
      this.#sending = false;
    }
  }

  async #sendAll() {
    for (;;) {
      const rows = this.#unsent.slice(0, 50);
      if (rows.length === 0) return;
      await this.env.USAGE.sendBatch(rows.map(({ record }) => ({ body: record, contentType: "text" })));
      for (const { call_id, record } of rows) {
        this.#sql.exec("DELETE FROM outbox WHERE call_id = ? AND record = ?", call_id, record);
      }
      this.#unsent.splice(0, rows.length);
    }
  }

  /** Sees to it that the alarm rings when the next reservation ends. */
  async #wake() {
    const end = this.#book.nextEnd();
    if (end !== undefined) await this.#setAlarm(end);
  }

  async #setAlarm(at) {
    if (this.#alarmAt !== undefined && this.#alarmAt <= at) return;
    await this.ctx.storage.setAlarm(at);
    this.#alarmAt = at;
  }
}
