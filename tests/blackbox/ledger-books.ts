// The books of the admission objects of a stack, read beside the Workers: what is spent, what is reserved.
// An object's file does not tell whose it is, so tests that need one person's book have a stack of their own.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Stack } from "./harness.ts";

/** All organisations of a stack together. */
export interface Books {
  /** Nano-dollars of settled calls. */
  readonly spent: number;
  /** Nano-dollars of calls under way. */
  readonly reserved: number;
  /** Calls under way. */
  readonly open: number;
  /** Records that have not left for the queue. */
  readonly waiting: number;
}

const NOTHING: Books = { spent: 0, reserved: 0, open: 0, waiting: 0 };

// One transaction, so that spent and reserved are of the same moment. The last of the running periods is all time:
// `first day:spent:told`.
const READ = `WITH told AS (
    SELECT scope, json('["' || replace(replace(trim(periods), ' ', '","'), ':', '","') || '"]') AS numbers FROM totals)
SELECT
  (SELECT coalesce(sum(CAST(numbers ->> 10 AS INTEGER)), 0) FROM told WHERE scope = 'org') AS spent,
  (SELECT coalesce(sum(json_extract(body, '$.record.cost_nano_usd')), 0) FROM calls WHERE state = 'open') AS reserved,
  (SELECT count(*) FROM calls WHERE state = 'open') AS open,
  (SELECT count(*) FROM outbox) AS waiting`;

/** What all books of the stack say now. */
export function books(stack: Pick<Stack, "persist">): Books {
  const folder = join(stack.persist, "v3/do/selvage-ai-Admission");
  const isData = (name: string): boolean => name.endsWith(".sqlite") && name !== "metadata.sqlite";
  return readdirSync(folder)
    .filter(isData)
    .map((name) => book(join(folder, name)))
    .reduce(added, NOTHING);
}

function book(file: string): Books {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 10_000 });
  try {
    return database.prepare(READ).get() as unknown as Books;
  } catch (error) {
    // The object is just being made.
    if (error instanceof Error && error.message.includes("no such table")) return NOTHING;
    throw error;
  } finally {
    database.close();
  }
}

function added(one: Books, other: Books): Books {
  return {
    spent: one.spent + other.spent,
    reserved: one.reserved + other.reserved,
    open: one.open + other.open,
    waiting: one.waiting + other.waiting,
  };
}
