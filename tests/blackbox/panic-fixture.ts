// Builds the Worker of tests/fixtures/panic as the functions are built, and runs it
// twice in one workerd, beside what it waits for. Not here: what a panic does.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { root, target } from "./harness.ts";

/** A running fixture. */
export interface PanicWorker extends AsyncDisposable {
  readonly origin: string;
  /** The same Worker under another name: an isolate of its own. */
  readonly neighbour: string;
  /** All that was logged, oldest first. */
  readonly log: readonly string[];
}

/** The tools `cargo xtask` has installed; what is not there is looked for in the path. */
const TOOLS = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "selvage/tools/bin");
const MODULES = join(root, "node_modules/.bin");

function tool(name: string): string {
  const installed = join(TOOLS, name);
  return existsSync(installed) ? installed : name;
}

/** Builds it with the quick profile; returns the folder of the module. */
async function build(): Promise<string> {
  const built = join(target(), "workers/quick/panic");
  const quick = ["--profile", "quick", "--no-opt", "--out-dir", built];
  // The dot is the crate's path: without it the next word would be taken for it.
  await promisify(execFile)(tool("worker-build"), [...quick, ".", "--", "--package", "panic-fixture"], {
    cwd: join(root, "tests/fixtures/panic"),
    env: {
      ...process.env,
      CARGO_TARGET_DIR: target(),
      PATH: [MODULES, process.env.PATH].join(delimiter),
      WASM_BINDGEN_BIN: tool("wasm-bindgen"),
      WASM_OPT_BIN: join(MODULES, "wasm-opt"),
      ESBUILD_BIN: join(MODULES, "esbuild"),
    },
  });
  return built;
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
