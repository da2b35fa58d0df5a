// What a call costs: the same answer costs the same plain and streamed, to the nano-dollar, for every kind of
// answer and every provider, and what a reply says it cost is what the ledger holds. Not here: reports.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Simulator, startSimulator } from "../simulator/server.ts";
import { asking, type Body, booked, chat, type LedgerRow, unique } from "./ai-call.ts";
import { report } from "./ai-journal.ts";
import { everyProvider } from "./ai-providers.ts";
import { eventually, type OwnStack, type Person, person, root, type Stack, shared, startStack } from "./harness.ts";

interface Price {
  readonly provider: string;
  readonly model: string;
  readonly rates: Readonly<Partial<Record<"input_pico_usd" | "cached_pico_usd" | "output_pico_usd", number>>>;
}

const PRICES: readonly Price[] = JSON.parse(readFileSync(join(root, "functions/ai/data/prices.json"), "utf8"));

/** Servers of one's own: their models have no price. */
const OWNED = ["ollama", "vllm"];

/** The cost of a row by the published rates: one sum of pico-dollars, rounded once, half up. */
function costOf(row: LedgerRow): number | null {
  const fits = (price: Price): boolean => price.provider === row.provider && price.model === row.model;
  const price = PRICES.findLast(fits);
  if (OWNED.includes(row.provider)) return null;
  assert.ok(price, `${row.provider}/${row.model} has a price`);
  const { input_pico_usd = 0, cached_pico_usd = input_pico_usd, output_pico_usd = 0 } = price.rates;
  const pico =
    BigInt(row.prompt_tokens - row.cached_tokens) * BigInt(input_pico_usd) +
    BigInt(row.cached_tokens) * BigInt(cached_pico_usd) +
    BigInt(row.completion_tokens) * BigInt(output_pico_usd);
  return Number((pico + 500n) / 1_000n);
}

const TOOLS = ["weather", "clock"].map((name) => ({
  type: "function",
  function: { name, parameters: { type: "object", properties: { city: { type: "string" } } } },
}));

/** Answers of every kind: directives of the message, and more of the body. */
const ANSWERS: readonly (readonly [string, string, Body?])[] = [
  ["an ordinary answer", ""],
  ["two alternatives", "", { n: 2 }],
  ["two tool calls", "[tool:weather][tool:clock]", { tools: TOOLS }],
  ["an answer cut by max_tokens", "", { max_tokens: 5 }],
  ["cached tokens", "[sim:prompt-tokens=1000;cached-tokens=999]"],
  ["more cached tokens than tokens", "[sim:prompt-tokens=10;cached-tokens=50]"],
  ["hidden reasoning", "[sim:completion-tokens=5000;reasoning-tokens=4990]"],
  ["many tokens", "[sim:prompt-tokens=12347;cached-tokens=89;completion-tokens=3331]"],
  ["nothing at all", "[sim:prompt-tokens=0;completion-tokens=0]"],
  ["no usage told", "[sim:usage=none]"],
];

const COUNTED = ["prompt_tokens", "cached_tokens", "completion_tokens", "reasoning_tokens"] as const;

/** What a provider of another protocol does not take. */
const UNSAID: Readonly<Record<string, readonly string[]>> = { anthropic: ["n"], replicate: ["n", "tools"] };

/** Calls plain, streamed, and streamed with usage, and holds the rows to each other and to the price list. */
async function costsTheSame(stack: Stack, who: Person, body: Body): Promise<LedgerRow> {
  const asked = { stream: true, stream_options: { include_usage: true } };
  const bodies = [body, { ...body, stream: true }, { ...body, ...asked }];
  const replies = await Promise.all(bodies.map((one) => chat(stack, who, one)));
  for (const reply of replies) assert.equal(reply.status, 200, reply.text);
  const rows = await Promise.all(replies.map((reply) => booked(stack, reply)));
  const [plain, ...streamed] = rows;
  assert.ok(plain);
  if (plain.settlement === "reported") {
    for (const row of streamed) {
      for (const name of COUNTED) assert.equal(row[name], plain[name], name);
      // Anthropic tells it in two parts, of which the ledger keeps both.
      if (row.provider !== "anthropic") assert.equal(row.raw_usage, plain.raw_usage);
    }
  }
  for (const row of rows) {
    assert.equal(row.status, "succeeded");
    assert.equal(row.settlement, plain.settlement);
    assert.equal(row.cost_nano_usd, costOf(row));
    assert.equal(row.completion_tokens, plain.completion_tokens);
  }
  const told = plain.cost_nano_usd === null ? null : String(plain.cost_nano_usd);
  assert.equal(replies[0]?.headers.get("x-cost-nano-usd"), told);
  // The cost of a stream is not known when its head leaves.
  assert.equal(replies[1]?.headers.get("x-cost-nano-usd"), null);
  return plain;
}

