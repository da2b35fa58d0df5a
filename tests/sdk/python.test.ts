// The official `openai` package for Python against the gateway. `python_client.py` uses it; here stands what
// it must have seen. `SELVAGE_PYTHON` is a Python with the packages of `requirements.txt`.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { asking, bookedBy, chat, unique } from "../blackbox/ai-call.ts";
import { awaited, journal } from "../blackbox/ai-journal.ts";
import { type Person, person, shared } from "../blackbox/harness.ts";

const stack = shared();
const script = fileURLToPath(new URL("python_client.py", import.meta.url));

/** What a scenario of `python_client.py` printed. */
async function run<T>(who: Person, scenario: string, message: string): Promise<T> {
  const python = process.env.SELVAGE_PYTHON;
  assert.ok(python, "SELVAGE_PYTHON is not set: `cargo xtask test --only sdk` sets it");
  const args = [script, `${stack.gateway}/v1`, who.access_token, scenario, message];
  const { stdout } = await promisify(execFile)(python, args);
  return JSON.parse(stdout) as T;
}

interface Usage {
  readonly total_tokens: number;
}

describe("openai for Python", { concurrency: 2 }, () => {
  let who: Person;
  before(async () => {
    who = await person();
  });

  test("lists the models, and reads one", async () => {
    const seen = await run<{ ids: string[]; one: string }>(who, "models", "");
    assert.ok(seen.ids.includes("simulated-chat") && seen.ids.includes("chat-default"));
    assert.equal(seen.one, "simulated-chat");
  });

  test("gets an answer, its usage, its request id and its price", async () => {
    const word = unique();
    interface Seen {
      readonly text: string;
      readonly usage: Usage;
      readonly cost: string;
      readonly request_id: string;
    }
    const seen = await run<Seen>(who, "plain", word);
    assert.match(seen.text, new RegExp(word));
    assert.ok(seen.usage.total_tokens > 0 && Number(seen.cost) > 0);
    assert.match(seen.request_id, /^req_/);
  });

  test("streams the same text, and usage when it asks for it", async () => {
    const word = unique();
    const plain = JSON.parse((await chat(stack, who, asking(word))).text) as {
      choices: { message: { content: string } }[];
      usage: Usage;
    };
    interface Seen {
      readonly text: string;
      readonly unasked: number;
      readonly usage: Usage;
      readonly choices: unknown[];
    }
    const seen = await run<Seen>(who, "stream", word);
    assert.equal(seen.text, plain.choices[0]?.message.content);
    assert.deepEqual([seen.unasked, seen.choices], [0, []]);
    assert.deepEqual(seen.usage, plain.usage);
  });

  test("gets two tool calls at once, streamed argument by argument", async () => {
    const message = `[tool:weather][tool:clock] ${unique()}`;
    const seen = await run<{ pieces: number; calls: [string, object][] }>(who, "tools", message);
    assert.deepEqual(
      seen.calls.map(([name]) => name),
      ["weather", "clock"],
    );
    assert.ok(seen.pieces > 4, "arguments come in pieces");
    assert.ok(seen.calls.every(([, args]) => "city" in args));
  });

  test("leaves a stream: the provider is told, and the call is booked", async () => {
    const other = await person();
    const word = unique();
    await run(other, "leave", `${word} [sim:delay=20;chunks=2000]`);
    await awaited(stack, word, "client_left");
    const [row] = await bookedBy(stack, other, 1);
    assert.equal(row?.status, "client_left");
  });

  test("throws the errors it has types for", async () => {
    assert.deepEqual(await run(who, "errors", unique()), {
      key: ["AuthenticationError", 401, "unauthenticated"],
      model: ["NotFoundError", 404, "model_not_found"],
      body: ["BadRequestError", 400, "invalid_value"],
      budget: ["APIStatusError", 402, "insufficient_quota"],
      rate: ["RateLimitError", 429, "upstream_rate_limited"],
      provider: ["InternalServerError", 502, "upstream_error"],
      stream: ["APIError", null, "upstream_truncated"],
    });
  });

  for (const directive of ["status=429,times=2", "status=500,times=2", "cut=headers,times=2"]) {
    test(`retries by itself and gets its answer: ${directive}`, async () => {
      const word = unique();
      const { text } = await run<{ text: string }>(who, "retries", `${word} [sim:${directive}]`);
      assert.match(text, new RegExp(word));
      assert.equal((await journal(stack, word)).length, 3);
    });
  }
});
