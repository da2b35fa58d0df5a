// The database fails: calls to models go on, because it is not on their way, and what they cost is in the
// ledger once it is back. Not here: the consumer alone (`chaos-queue`).

import assert from "node:assert/strict";
import { test } from "node:test";
import { asking, bookedBy, chat, unique } from "./ai-call.ts";
import { report, usage } from "./ai-journal.ts";
import { change, eventually, logLines, person, startStack } from "./harness.ts";

test("while the ledger cannot be written calls are answered, and afterwards all of them are in it", async () => {
  await using stack = await startStack();
  const who = await person(stack);
  await change(stack, "ALTER TABLE ledger RENAME TO elsewhere");
  const streams = [false, true, false, true];
  const replies = await Promise.all(streams.map((stream) => chat(stack, who, asking(unique(), { stream }))));
  assert.deepEqual(
    replies.map(({ status }) => status),
    [200, 200, 200, 200],
  );

  const broken = await usage(stack, who);
  assert.ok(broken.status >= 500);
  assert.equal(broken.headers.get("content-type"), "application/problem+json");
  assert.doesNotMatch(await broken.text(), /ledger|SQL|table/i);

  await eventually(() => logLines(stack, (line) => line.action === "ledger::row")[0]);
  await change(stack, "ALTER TABLE elsewhere RENAME TO ledger");
  await bookedBy(stack, who, 4, 30_000);
  assert.equal((await report(stack, who)).total.calls, 4);
});
