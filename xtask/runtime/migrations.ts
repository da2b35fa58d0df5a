// Applies the D1 migrations to the local database, the way `wrangler d1
// migrations apply` does and with the same bookkeeping table, but without the
// two seconds a wrangler start costs. Not here: remote databases (`deploy`).

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { unstable_splitSqlQuery } from "wrangler";

interface Statement {
  bind(...values: unknown[]): Statement;
  all(): Promise<{ results: unknown[] }>;
}

/** The part of D1 that is used here. */
export interface Database {
  prepare(sql: string): Statement;
  batch(statements: Statement[]): Promise<unknown>;
}

const BOOKKEEPING = `CREATE TABLE IF NOT EXISTS d1_migrations(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

/** Applies what is pending, in the order of the file names; returns those names. */
export async function migrate(database: Database, folder: string): Promise<string[]> {
  await database.prepare(BOOKKEEPING).all();
  const { results } = await database.prepare("SELECT name FROM d1_migrations").all();
  const done = new Set(results.map((row) => (row as { name: string }).name));
  const pending = readdirSync(folder)
    .filter((name) => name.endsWith(".sql") && !done.has(name))
    .sort();
  for (const name of pending) await applyOne(database, folder, name);
  return pending;
}

async function applyOne(database: Database, folder: string, name: string): Promise<void> {
  const statements = unstable_splitSqlQuery(readFileSync(join(folder, name), "utf8"));
  const record = database.prepare("INSERT INTO d1_migrations (name) VALUES (?1)").bind(name);
  try {
    // One batch is one transaction: a migration is applied whole or not at all.
    await database.batch([...statements.map((sql) => database.prepare(sql)), record]);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new Error(`the migration ${name} failed: ${cause}`);
  }
}
