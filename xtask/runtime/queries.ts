// A socket beside the state through which other local programs ask the database: `v3/query.sock`,
// for its owner alone. One JSON line `{"sql", "params"}` in, one line `{"rows"}` or `{"error"}` out; or
// `{"schedule"}`, the name of a function whose schedule runs now: nothing here runs by the clock.
//
// Why not the database's file: workerd does not wait for another program's lock, so a write from
// outside fails the request that comes at the same moment.

import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";

/** Runs one statement. */
export type Run = (sql: string, params: readonly unknown[]) => Promise<unknown[]>;

/** Runs the schedule of a function. */
export type RunSchedule = (name: string) => Promise<void>;

interface Question {
  readonly sql?: string;
  readonly params?: readonly unknown[];
  readonly schedule?: string;
}

/** Listens for statements. Where the socket cannot be made (a path too long for one) nobody is served. */
export function serveQueries(persist: string, run: Run, schedule: RunSchedule): Server {
  const path = join(persist, "query.sock");
  rmSync(path, { force: true });
  const server = createServer({ allowHalfOpen: true }, async (socket) => {
    socket.on("error", () => socket.destroy());
    socket.end(`${await answer(socket, run, schedule)}\n`);
  });
  server.on("error", () => server.close());
  server.listen(path, () => chmodSync(path, 0o600));
  return server;
}

async function answer(socket: NodeJS.ReadableStream, run: Run, schedule: RunSchedule): Promise<string> {
  try {
    const question = JSON.parse(await text(socket)) as Question;
    if (question.schedule !== undefined) {
      await schedule(question.schedule);
      return JSON.stringify({ rows: [] });
    }
    return JSON.stringify({ rows: await run(question.sql ?? "", question.params ?? []) });
  } catch (error) {
    return JSON.stringify({ error: error instanceof Error ? error.message : String(error) });
  }
}