describe("plain and streamed cost the same", { concurrency: true }, () => {
  let who: Person;
  before(async () => {
    who = await person();
  });

  for (const model of ["simulated-chat", "simulated-reasoning"]) {
    for (const [what, directives, more] of ANSWERS) {
      test(`${model}: ${what}`, async () => {
        const row = await costsTheSame(shared(), who, asking(`${unique()} ${directives}`, { ...more, model }));
        const settlement = directives.includes("usage=none") ? "estimated" : "reported";
        assert.equal(row.settlement, settlement);
      });
    }
  }
});

describe("every provider's usage is read where it stands", { concurrency: true }, () => {
  let simulator: Simulator;
  let stack: OwnStack;
  let who: Person;
  before(async () => {
    simulator = await startSimulator({ key: "sk-of-the-service" });
    stack = await startStack({
      vars: {
        ...everyProvider(simulator.url, "sk-of-the-service"),
        COMPATIBLE_BASE_URL: `${simulator.url}/v1`,
        COMPATIBLE_API_KEY: "sk-of-another",
        COMPATIBLE_MODELS: "local-chat",
      },
    });
    who = await person(stack);
  });
  after(async () => {
    await stack.stop();
    await simulator.close();
  });

  const models: readonly (readonly [string, string])[] = [
    ["openai", "gpt-4o-mini"],
    ["openai", "gpt-5-mini"],
    ["moonshot", "kimi-k3"],
    ["moonshot", "kimi-k2-thinking"],
    ["deepseek", "deepseek-flash"],
    ["dashscope", "qwen3.7-max"],
    ["gemini", "gemini-2.5-flash"],
    ["workers-ai", "@cf/openai/gpt-oss-20b"],
    ["anthropic", "claude-haiku-4-5"],
    ["ollama", "local-llama"],
    ["vllm", "local-qwen"],
    ["replicate", "meta/meta-llama-3-8b-instruct"],
  ];
  for (const [provider, model] of models) {
    for (const [what, directives, more] of ANSWERS) {
      // What another protocol cannot say is refused, and costs nothing.
      if (more !== undefined && (UNSAID[provider] ?? []).some((member) => member in more)) continue;
      // Thoughts and text are streamed apart, and each rounds up on its own when nobody tells the usage.
      if (model.endsWith("thinking") && directives.includes("usage=none")) continue;
      test(`${model}: ${what}`, async () => {
        const row = await costsTheSame(stack, who, asking(`${unique()} ${directives}`, { ...more, model }));
        assert.equal(row.provider, provider);
      });
    }
  }

  test("a key the provider refuses is our fault, and costs nothing", async () => {
    const reply = await chat(stack, who, asking(unique(), { model: "local-chat" }));
    assert.equal(reply.status, 502);
    assert.match(reply.text, /"code":"upstream_auth"/);
    assert.doesNotMatch(reply.text, /sk-|other/);
  });
});

test("a call without a price is counted as unpriced, and never as free", async () => {
  const stack = shared();
  const who = await person();
  const body = asking(unique(), { model: "simulated-unpriced" });
  const replies = [
    await chat(stack, who, body),
    await chat(stack, who, { ...body, stream: true }),
    await chat(stack, who, asking(unique())),
  ];
  const rows = await Promise.all(replies.map((reply) => booked(stack, reply)));
  assert.equal(replies[0]?.headers.get("x-cost-nano-usd"), null);
  assert.deepEqual([rows[0]?.cost_nano_usd, rows[0]?.price_version], [null, null]);
  assert.ok((rows[0]?.prompt_tokens ?? 0) > 0 && rows[0]?.raw_usage !== null);
  const { data, total } = await report(stack, who);
  const unpriced = data.find((group) => group.key === "simulated-unpriced");
  assert.deepEqual([unpriced?.calls, unpriced?.unpriced_calls, unpriced?.cost_nano_usd], [2, 2, 0]);
  assert.deepEqual([total.calls, total.unpriced_calls, total.cost_nano_usd], [3, 2, rows[2]?.cost_nano_usd]);
});

test("a finished call is in the report within five seconds", async () => {
  const stack = shared();
  const who = await person();
  for (const stream of [false, true]) {
    await chat(stack, who, asking(unique(), { stream }));
    const calls = stream ? 2 : 1;
    await eventually(async () => ((await report(stack, who)).total.calls < calls ? undefined : true), 5_000);
  }
});
