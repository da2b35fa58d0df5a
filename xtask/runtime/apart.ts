// Workers of a stack in a workerd of their own: their CPU is not that of the others, which are not held up by it
// either. The others call them over HTTP instead of within the process. For Workers that need no state: a second
// process has no part in the databases of the first.

import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import type { WorkerPlan } from "./protocol.ts";
import { workerOptions } from "./workers.ts";

/** A process with some of a stack's Workers. */
export interface Apart {
  /** `127.0.0.1:PORT` by the Worker's name. */
  readonly addresses: ReadonlyMap<string, string>;
  readonly stop: () => Promise<void>;
}

/** Starts these Workers; every line they log goes to `log`. */
export async function startApart(
  workers: readonly WorkerPlan[],
  log: (level: string, message: string) => void,
): Promise<Apart> {
  // The first Worker of a Miniflare has its main port, behind a Worker of Miniflare's own: here all have a socket.
  const options = workers.map((plan) => workerOptions(plan, 1));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      logRequests: false,
      log: new Log(LogLevel.ERROR),
      handleStructuredLogs: ({ level, message }) => log(level, message),
      workers: options,
    }),
  );
  await miniflare.ready;
  const address = async ({ worker }: WorkerPlan): Promise<[string, string]> => {
    return [worker, (await miniflare.unsafeGetDirectURL(worker)).host];
  };
  const addresses = new Map(await Promise.all(workers.map(address)));
  return { addresses, stop: () => miniflare.dispose() };
}
