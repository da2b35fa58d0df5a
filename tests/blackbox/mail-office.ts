// The built mail Worker in a workerd of its own, with a database and letters to send; its queue's batches are
// handed over by the test. Not here: what should become of them.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { unstable_splitSqlQuery } from "wrangler";
import { root, target } from "./harness.ts";

/** What became of a delivered batch. */
export interface Delivered {
  readonly outcome: string;
  readonly explicitAcks: readonly string[];
  readonly retryMessages: readonly { readonly msgId: string; readonly delaySeconds?: number }[];
}

/** The side of a Worker that takes batches; Miniflare's own types leave it out. */
interface Dispatcher {
  queue(name: string, messages: readonly object[]): Promise<Delivered>;
  scheduled(event: { cron: string }): Promise<{ outcome: string }>;
}

/** A letter of the outbox, where it is not a reset in English that was written just now. */
export interface Outboxed {
  readonly locale?: string;
  /** Milliseconds. */
  readonly age?: number;
}

export interface Office extends AsyncDisposable {
  readonly origin: string;
  /** Puts a letter into the outbox; its id. */
  letter(to: string, more?: Outboxed): Promise<string>;
  /** Hands over a batch that names these letters, past the queue. */
  deliver(...letters: readonly string[]): Promise<Delivered>;
  /** Runs the schedule. What it hands over comes back by the queue. */
  schedule(): Promise<string>;
  /** What became of a letter: its state, and the cause of the last failure. */
  state(letter: string): Promise<{ state: string; attempts: number; cause: string | null }>;
}

const FROM = "Selvage <post@selvage.example>";
const LINK_KEY = Buffer.alloc(32, 7).toString("base64url");

/** Starts a mail Worker with these variables. */
export async function startOffice(vars: Readonly<Record<string, string>>): Promise<Office> {
  const miniflare = new Miniflare(options(vars));
  const { origin } = await miniflare.ready;
  const database = await miniflare.getD1Database("DB", "mail");
  for (const sql of migrations()) await database.prepare(sql).run();
  const worker = (await miniflare.getWorker("mail")) as unknown as Dispatcher;
  let last = 0;
  return {
    origin,
    letter: async (to, { locale = "en", age = 0 } = {}) => {
      last += 1;
      const [user, link, letter] = [`usr_${last}`, `lnk_${last}`, `let_${last}`];
      const now = Date.now();
      const statement = (sql: string, ...values: unknown[]) => database.prepare(sql).bind(...values);
      await database.batch([
        statement("INSERT INTO users (id, email, created_at) VALUES (?, ?, ?)", user, `${last}${to}`, now),
        statement(
          "INSERT INTO links (id, token_hash, purpose, user_id, email, created_at, expires_at) VALUES (?, ?, 'reset', ?, ?, ?, ?)",
          ...[link, link, user, to, now, now + 3_600_000],
        ),
        statement(
          "INSERT INTO letters (id, kind, recipient, locale, user_id, link_id, created_at) VALUES (?, 'reset', ?, ?, ?, ?, ?)",
          ...[letter, to, locale, user, link, now - age],
        ),
      ]);
      return letter;
    },
    deliver: (...letters) => {
      const messages = letters.map((letter_id, id) => {
        const body = JSON.stringify({ letter_id });
        return { id: `${id}`, timestamp: new Date(), attempts: 1, body };
      });
      return worker.queue("selvage-mail", messages);
    },
    schedule: async () => (await worker.scheduled({ cron: "*/5 * * * *" })).outcome,
    state: async (letter) => {
      const sql = "SELECT state, attempts, cause FROM letters WHERE id = ?";
      const row = await database.prepare(sql).bind(letter).first();
      return row as { state: string; attempts: number; cause: string | null };
    },
    [Symbol.asyncDispose]: () => miniflare.dispose(),
  };
}

function options(vars: Readonly<Record<string, string>>) {
  const built = join(target(), "workers/quick/mail");
  return convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: 0,
    cf: false,
    log: new Log(LogLevel.NONE),
    handleStructuredLogs: () => {},
    workers: [
      {
        name: "mail",
        compatibilityDate: "2026-11-01",
        modulesRoot: built,
        modules: [
          { type: "ESModule", path: join(built, "index.js") },
          { type: "CompiledWasm", path: join(built, "index_bg.wasm") },
        ],
        bindings: { ENVIRONMENT: "local", MAIL_FROM: FROM, LINK_KEY, ...vars },
        d1Databases: { DB: "selvage" },
        queueProducers: { MAIL: "selvage-mail" },
        queueConsumers: { "selvage-mail": { maxBatchTimeout: 0.1 } },
        email: { send_email: [{ name: "EMAIL" }] },
      },
    ],
  });
}

function migrations(): string[] {
  const folder = join(root, "migrations");
  const files = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  return files.sort().flatMap((name) => unstable_splitSqlQuery(readFileSync(join(folder, name), "utf8")));
}
