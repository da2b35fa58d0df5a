// Workers AI's own route, `POST …/ai/run/{model}`: the answer wrapped in `result`, streams of `response` pieces.
// Texts of a model of vectors get those. Its OpenAI-shaped routes are those of every provider.

import { compose } from "./answer.ts";
import { chatDialect } from "./chat.ts";
import { completion, type Job, jsonOf, type ProviderRequest, plainJob } from "./job.ts";
import { countTokens, quotedPieces } from "./text.ts";
import { embed } from "./vectors.ts";

/** `POST …/ai/run/{model}`. */
export function runModel(request: ProviderRequest): Job {
  const given = jsonOf(request.raw);
  const model = request.params[0] ?? "";
  if (given["text"] !== undefined) return vectors(model, given["text"]);
  const messages = given["messages"] ?? [{ role: "user", content: given["prompt"] }];
  const body = { ...given, model, messages };
  const dialect = chatDialect("workers-ai");
  const prompt = dialect.read(body, request.headers);
  const whole = completion(dialect, { ...request, raw: JSON.stringify(body) });
  return {
    ...whole,
    plain: (script) => {
      const answer = compose(prompt, script);
      const choice = answer.choices[0];
      const tools = choice?.tools.map(({ name, json }) => ({ name, arguments: JSON.parse(json) }));
      const { usage } = JSON.parse(dialect.plain(answer, script));
      const calls = tools === undefined || tools.length === 0 ? {} : { tool_calls: tools };
      const result = { response: choice?.text ?? "", ...calls, usage };
      const bytes = JSON.stringify({ result, success: true, errors: [], messages: [] });
      return { type: "application/json", bytes, usage: answer.usage };
    },
    stream: (script) => {
      const answer = compose(prompt, script);
      const { usage } = JSON.parse(dialect.plain(answer, script));
      const events = quotedPieces(answer.choices[0]?.text ?? "", script.chunks).map((piece) => ({
        wire: `data: {"response":${piece.json}}\n\n`,
        textBytes: piece.bytes,
      }));
      events.push({ wire: `data: ${JSON.stringify({ response: "", usage })}\n\n`, textBytes: 0 });
      return { events, end: "data: [DONE]\n\n", usage: answer.usage };
    },
  };
}

function vectors(model: string, text: unknown): Job {
  const texts = (Array.isArray(text) ? text : [text]).map(String);
  const data = texts.map((one) => embed(one));
  const prompt = texts.reduce((sum, one) => sum + countTokens(one), 0);
  const usage = { prompt, completion: 0, cached: 0, cacheWrite: 0, reasoning: 0 };
  const result = { shape: [data.length, data[0]?.length ?? 0], data, pooling: "mean" };
  return plainJob({ model, message: texts[0] ?? "" }, () => {
    return { json: { result, success: true, errors: [], messages: [] }, usage };
  });
}
