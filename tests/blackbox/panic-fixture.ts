// Builds the Worker of tests/fixtures/panic as the functions are built, and runs it
// twice in one workerd, beside what it waits for. Not here: what a panic does.

import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { command, root, target } from "./harness.ts";

/** A running fixture. */
export interface PanicWorker extends AsyncDisposable {
  readonly origin: string;
  /** The same Worker under another name: an isolate of its own. */
  readonly neighbour: string;
  /** All that was logged, oldest first. */
  readonly log: readonly string[];
}

/** Builds it as every function is built; returns the folder of the module. */
async function build(): Promise<string> {
  const { code, stderr } = await command(["build", "panics"]).ended;
  if (code !== 0) throw new Error(`the fixture does not build: ${stderr}`);
  return join(target(), "workers/quick/panics");
}

/** A Worker of one plain module of tests/fixtures. */
function plain(name: string) {
  const modulesRoot = join(root, "tests/fixtures");
  const modules = [{ type: "ESModule" as const, path: join(modulesRoot, `${name}.js`) }];
  return { name, compatibilityDate: "2026-11-01", modulesRoot, modules };
}

/** Builds and starts it. */
export async function panicWorker(): Promise<PanicWorker> {
  const built = await build();
  const log: string[] = [];
  const fixture = (name: string) => ({
    name,
    compatibilityDate: "2026-11-01",
    modulesRoot: built,
    modules: [
      { type: "ESModule" as const, path: join(built, "index.js") },
      { type: "CompiledWasm" as const, path: join(built, "index_bg.wasm") },
    ],
    bindings: { ENVIRONMENT: "local" },
    serviceBindings: { SLOW: "tardy", QUICK: "answers" },
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  });
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      log: new Log(LogLevel.NONE),
      handleStructuredLogs: ({ message }) => log.push(message),
      workers: [fixture("panic"), fixture("neighbour"), plain("tardy"), plain("answers")],
    }),
  );
  await miniflare.ready;
  const origin = async (name: string): Promise<string> => (await miniflare.unsafeGetDirectURL(name)).origin;
  return {
    origin: await origin("panic"),
    neighbour: await origin("neighbour"),
    log,
    [Symbol.asyncDispose]: () => miniflare.dispose(),
  };
}
