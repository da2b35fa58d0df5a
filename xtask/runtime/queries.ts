// A socket beside the state through which other local programs ask the database: `v3/query.sock`,
// for its owner alone. One JSON line `{"sql", "params"}` in, one line `{"rows"}` or `{"error"}` out.
//
// Why not the database's file: workerd does not wait for another program's lock, so a write from
// outside fails the request that comes at the same moment.

import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";

/** Runs one statement. */
export type Run = (sql: string, params: readonly unknown[]) => Promise<unknown[]>;

/** Listens for statements. Where the socket cannot be made (a path too long for one) nobody is served. */
export function serveQueries(persist: string, run: Run): Server {
  const path = join(persist, "query.sock");
  rmSync(path, { force: true });
  const server = createServer({ allowHalfOpen: true }, async (socket) => {
    socket.on("error", () => socket.destroy());
    socket.end(`${await answer(socket, run)}\n`);
  });
  server.on("error", () => server.close());
  server.listen(path, () => chmodSync(path, 0o600));
  return server;
}

async function answer(socket: NodeJS.ReadableStream, run: Run): Promise<string> {
  try {
    const { sql, params = [] } = JSON.parse(await text(socket)) as { sql: string; params?: unknown[] };
    return JSON.stringify({ rows: await run(sql, params) });
  } catch (error) {
    return JSON.stringify({ error: error instanceof Error ? error.message : String(error) });
  }
}
