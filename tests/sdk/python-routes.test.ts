// Python's official packages beside OpenAI's chat: `openai` on its other routes, `anthropic`, LangChain. They are used
// by `python_routes.py`; here stands what it must have seen.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { unique } from "../blackbox/ai-call.ts";
import { type Person, person, shared } from "../blackbox/harness.ts";

const stack = shared();
const script = fileURLToPath(new URL("python_routes.py", import.meta.url));

// biome-ignore lint/suspicious/noExplicitAny: the shapes are what the tests look at
type Seen = any;

describe("Python", { concurrency: 2 }, () => {
  let who: Person;
  before(async () => {
    who = await person();
  });

  /** What a scenario of `python_routes.py` printed. */
  async function run(scenario: string, message: string): Promise<Seen> {
    const python = process.env.SELVAGE_PYTHON;
    assert.ok(python, "SELVAGE_PYTHON is not set: `cargo xtask test --only sdk` sets it");
    const args = [script, stack.gateway, who.access_token, scenario, message];
    const { stdout } = await promisify(execFile)(python, args);
    return JSON.parse(stdout);
  }

  test("openai embeds, draws, hears, speaks and moderates", async () => {
    const word = unique();
    const seen = await run("media", word);
    assert.deepEqual([seen.vectors, seen.image, seen.spoken, seen.flagged], [[256, 256], true, 500, true]);
    assert.match(seen.heard, new RegExp(word));
  });

  test("openai's responses are the same plain and streamed, and fit a schema", async () => {
    const word = unique();
    const seen = await run("responses", word);
    assert.match(seen.plain, new RegExp(word));
    assert.equal(seen.text, seen.plain);
    assert.deepEqual(seen.usage[0], seen.usage[1]);
    assert.deepEqual(seen.thing, { name: "Ada", ok: true });
  });

  test("openai parses what fits a schema, and shows a picture", async () => {
    const seen = await run("shapes", unique());
    assert.deepEqual(seen.thing, { name: "Ada", ok: true });
    assert.match(seen.seen, /1 images seen/);
  });

  test("anthropic's messages are the same plain and streamed, and can be counted", async () => {
    const word = unique();
    const seen = await run("messages", word);
    assert.match(seen.plain, new RegExp(word));
    assert.equal(seen.text, seen.plain);
    assert.equal(seen.usage[0], seen.usage[1]);
    assert.ok(seen.counted > 0);
  });

  test("anthropic gets two tool calls at once, streamed argument by argument", async () => {
    const seen = await run("message_tools", `[tool:weather][tool:clock] ${unique()}`);
    const names = seen.calls.map(([name]: [string]) => name);
    assert.deepEqual([names, seen.stop], [["weather", "clock"], "tool_use"]);
    assert.ok(seen.pieces > 4 && seen.calls.every(([, input]: [string, object]) => "city" in input));
  });

  test("anthropic throws the errors it has types for", async () => {
    assert.deepEqual(await run("message_errors", unique()), {
      key: ["AuthenticationError", 401],
      model: ["NotFoundError", 404],
      provider: ["InternalServerError", 502],
    });
  });

  test("LangChain answers, streams and fits a schema", async () => {
    const word = unique();
    const seen = await run("langchain", word);
    assert.match(seen.plain, new RegExp(word));
    assert.equal(seen.text, seen.plain);
    assert.ok(seen.usage > 0);
    assert.deepEqual(seen.thing, { name: "Ada", ok: true });
  });
});
