// The official `openai` package for JavaScript on `/v1/responses`: plain and streamed, tools with streamed arguments,
// schemas, pictures, reasoning, usage, typed errors, abort.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import OpenAI from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";
import { bookedBy, unique } from "../blackbox/ai-call.ts";
import { awaited, journal } from "../blackbox/ai-journal.ts";
import { type Person, person, shared } from "../blackbox/harness.ts";

const stack = shared();

function client(who: Pick<Person, "access_token">, maxRetries = 0): OpenAI {
  return new OpenAI({ baseURL: `${stack.gateway}/v1`, apiKey: who.access_token, maxRetries });
}

const asking = (input: string) => ({ model: "simulated-chat", input });
const tools = ["weather", "clock"].map((name) => ({
  type: "function" as const,
  name,
  strict: false,
  parameters: { type: "object", properties: { city: { type: "string" } } },
}));

describe("openai's responses", { concurrency: true }, () => {
  let who: Person;
  let openai: OpenAI;
  before(async () => {
    who = await person();
    openai = client(who);
  });

  test("answer, with usage and a price", async () => {
    const word = unique();
    const { data, response } = await openai.responses.create(asking(word)).withResponse();
    assert.match(data.output_text, new RegExp(word));
    assert.equal(data.status, "completed");
    assert.ok((data.usage?.total_tokens ?? 0) > 0);
    assert.ok(Number(response.headers.get("x-cost-nano-usd")) > 0);
  });

  test("stream the same text and tell usage at the end", async () => {
    const body = asking(unique());
    const plain = await openai.responses.create(body);
    let text = "";
    let usage: unknown;
    for await (const event of await openai.responses.create({ ...body, stream: true })) {
      if (event.type === "response.output_text.delta") text += event.delta;
      if (event.type === "response.completed") usage = event.response.usage;
    }
    assert.equal(text, plain.output_text);
    assert.deepEqual(usage, plain.usage);
  });

  test("call two tools at once, argument by argument", async () => {
    const stream = openai.responses.stream({ ...asking(`[tool:weather][tool:clock] ${unique()}`), tools });
    let pieces = 0;
    stream.on("response.function_call_arguments.delta", () => {
      pieces += 1;
    });
    const final = await stream.finalResponse();
    const calls = final.output.filter((item) => item.type === "function_call");
    assert.deepEqual(
      calls.map((call) => call.name),
      ["weather", "clock"],
    );
    assert.ok(pieces > 4 && calls.every((call) => "city" in JSON.parse(call.arguments)));
  });

  test("go on after a tool's output", async () => {
    const user = { role: "user" as const, content: `[tool:weather] ${unique()}` };
    const first = await openai.responses.create({ model: "simulated-chat", input: [user], tools });
    const [call] = first.output.filter((item) => item.type === "function_call");
    assert.ok(call);
    const given = { type: "function_call_output" as const, call_id: call.call_id, output: "rain" };
    const input = [user, ...first.output, given] as OpenAI.Responses.ResponseInput;
    const second = await openai.responses.create({ model: "simulated-chat", input, tools });
    assert.equal(second.output[0]?.type, "message");
  });

  test("fit a schema, parsed", async () => {
    const shape = z.object({ name: z.string(), ok: z.boolean() });
    const reply = await openai.responses.parse({ ...asking("Ada"), text: { format: zodTextFormat(shape, "thing") } });
    assert.deepEqual(reply.output_parsed, { name: "Ada", ok: true });
  });

  test("see a picture, and think", async () => {
    const content = [
      { type: "input_text" as const, text: "what is this?" },
      { type: "input_image" as const, image_url: "data:image/png;base64,iVBORw0KGgo=", detail: "low" as const },
    ];
    const input = [{ role: "user" as const, content }];
    const reply = await openai.responses.create({ model: "simulated-reasoning", input });
    assert.match(reply.output_text, /1 images seen/);
    assert.equal(reply.output[0]?.type, "reasoning");
    assert.ok((reply.usage?.output_tokens_details.reasoning_tokens ?? 0) > 0);
  });

  test("say that they are incomplete", async () => {
    const reply = await openai.responses.create({ ...asking(unique()), max_output_tokens: 16 });
    assert.ok(reply.status === "completed" || reply.incomplete_details?.reason === "max_output_tokens");
  });

  test("fail with typed errors", async () => {
    await assert.rejects(
      openai.responses.create({ ...asking(unique()), model: "no-such-model" }),
      OpenAI.NotFoundError,
    );
    await assert.rejects(openai.responses.create(asking(`[sim:status=400] ${unique()}`)), OpenAI.BadRequestError);
    const failing = openai.responses.create(asking(`[sim:status=401] ${unique()}`));
    await assert.rejects(failing, OpenAI.InternalServerError);
  });

  test("are retried by the SDK or the gateway until they succeed", async () => {
    const word = unique();
    const reply = await client(who, 2).responses.create(asking(`${word} [sim:status=500,times=2]`));
    assert.match(reply.output_text, new RegExp(word));
    assert.equal((await journal(stack, word)).length, 3);
  });

  test("end when the client leaves, and are booked", async () => {
    const other = await person();
    const word = unique();
    const body = { ...asking(`${word} [sim:delay=20;chunks=2000]`), stream: true as const };
    const stream = await client(other).responses.create(body);
    for await (const event of stream) if (event.type === "response.output_text.delta") break;
    stream.controller.abort();
    await awaited(stack, word, "client_left");
    const [row] = await bookedBy(stack, other, 1);
    assert.equal(row?.status, "client_left");
  });
});
