// The admission object. Equal to functions/ai/src/worker.rs: the same tables and statements, the same
// writes before each answer, the same outbox to the queue, the same alarm.

import { DurableObject } from "cloudflare:workers";
import { Book } from "./book.js";

const TABLES = `
CREATE TABLE IF NOT EXISTS reservations (call_id TEXT PRIMARY KEY, state TEXT NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS spent (scope TEXT NOT NULL, period TEXT NOT NULL, nano_usd TEXT NOT NULL, PRIMARY KEY (scope, period)) STRICT;
CREATE TABLE IF NOT EXISTS outbox (call_id TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT;`;
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
    const spent = this.#sql.exec("SELECT scope, period, nano_usd FROM spent").toArray();
    const asks = (state) => {
      const rows = this.#sql.exec("SELECT body FROM reservations WHERE state = ?", state).toArray();
      return rows.map(({ body }) => JSON.parse(body));
    };
    const totals = spent.map(({ scope, period, nano_usd }) => ({ scope, period, nano: Number(nano_usd) }));
    this.#unsent = this.#sql.exec("SELECT call_id, record FROM outbox ORDER BY call_id").toArray();
    this.#book = new Book(totals, asks("open"), asks("given_up"));
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
    const answer = this.#book.reserve(ask);
    if (answer.verdict === "admitted") {
      const sql = "INSERT OR IGNORE INTO reservations (call_id, state, body) VALUES (?, 'open', ?)";
      this.#sql.exec(sql, ask.record.call_id, body);
    }
    await this.#wake();
    return answer;
  }

  async settle(record) {
    const settled = this.#book.settle(record);
    if (settled !== undefined) {
      this.#sql.exec("DELETE FROM reservations WHERE call_id = ?", record.call_id);
      this.#keep(settled);
    }
    await this.#send();
  }

  /** Takes a reservation back whose call was never made. */
  withdraw(callId) {
    const sql = "SELECT body FROM reservations WHERE call_id = ? AND state = 'open'";
    const [row] = this.#sql.exec(sql, callId).toArray();
    if (row === undefined) return;
    this.#book.settle({ ...JSON.parse(row.body).record, cost_nano_usd: 0 });
    this.#sql.exec("DELETE FROM reservations WHERE call_id = ?", callId);
  }

  async alarm() {
    this.#alarmAt = undefined;
    const now = Date.now();
    this.#book.forget(now - REMEMBER_MS);
    for (const settled of this.#book.expire(now)) {
      this.#sql.exec("UPDATE reservations SET state = 'given_up' WHERE call_id = ?", settled.record.call_id);
      this.#keep(settled);
    }
    await this.#send();
    await this.#wake();
  }

  /** Writes the totals and puts the record into the outbox. */
  #keep({ record, spent }) {
    for (const { scope, period, nano } of spent) {
      const sql = "INSERT OR REPLACE INTO spent (scope, period, nano_usd) VALUES (?, ?, ?)";
      this.#sql.exec(sql, scope, period, String(nano));
    }
    const sql = "INSERT OR REPLACE INTO outbox (call_id, record) VALUES (?, ?)";
    const row = { call_id: record.call_id, record: JSON.stringify(record) };
    this.#sql.exec(sql, row.call_id, row.record);
    this.#unsent.push(row);
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
