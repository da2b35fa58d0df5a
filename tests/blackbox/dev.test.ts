// `cargo xtask dev` as people use it: stop it, start it again, mistype it. What it
// starts and how it survives failures is tested beside it (xtask/tests).

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { auth, tokens } from "./auth-client.ts";
import { family, running } from "./dev-processes.ts";
import { command, eventually, person, startStack } from "./harness.ts";

/** A folder of state that is removed after the test. */
async function folder(context: TestContext): Promise<string> {
  const persist = await mkdtemp(join(tmpdir(), "selvage-blackbox-"));
  context.after(() => rm(persist, { recursive: true, force: true }));
  return persist;
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal} ends everything that was started, and is a success`, async (context) => {
    const persist = await folder(context);
    const stack = await startStack({ persist });
    const started = await family(stack.pids.xtask);
    for (const pid of Object.values(stack.pids)) assert.ok(started.includes(pid), `${pid} of ${started}`);
    const { code, signal: by } = await stack.stop(signal);
    assert.deepEqual([code, by], [0, null]);
    // What lost its parent is collected by the system, in its own time.
    await eventually(async () => ((await running(started)).length === 0 ? true : undefined));
    assert.equal(existsSync(join(persist, "stack.json")), false);
    for (const origin of [stack.simulator, ...Object.values(stack.functions)]) await assert.rejects(fetch(origin));
  });
}

test("a termination while it starts ends everything, too", async (context) => {
  const persist = await folder(context);
  const { child, ended } = command(["dev", "--port", "0", "--no-watch", "--persist", persist]);
  const pid = child.pid ?? 0;
  const started = await eventually(async () => {
    const members = await family(pid);
    return members.length > 1 ? members : undefined;
  }, 60_000);
  child.kill("SIGTERM");
  const { code, stdout } = await ended;
  assert.equal(code, 0);
  assert.doesNotMatch(stdout, /^ready /m);
  await eventually(async () => ((await running(started)).length === 0 ? true : undefined));
});

test("a second start builds nothing, takes seconds and finds the state of the first", async (context) => {
  const persist = await folder(context);
  const first = await startStack({ persist });
  const { email, password } = await person(first);
  assert.match((await first.stop()).stderr, /^migrated 0001_/m);

  const started = performance.now();
  const second = await startStack({ persist });
  const seconds = (performance.now() - started) / 1000;
  await tokens(await auth(second, "login", { email, password }));
  const { stderr } = await second.stop();
  assert.doesNotMatch(stderr, /^(building|built|installing|migrated) /m);
  assert.ok(seconds < 20, `${seconds} s`);
});

test("a mistake is told in one sentence, and fails", async () => {
  const taken = createServer();
  await new Promise<void>((listening) => taken.listen(0, "127.0.0.1", listening));
  const address = taken.address();
  const port = typeof address === "object" ? `${address?.port}` : "";
  const mistakes: [string[], string][] = [
    [["dev", "--port", port], `port ${port} is taken: choose another with --port`],
    [["dev", "--port", "many"], "`many` is no port"],
    [["dev", "--var", "NAME"], "--var NAME is not KEY=VALUE"],
    [["dev", "--prot", "1"], "there is no flag `--prot`"],
    [["dve"], "there is no command `dve`"],
    [["build", "nothing"], "there is no function `nothing`"],
  ];
  for (const [words, sentence] of mistakes) {
    const { code, stdout, stderr } = await command(words).ended;
    assert.equal(code, 1, words.join(" "));
    assert.equal(stdout, "");
    assert.ok(stderr.startsWith(`error: ${sentence}`), stderr);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
  }
  taken.close();
});
