// Workers AI's own route, `POST …/ai/run/{model}`: the answer wrapped in `result`, streams of `response` pieces.
// Its OpenAI-shaped routes are those of every provider.

import { compose } from "./answer.ts";
import { chatDialect } from "./chat.ts";
import { completion, type Job, jsonOf, type ProviderRequest } from "./job.ts";
import { quotedPieces } from "./text.ts";

/** `POST …/ai/run/{model}`. */
export function runModel(request: ProviderRequest): Job {
  const given = jsonOf(request.raw);
  const model = request.params[0] ?? "";
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
