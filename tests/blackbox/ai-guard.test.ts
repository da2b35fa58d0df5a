// A guard in the real Worker: what a provider gets, and what a client gets of streams however they are torn.
// Not here: what is found and what is not (tests of the function).

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { asking, booked, chat, events, unique } from "./ai-call.ts";
import { journal } from "./ai-journal.ts";
import { type OwnStack, person, startStack } from "./harness.ts";

const GUARD = {
  rules: [
    { id: "pii", find: ["email", "phone", "card"], on: ["reply"] },
    { id: "names", words: ["falcon", "机密"], with: "***", on: ["request"] },
    { id: "never", words: ["launch code"], action: "block", on: ["request"] },
    { id: "stop", words: ["halt here"], action: "block", on: ["reply"] },
  ],
};

/** What a model says, and what a client is to get of it. */
const SAID = "Call 13800138000 or +1 (415) 555-2671， mail alice@example.com. 卡 4111 1111 1111 1111。bye alice";
const HEARD = "Call [phone] or [phone]， mail [email]. 卡 [card]。bye alice";

interface Chunk {
  readonly choices: readonly { readonly delta: { readonly content?: string } }[];
}

/** The text of a stream. */
function text(stream: string): string {
  const data = events(stream).map((event) => event.replace(/^data: /, "").trim());
  const chunks = data.filter((json) => json.startsWith("{")).map((json) => JSON.parse(json) as Chunk);
  return chunks.map(({ choices }) => choices?.[0]?.delta?.content ?? "").join("");
}

/** A message that makes the simulator say `said`, in as many ways as there are. */
function saying(word: string, said: string, how: string): string {
  return `${word} [sim:${how}text=${said}]`;
}

describe("a guard", { concurrency: true }, () => {
  let stack: OwnStack;
  before(async () => {
    stack = await startStack({ vars: { AI_GUARD: JSON.stringify(GUARD) } });
  });
  after(() => stack.stop());

  for (const how of ["", "split=1;", "split=3;", "split=7;crlf;", "chunks=3;", "delay=2;", "comment;split=100;"]) {
    test(`masks a stream the same however it is torn: ${how || "as it comes"}`, async () => {
      const who = await person(stack);
      const reply = await chat(stack, who, asking(saying(unique(), SAID, how), { stream: true }));
      assert.equal(reply.status, 200);
      assert.ok(text(reply.text).includes(HEARD), text(reply.text));
      assert.ok(!reply.text.includes("138001"), reply.text);
      assert.match(reply.text, /data: \[DONE\]\r?\n\r?\n$/);
      const row = (await booked(stack, reply)) as unknown as { status: string; detail: string };
      assert.equal(row.status, "succeeded");
      const { guard } = JSON.parse(row.detail) as { guard: string };
      assert.equal(guard.includes('"rule":"pii","on":"reply","action":"mask"'), true, guard);
      assert.ok(!guard.includes("138"));
    });
  }

  test("masks a plain reply as its stream", async () => {
    const who = await person(stack);
    const reply = await chat(stack, who, asking(saying(unique(), SAID, "")));
    assert.ok(reply.text.includes(HEARD), reply.text);
  });

  test("masks a request before the provider gets it", async () => {
    const who = await person(stack);
    const word = unique();
    assert.equal((await chat(stack, who, asking(`${word} Falcon 机密文件`))).status, 200);
    const [call] = await journal(stack, word);
    assert.ok(JSON.stringify(call?.body).includes(`${word} *** ***文件`));
  });

  test("refuses a denied request before anybody is asked", async () => {
    const who = await person(stack);
    const word = unique();
    const reply = await chat(stack, who, asking(`${word} What is the LAUNCH CODE?`));
    assert.equal(reply.status, 400);
    const { error } = JSON.parse(reply.text) as { error: { code: string; message: string } };
    assert.deepEqual([error.code, error.message], ["content_blocked", "The rule `never` does not allow this."]);
    assert.equal((await journal(stack, word)).length, 0);
    const row = (await booked(stack, reply)) as unknown as { status: string; cost_nano_usd: number; detail: string };
    assert.deepEqual([row.status, row.cost_nano_usd], ["failed", 0]);
    assert.ok(row.detail.includes("never"));
  });

  test("ends a stream before what is denied, and refuses a plain reply", async () => {
    const who = await person(stack);
    const said = "All is well until halt here and on";
    const stream = await chat(stack, who, asking(saying(unique(), said, "split=5;"), { stream: true }));
    assert.equal(stream.status, 200);
    assert.ok(stream.text.includes("content_blocked") && !stream.text.includes("[DONE]"), stream.text);
    assert.ok(!text(stream.text).includes("halt here"));
    const plain = await chat(stack, who, asking(saying(unique(), said, "")));
    assert.equal(plain.status, 422);
    assert.ok(plain.text.includes("content_blocked"));
  });
});
