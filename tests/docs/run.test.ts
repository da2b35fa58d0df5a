// Runs the blocks that are marked `sh run`: those of one document together, in one shell, in a fresh folder,
// against a stack. `cargo xtask` is the program under test and the local origin is the stack's. The README has
// tests of its own (`tests/tour`).

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { type OwnStack, type Stack, shared, startStack } from "../blackbox/harness.ts";
import { type Document, documents, root } from "./documents.ts";

const LOCAL = "http://127.0.0.1:8787";

const runnable = documents.filter((one) => blocks(one).length > 0 && !one.path.startsWith("README"));

let own: OwnStack | undefined;
let stack: Stack;

before(async () => {
  if (process.env.SELVAGE_STACK === undefined) own = await startStack();
  stack = own ?? shared();
});

after(() => own?.stop());

function blocks(one: Document): string[] {
  return one.blocks.filter(({ info }) => info === "sh run").map(({ text }) => text);
}

/** The blocks as a script that ends at the first failure, an HTTP error included. */
function script(one: Document): string {
  const curl = 'curl() { command curl --fail-with-body "$@"; }';
  const xtask =
    'cargo() { [ "$1" = xtask ] || { command cargo "$@"; return; }; shift; (cd "$ROOT" && "$SELVAGE_XTASK" "$@"); }';
  const text = blocks(one).join("\n").replaceAll(LOCAL, stack.gateway);
  return `set -euo pipefail\n${curl}\n${xtask}\n${text}`;
}

test("there are blocks to run", () => assert.ok(runnable.length > 0));

for (const one of runnable) {
  test(`the commands of ${one.path} work`, { timeout: 120_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "selvage-docs-"));
    try {
      const env = { ...process.env, ROOT: root };
      await promisify(execFile)("bash", ["-c", script(one)], { cwd: folder, env });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}
