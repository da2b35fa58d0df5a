// The runtime killed as nothing warns of it, for tests of what outlives it.

import assert from "node:assert/strict";
import { describe, eventually, type Stack } from "./harness.ts";

/** Kills workerd and waits until another one answers. */
export async function killed(stack: Stack): Promise<void> {
  const { workerd } = (await describe(stack)).pids;
  process.kill(workerd, "SIGKILL");
  const next = await eventually(async () => {
    const { pids } = await describe(stack);
    return pids.workerd === workerd ? undefined : pids.workerd;
  }, 60_000);
  assert.notEqual(next, workerd);
  await eventually(async () => ((await fetch(`${stack.gateway}/readyz`)).ok ? true : undefined), 60_000);
}
