// Every shape of a provider's chat (functions/ai/fixtures) through the gateway, as if that provider had sent it: the
// bytes arrive, the tokens that the index names are booked, plain and streamed alike, and an error is told as it says.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Fixture, fixtures, fixtureText } from "../simulator/fixtures.ts";
import { type Simulator, startSimulator } from "../simulator/server.ts";
import { asking, booked, chat, unique } from "./ai-call.ts";
import { everyProvider, MODEL_OF } from "./ai-providers.ts";
import { type OwnStack, type Person, person, startStack } from "./harness.ts";

const KEY = "sk-of-the-service";
const of = (form: Fixture["form"]): Fixture[] =>
  fixtures().filter((fixture) => fixture.route === "chat" && fixture.form === form && fixture.provider in MODEL_OF);
const name = ({ file }: Fixture): string => file.replace(/\.(json|sse)$/, "");

describe("every shape of a provider", { concurrency: 4 }, () => {
  let simulator: Simulator;
  let stack: OwnStack;
  let who: Person;
  before(async () => {
    simulator = await startSimulator({ key: KEY });
    stack = await startStack({ vars: everyProvider(simulator.url, KEY) });
    who = await person(stack);
  });
  after(async () => {
    await stack.stop();
    await simulator.close();
  });

  const call = (fixture: Fixture, more: object = {}) => {
    const model = MODEL_OF[fixture.provider] ?? "";
    return chat(stack, who, asking(`${unique()} [sim:fixture=${name(fixture)}]`, { model, max_tokens: 500, ...more }));
  };
  const tokens = (fixture: Fixture): number[] => {
    const { prompt = 0, cached = 0, completion = 0, reasoning = 0 } = fixture.usage ?? {};
    return [prompt, cached, completion, reasoning];
  };

  for (const fixture of of("reply")) {
    test(`${fixture.file} is passed on, and its tokens are booked`, async () => {
      const reply = await call(fixture);
      assert.equal(reply.status, 200, reply.text);
      assert.equal(reply.text, fixtureText(fixture));
      const row = await booked(stack, reply);
      const { prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens } = row;
      assert.deepEqual([prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens], tokens(fixture));
      assert.deepEqual([row.status, row.settlement, row.provider], ["succeeded", "reported", fixture.provider]);
    });
  }

  for (const fixture of of("stream")) {
    test(`${fixture.file} is streamed, and its tokens are booked`, async () => {
      const reply = await call(fixture, { stream: true, stream_options: { include_usage: true } });
      assert.equal(reply.text, fixtureText(fixture));
      const row = await booked(stack, reply);
      assert.equal(row.status, "succeeded");
      if (fixture.usage === undefined) {
        assert.equal(row.settlement, "estimated");
        return;
      }
      const { prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens } = row;
      assert.deepEqual([prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens], tokens(fixture));
    });
  }

  for (const fixture of of("error")) {
    test(`${fixture.file} is told as the index says, and costs nothing`, async () => {
      const reply = await call(fixture);
      const shown = fixture.shown;
      assert.ok(shown);
      const { error } = JSON.parse(reply.text) as { error: { code: string | null; message: string } };
      assert.deepEqual([reply.status, error.code ?? ""], [shown.status, shown.code]);
      assert.doesNotMatch(reply.text, /sk-proj|org-abc|ak-f45|sk-of/);
      const row = await booked(stack, reply);
      // A model of one's own server has no price: its calls are unpriced, failed ones too.
      const owned = fixture.provider === "ollama" || fixture.provider === "vllm";
      assert.deepEqual([row.status, row.cost_nano_usd], ["failed", owned ? null : 0]);
    });
  }
});
