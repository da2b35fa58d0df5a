// LangChain for JavaScript against the gateway: `ChatOpenAI` (chat and responses), `ChatAnthropic`, `OpenAIEmbeddings`.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { ChatAnthropic } from "@langchain/anthropic";
import { type AIMessageChunk, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { z } from "zod";
import { unique } from "../blackbox/ai-call.ts";
import { awaited, journal } from "../blackbox/ai-journal.ts";
import { type Person, person, shared } from "../blackbox/harness.ts";

const stack = shared();
const baseURL = `${stack.gateway}/v1`;

type Chat = ChatOpenAI | ChatAnthropic;

/** What an answer says of its tokens, whichever class it has. */
interface Told {
  readonly text: string;
  readonly usage_metadata?: { readonly total_tokens: number } | undefined;
}

interface Wanted {
  readonly model?: string;
  readonly maxRetries?: number;
}

/** A chat model by each of the three ways in. */
const WAYS: { readonly [way: string]: (who: Person, wanted?: Wanted) => Chat } = {
  "OpenAI's chat": (who, wanted) => openai(who, false, wanted),
  "OpenAI's responses": (who, wanted) => openai(who, true, wanted),
  "Anthropic's messages": (who, { model = "simulated-chat", maxRetries = 0 } = {}) =>
    new ChatAnthropic({ model, maxRetries, anthropicApiUrl: stack.gateway, apiKey: who.access_token, maxTokens: 4000 }),
};

function openai(who: Person, useResponsesApi: boolean, wanted: Wanted = {}): ChatOpenAI {
  const { model = "simulated-chat", maxRetries = 0 } = wanted;
  return new ChatOpenAI({ model, maxRetries, useResponsesApi, apiKey: who.access_token, configuration: { baseURL } });
}

const weather = tool(() => "rain", {
  name: "weather",
  description: "tells the weather",
  schema: z.object({ city: z.string() }),
});
const clock = tool(() => "noon", {
  name: "clock",
  description: "tells the time",
  schema: z.object({ city: z.string() }),
});

for (const [way, make] of Object.entries(WAYS)) {
  describe(`LangChain by ${way}`, { concurrency: true }, () => {
    let who: Person;
    before(async () => {
      who = await person();
    });

    test("answers, with usage", async () => {
      const word = unique();
      const reply: Told = await make(who).invoke(word);
      assert.match(reply.text, new RegExp(word));
      assert.ok((reply.usage_metadata?.total_tokens ?? 0) > 0);
    });

    test("streams the same text", async () => {
      const word = unique();
      const plain = await make(who).invoke(word);
      let text = "";
      let pieces = 0;
      for await (const chunk of await make(who).stream(word)) {
        text += chunk.text;
        pieces += 1;
      }
      assert.equal(text, plain.text);
      assert.ok(pieces > 2);
    });

    test("calls two tools at once, plain and streamed, and goes on", async () => {
      const bound = make(who).bindTools([weather, clock]);
      const asked = new HumanMessage(`[tool:weather][tool:clock] ${unique()}`);
      const plain = await bound.invoke([asked]);
      assert.deepEqual(
        plain.tool_calls?.map((call) => call.name),
        ["weather", "clock"],
      );
      let whole: AIMessageChunk | undefined;
      for await (const chunk of await bound.stream([asked])) whole = whole === undefined ? chunk : whole.concat(chunk);
      assert.equal(whole?.tool_calls?.length, 2);
      assert.ok(whole.tool_calls.every((call) => "city" in call.args));
      const results = (plain.tool_calls ?? []).map(
        (call) => new ToolMessage({ content: "rain", tool_call_id: call.id ?? "" }),
      );
      const end = await bound.invoke([asked, plain, ...results]);
      assert.equal(end.tool_calls?.length ?? 0, 0);
    });

    test("gets an object in the shape of a schema", async () => {
      const shape = z.object({ name: z.string() });
      const structured = make(who).withStructuredOutput(shape, { method: "jsonSchema" });
      assert.deepEqual(await structured.invoke("Ada"), { name: "Ada" });
    });

    test("shows a picture", async () => {
      const url = "data:image/png;base64,iVBORw0KGgo=";
      const content = [
        { type: "text", text: "what is this?" },
        { type: "image_url", image_url: { url } },
      ];
      const reply = await make(who).invoke([new HumanMessage({ content })]);
      assert.match(reply.text, /1 images seen/);
    });

    test("fails for a model that is not there", async () => {
      await assert.rejects(make(who, { model: "no-such-model" }).invoke(unique()), { status: 404 });
    });

    test("is answered after a provider that failed twice", async () => {
      const word = unique();
      const reply = await make(who, { maxRetries: 2 }).invoke(`${word} [sim:status=500,times=2]`);
      assert.match(reply.text, new RegExp(word));
      assert.equal((await journal(stack, word)).length, 3);
    });

    test("leaves a stream: the provider is told", async () => {
      const word = unique();
      const leave = new AbortController();
      const asked = `${word} [sim:delay=20;chunks=2000]`;
      await assert.rejects(async () => {
        for await (const chunk of await make(who).stream(asked, { signal: leave.signal })) {
          if (chunk.text !== "") leave.abort();
        }
      });
      await awaited(stack, word, "client_left");
    });
  });
}

test("LangChain embeds", async () => {
  const who = await person();
  const model = "simulated-embedding";
  const embeddings = new OpenAIEmbeddings({
    model,
    apiKey: who.access_token,
    configuration: { baseURL },
    maxRetries: 0,
  });
  const vectors = await embeddings.embedDocuments(["one text", `another ${unique()}`]);
  assert.deepEqual([vectors.length, vectors[0]?.length], [2, 256]);
});
