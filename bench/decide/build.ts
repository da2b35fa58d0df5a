// Builds the small Workers of the decision benches as the functions are built, and weighs them.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { gzipSync } from "node:zlib";

const ROOT = join(import.meta.dirname, "../..");
/** Where `cargo xtask` keeps the programs it installs. */
const TOOLS = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "selvage/tools/bin");
const TARGET = join(ROOT, process.env["CARGO_TARGET_DIR"] ?? "target");

function program(name: string): string {
  const folders = [TOOLS, ...(process.env["PATH"] ?? "").split(delimiter)];
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name} is missing; \`cargo xtask build\` installs it`);
  return found;
}

/** A built Worker. */
export interface Built {
  /** Where `index.js` and `index_bg.wasm` lie. */
  folder: string;
  /** Module and JavaScript after wasm-opt and minifying, in kB of 1,000 bytes. */
  size_kb: { raw: number; gzip: number };
}

/** Builds the crate in `decide/<crate>`; `name` tells apart what is built of it with other features. */
export function build(crate: string, name: string, features: readonly string[] = []): Built {
  const folder = join(TARGET, "workers/decide", name);
  mkdirSync(folder, { recursive: true });
  const args = ["--release", "--out-dir", folder, ".", "--", "--features", features.join(",")];
  process.stderr.write(`building ${name}\n`);
  const { status } = spawnSync(program("worker-build"), args, {
    cwd: join(import.meta.dirname, crate),
    stdio: ["ignore", "inherit", "inherit"],
    env: {
      ...process.env,
      CARGO_TARGET_DIR: TARGET,
      WASM_BINDGEN_BIN: program("wasm-bindgen"),
      WASM_OPT_BIN: join(ROOT, "node_modules/.bin/wasm-opt"),
      ESBUILD_BIN: join(ROOT, "node_modules/.bin/esbuild"),
    },
  });
  if (status !== 0) throw new Error(`${name} does not build`);
  const files = ["index.js", "index_bg.wasm"].map((file) => readFileSync(join(folder, file)));
  const kilobytes = (weigh: (file: Buffer) => number): number =>
    files.reduce((sum, file) => sum + weigh(file), 0) / 1000;
  return {
    folder,
    size_kb: { raw: kilobytes((file) => file.length), gzip: kilobytes((file) => gzipSync(file, { level: 9 }).length) },
  };
}

/** The sizes as columns of a table. */
export function sizes({ size_kb }: Built): Record<string, string> {
  return { "kB raw": size_kb.raw.toFixed(0), "kB gzip": size_kb.gzip.toFixed(1) };
}
