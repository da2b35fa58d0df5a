// Reads what both families of request bodies have in common: messages, their text, their token count,
// bounds. What is not looked at is accepted as it is; the journal keeps it.

import type { ForcedTool, JsonObject } from "./dialect.ts";
import { Refusal } from "./dialect.ts";
import { countTokens } from "./text.ts";

/** Whether `value` is a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The text of a message's content: a string, or the `text` (or nested content) of its parts. */
export function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: unknown) => {
      if (typeof part === "string") return part;
      if (!isObject(part)) return "";
      return typeof part["text"] === "string" ? part["text"] : textOf(part["content"]);
    })
    .join("");
}

const IMAGE_PARTS = new Set<unknown>(["image_url", "image", "input_image"]);

/** How many images a message's content shows. */
export function imagesOf(content: unknown): number {
  return Array.isArray(content) ? content.filter((part) => isObject(part) && IMAGE_PARTS.has(part["type"])).length : 0;
}

/** The tokens of one message: three for its frame, those of its text, and 85 for an image. */
export function messageTokens(content: unknown): number {
  return 3 + countTokens(textOf(content)) + 85 * imagesOf(content);
}

/** What `messages` say; throws a 400 for anything but a list of objects with at least one of them. */
export function readMessages(value: unknown): { message: string; tokens: number; lastRole: unknown; images: number } {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isObject)) {
    throw new Refusal(400, "`messages` must be a list of at least one message.", null, "messages");
  }
  let tokens = 0;
  let message = "";
  let lastRole: unknown = null;
  let images = 0;
  for (const item of value) {
    tokens += messageTokens(item["content"]);
    lastRole = item["role"];
    const text = textOf(item["content"]);
    // Anthropic's results of tools come from the user, and are not what is asked.
    if (lastRole !== "user" || (text === "" && message !== "")) continue;
    if (isToolResult(item["content"])) {
      lastRole = "tool";
      continue;
    }
    message = text;
    images = imagesOf(item["content"]);
  }
  return { message, tokens, lastRole, images };
}

function isToolResult(content: unknown): boolean {
  return Array.isArray(content) && content.some((part) => isObject(part) && part["type"] === "tool_result");
}

/** The tokens a system prompt adds, 0 without one. */
export function systemTokens(system: unknown): number {
  return system === undefined || system === null ? 0 : messageTokens(system);
}

/** The tokens that offered tools add: those of their JSON text. */
export function toolTokens(tools: unknown): number {
  return Array.isArray(tools) && tools.length > 0 ? countTokens(JSON.stringify(tools)) : 0;
}

/**
 * The tool a request demands: the one it names, or the first where any will do. `read` gives a tool's name and schema.
 */
export function forcedTool(
  tools: unknown,
  wanted: { any: boolean; name: unknown },
  read: (tool: JsonObject) => { name: unknown; schema: unknown },
): ForcedTool | null {
  if (!Array.isArray(tools) || !(wanted.any || typeof wanted.name === "string")) return null;
  for (const tool of tools.filter(isObject)) {
    const { name, schema } = read(tool);
    if (typeof name !== "string" || !(wanted.any || name === wanted.name)) continue;
    return { name, schema: isObject(schema) ? schema : { type: "object" } };
  }
  return null;
}

/** The field `model`; throws a 400 without one. */
export function readModel(body: JsonObject): string {
  const model = body["model"];
  if (typeof model === "string" && model !== "") return model;
  throw new Refusal(400, "you must provide a model parameter", null, "model");
}

/** A whole number of at least 1, or `null` where the field is absent; throws a 400 for anything else. */
export function readCount(body: JsonObject, field: string, most: number): number | null {
  const value = body[field];
  if (value === undefined || value === null) return null;
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Refusal(400, `Invalid '${field}': expected a whole number from 1 to ${most}.`, null, field);
}
