// OpenAI's routes that are no completions: embeddings, images, moderations, and ranks as vLLM and DashScope give
// them. Sound has a file of its own (audio.ts). Shapes are those of the fixtures.

import type { JsonObject, Usage } from "./dialect.ts";
import { CREATED, checkModel, Refusal } from "./dialect.ts";
import { type Job, jsonOf, type ProviderRequest, plainJob } from "./job.ts";
import { isObject, readCount, readModel, textOf } from "./request.ts";
import { countTokens } from "./text.ts";
import { DIMENSIONS, embed, packed, relevance } from "./vectors.ts";

/** `prompt` tokens read and `completion` tokens written. */
export function spent(prompt: number, completion = 0): Usage {
  return { prompt, completion, cached: 0, cacheWrite: 0, reasoning: 0 };
}

function textsOf(input: unknown, member: string): string[] {
  if (typeof input === "string") return [input];
  if (Array.isArray(input) && input.length > 0) {
    // Tokens instead of text: each counts as one.
    if (input.every((item) => typeof item === "number")) return ["\u0000\u0000\u0000\u0000".repeat(input.length)];
    return input.map((item: unknown) => (typeof item === "string" ? item : textOf([item])));
  }
  throw new Refusal(400, `'$.${member}' is invalid.`, null, member);
}

/** `POST …/embeddings`. */
export function embeddings(request: ProviderRequest): Job {
  const body = jsonOf(request.raw);
  const model = readModel(body);
  checkModel(model);
  const texts = textsOf(body["input"], "input");
  const dimensions = readCount(body, "dimensions", 4096) ?? DIMENSIONS;
  return plainJob({ model, message: texts[0] ?? "" }, (script) => {
    const data = texts.map((text, index) => {
      const vector = embed(text, dimensions);
      return {
        object: "embedding",
        index,
        embedding: body["encoding_format"] === "base64" ? packed(vector) : vector,
      };
    });
    const tokens = script.promptTokens ?? texts.reduce((sum, text) => sum + countTokens(text), 0);
    const usage = script.usage === "none" ? {} : { usage: { prompt_tokens: tokens, total_tokens: tokens } };
    return { json: { object: "list", data, model, ...usage }, usage: spent(tokens) };
  });
}

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** The one picture that is ever made. */
export const PICTURE = Buffer.from(PIXEL, "base64");

/** `POST …/images/generations`: base64 with usage, or URLs without where a model or the request is of that kind. */
export function images(request: ProviderRequest): Job {
  const body = jsonOf(request.raw);
  const model = readModel(body);
  checkModel(model);
  const prompt = typeof body["prompt"] === "string" ? body["prompt"] : "";
  if (prompt === "") throw new Refusal(400, "Missing required parameter: 'prompt'.", null, "prompt");
  const count = readCount(body, "n", 10) ?? 1;
  const linked = (body["response_format"] ?? (/dall-e|url/.test(model) ? "url" : "b64_json")) === "url";
  return plainJob({ model, message: prompt }, (script) => {
    const one = (index: number): JsonObject =>
      linked ? { url: `${request.origin}/_sim/pictures/${index}.png`, revised_prompt: prompt } : { b64_json: PIXEL };
    const data = Array.from({ length: count }, (_, index) => one(index));
    if (linked || script.usage === "none") return { json: { created: CREATED, data }, usage: spent(0) };
    const usage = spent(script.promptTokens ?? countTokens(prompt), script.completionTokens ?? 272 * count);
    return { json: { created: CREATED, ...LOOKS, data, usage: imageUsage(usage) }, usage };
  });
}

const LOOKS = { background: "opaque", output_format: "png", quality: "low", size: "1024x1024" };

function imageUsage({ prompt, completion }: Usage): JsonObject {
  return {
    input_tokens: prompt,
    input_tokens_details: { text_tokens: prompt, image_tokens: 0 },
    output_tokens: completion,
    total_tokens: prompt + completion,
  };
}

const CATEGORIES = [
  "harassment",
  "harassment/threatening",
  "hate",
  "hate/threatening",
  "illicit",
  "illicit/violent",
  "self-harm",
  "self-harm/instructions",
  "self-harm/intent",
  "sexual",
  "sexual/minors",
  "violence",
  "violence/graphic",
];

/** `POST …/moderations`: a text is flagged for each category whose name it holds. */
export function moderations(request: ProviderRequest): Job {
  const body = jsonOf(request.raw);
  const model = typeof body["model"] === "string" ? body["model"] : "omni-moderation-latest";
  checkModel(model);
  const input = body["input"];
  const parts = Array.isArray(input) && input.some(isObject);
  const texts = parts ? [textOf(input)] : textsOf(input, "input");
  return plainJob({ model, message: texts[0] ?? "" }, () => {
    const results = texts.map((text) => {
      const held = (name: string): boolean => text.toLowerCase().includes(name);
      const each = <T>(value: (hit: boolean) => T): Record<string, T> =>
        Object.fromEntries(CATEGORIES.map((name) => [name, value(held(name))]));
      return {
        flagged: CATEGORIES.some(held),
        categories: each((hit) => hit),
        category_scores: each((hit) => (hit ? 0.99 : 0.0001)),
        category_applied_input_types: each((hit) => (hit ? ["text"] : [])),
      };
    });
    return { json: { id: "modr-simulator", model, results }, usage: spent(0) };
  });
}

/** `POST …/rerank`. */
export function rerank(request: ProviderRequest): Job {
  const body = jsonOf(request.raw);
  const model = readModel(body);
  checkModel(model);
  const query = typeof body["query"] === "string" ? body["query"] : "";
  if (query === "") throw new Refusal(400, "`query` is required.", null, "query");
  const documents = body["documents"];
  if (!Array.isArray(documents) || documents.length === 0) {
    throw new Refusal(400, "`documents` must be a list of at least one document.", null, "documents");
  }
  const texts = documents.map((item: unknown) => (isObject(item) ? String(item["text"] ?? "") : String(item)));
  const most = readCount(body, "top_n", texts.length) ?? texts.length;
  return plainJob({ model, message: query }, (script) => {
    const ranked = texts
      .map((text, index) => ({ index, relevance_score: relevance(script.rest, text), text }))
      .sort((one, other) => other.relevance_score - one.relevance_score)
      .slice(0, most);
    const results = ranked.map(({ text, ...rank }) =>
      body["return_documents"] === false ? rank : { ...rank, document: { text } },
    );
    const counted = [query, ...texts].reduce((sum, text) => sum + countTokens(text), 0);
    const tokens = script.promptTokens ?? counted;
    const usage = script.usage === "none" ? {} : { usage: { prompt_tokens: tokens, total_tokens: tokens } };
    return { json: { id: "rerank-simulator", object: "list", model, results, ...usage }, usage: spent(tokens) };
  });
}
