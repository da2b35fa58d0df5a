// `cargo xtask dev` as a program: what it starts, survives and leaves behind.
// Not here: what the Workers answer (tests/blackbox).

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { Command, Dev, eventually, isRunning } from "./command.ts";

const everyPid = async (dev: Dev): Promise<number[]> => Object.values((await dev.stack()).pids);

async function allGone(pids: readonly number[]): Promise<void> {
  await eventually(async () => {
    const running = await Promise.all(pids.map(isRunning));
    return running.includes(true) ? undefined : true;
  });
}

async function healthy(origin: string): Promise<void> {
  const reply = await fetch(`${origin}/healthz`);
  assert.equal(reply.status, 200);
}

test("the gateway answers and every function has an origin of its own", async () => {
  await using dev = await Dev.start();
  const { gateway, functions } = await dev.stack();
  await healthy(gateway);
  assert.ok(Object.keys(functions).length > 1);
  assert.equal(new Set(Object.values(functions)).size, Object.keys(functions).length);
  assert.equal(functions.gateway, gateway);
});

test("a termination ends everything and counts as success", async () => {
  await using dev = await Dev.start();
  const pids = await everyPid(dev);
  const { code } = await dev.end();
  assert.equal(code, 0);
  await allGone(pids);
});

test("nothing outlives a command that was killed", async () => {
  await using dev = await Dev.start();
  const pids = await everyPid(dev);
  dev.command.child.kill("SIGKILL");
  await allGone(pids);
});

test("a second start finds the state of the first", async () => {
  await using first = await Dev.start();
  const before = await first.end();
  assert.match(before.stderr, /migrated 0001/);
  await using second = await Dev.start(first.persist);
  const after = await second.end();
  assert.doesNotMatch(after.stderr, /migrated/);
});

test("another administrator is made beside a running stack", async () => {
  await using dev = await Dev.start();
  const { gateway } = await dev.stack();
  const making = await new Command(["admin", "--email", "second@example.com", "--persist", dev.persist]).ended;
  assert.equal(making.code, 0, making.stderr);
  const [, token] = /^http\S+#(\S+)$/m.exec(making.stdout) ?? [];
  assert.ok(making.stdout.startsWith(`${gateway}/claim#`), making.stdout);
  const claimed = await fetch(`${gateway}/v1/auth/claim`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token, password: "a password of theirs" }),
  });
  const { user } = (await claimed.json()) as { user: { email: string; roles: string[] } };
  assert.deepEqual([claimed.status, user.email, user.roles], [200, "second@example.com", ["admin"]]);
});

test("a killed workerd is started again on the same ports", async () => {
  await using dev = await Dev.start();
  const before = await dev.stack();
  process.kill(before.pids.workerd, "SIGKILL");
  const after = await eventually(async () => {
    const stack = await dev.stack();
    return stack.pids.workerd === before.pids.workerd ? undefined : stack;
  });
  assert.deepEqual(after.functions, before.functions);
  await healthy(after.gateway);
});

test("a simulator that ends is a failure told in one sentence", async () => {
  await using dev = await Dev.start();
  process.kill((await dev.stack()).pids.simulator, "SIGKILL");
  const { code, stderr } = await dev.command.ended;
  assert.equal(code, 1);
  assert.match(stderr, /^error: the simulator ended$/m);
});

test("two stacks of one checkout run at once", async () => {
  await using one = await Dev.start();
  await using other = await Dev.start();
  const origins = [(await one.stack()).gateway, (await other.stack()).gateway];
  assert.notEqual(origins[0], origins[1]);
  await Promise.all(origins.map(healthy));
});

test("two stacks on one folder of state are refused", async () => {
  await using dev = await Dev.start();
  const second = new Command(["dev", "--port", "0", "--persist", dev.persist]);
  const { code, stderr } = await second.ended;
  assert.equal(code, 1);
  assert.match(stderr, /another stack is running/);
});

test("a taken port is named in one sentence", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  const { code, stdout, stderr } = await new Command(["dev", "--port", `${address.port}`]).ended;
  server.close();
  assert.equal(code, 1);
  assert.equal(stderr, `error: port ${address.port} is taken: choose another with --port\n`);
  assert.equal(stdout, "");
});

test("a misspelt flag is refused", async () => {
  const { code, stderr } = await new Command(["dev", "--prot", "1"]).ended;
  assert.equal(code, 1);
  assert.match(stderr, /there is no flag `--prot`/);
});
