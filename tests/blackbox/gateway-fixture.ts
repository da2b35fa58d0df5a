// Runs the built gateway with fixtures in the place of the functions, in a
// workerd of its own. Not here: what the gateway should answer.

import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { behindTheGateway, type FunctionName, type LogLine, root, target } from "./harness.ts";

/** What stands in the place of a function: a module of tests/fixtures, nobody who listens, or no binding. */
export type StandIn = "answers" | "throws" | "hangs" | "tardy" | "down" | "missing";

/** A gateway with stand-ins. */
export interface Gateway extends AsyncDisposable {
  readonly origin: string;
  /** What it has logged. */
  readonly lines: readonly LogLine[];
}

/** The origin whose scripts may read the replies. */
export const APP = "https://app.example";

/** A port of loopback where nobody listens: the first one is reserved. */
const NOBODY = "127.0.0.1:1";

function service(name: StandIn): string | { external: { address: string; http: object } } {
  return name === "down" ? { external: { address: NOBODY, http: {} } } : name;
}

function fixture(name: StandIn) {
  const modulesRoot = join(root, "tests/fixtures");
  const modules = [{ type: "ESModule" as const, path: join(modulesRoot, `${name}.js`) }];
  return { name, compatibilityDate: "2026-11-01", modulesRoot, modules };
}

/** Starts the gateway before functions that answer, but for those named; a row that is not `slow` may take a function `deadlineMs`. */
export async function gatewayWith(
  standIns: Readonly<Partial<Record<FunctionName, StandIn>>>,
  deadlineMs: number,
): Promise<Gateway> {
  const lines: LogLine[] = [];
  const built = join(target(), "workers/quick/gateway");
  const chosen = behindTheGateway.map((name) => [name.toUpperCase(), standIns[name] ?? "answers"] as const);
  const bound = chosen.filter(([, standIn]) => standIn !== "missing");
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      log: new Log(LogLevel.NONE),
      handleStructuredLogs: ({ message }) => {
        if (message.startsWith("{")) lines.push(JSON.parse(message) as LogLine);
      },
      workers: [
        {
          name: "gateway",
          compatibilityDate: "2026-11-01",
          modulesRoot: built,
          modules: [
            { type: "ESModule", path: join(built, "index.js") },
            { type: "CompiledWasm", path: join(built, "index_bg.wasm") },
          ],
          bindings: { ENVIRONMENT: "local", FUNCTION_DEADLINE_MS: `${deadlineMs}`, CORS_ORIGINS: APP },
          serviceBindings: Object.fromEntries(bound.map(([name, standIn]) => [name, service(standIn)])),
        },
        ...(["answers", "throws", "hangs", "tardy"] as const).map(fixture),
      ],
    }),
  );
  const { origin } = await miniflare.ready;
  return { origin, lines, [Symbol.asyncDispose]: () => miniflare.dispose() };
}
