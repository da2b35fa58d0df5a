// The events of a streamed response: items open, grow by deltas and close, numbered from 0.

import type { Answer, JsonObject, SseEvent } from "./dialect.ts";
import { isObject } from "./request.ts";
import { outputOf, responseOf } from "./responses.ts";
import type { Script } from "./script.ts";
import { quotedPieces } from "./text.ts";

/** Collects events and numbers them. */
class Events {
  readonly list: SseEvent[] = [];

  add(type: string, members: JsonObject, textBytes = 0): void {
    const json = JSON.stringify({ type, sequence_number: this.list.length, ...members });
    this.list.push({ wire: `event: ${type}\ndata: ${json}\n\n`, textBytes });
  }

  /** One event for each piece of `text`. */
  deltas(type: string, members: JsonObject, text: string, count: number | null): void {
    for (const piece of quotedPieces(text, count)) {
      this.add(type, { ...members, delta: JSON.parse(piece.json) }, piece.bytes);
    }
  }
}

/** All events of a streamed response. */
export function responseEvents(answer: Answer, script: Script): SseEvent[] {
  const events = new Events();
  const begun = responseOf(answer, "in_progress", [], null);
  events.add("response.created", { response: begun });
  events.add("response.in_progress", { response: begun });
  const output = outputOf(answer);
  output.forEach((item, index) => {
    if (item["type"] === "reasoning") reasoning(events, item, index);
    else if (item["type"] === "message") message(events, item, index, script);
    else functionCall(events, item, index, script);
    events.add("response.output_item.done", { output_index: index, item });
  });
  const status = answer.choices[0]?.finish === "length" ? "incomplete" : "completed";
  const usage = script.usage === "none" ? null : answer.usage;
  events.add(`response.${status}`, { response: responseOf(answer, status, output, usage) });
  return events.list;
}

function reasoning(events: Events, item: JsonObject, index: number): void {
  const text = textIn(item["summary"]);
  const at = { item_id: item["id"], output_index: index, summary_index: 0 };
  events.add("response.output_item.added", { output_index: index, item: { ...item, summary: [] } });
  events.add("response.reasoning_summary_part.added", { ...at, part: { type: "summary_text", text: "" } });
  events.deltas("response.reasoning_summary_text.delta", at, text, null);
  events.add("response.reasoning_summary_text.done", { ...at, text });
  events.add("response.reasoning_summary_part.done", { ...at, part: { type: "summary_text", text } });
}

function message(events: Events, item: JsonObject, index: number, script: Script): void {
  const text = textIn(item["content"]);
  const at = { item_id: item["id"], output_index: index, content_index: 0 };
  const part = { type: "output_text", text: "", annotations: [], logprobs: [] };
  const opened = { ...item, status: "in_progress", content: [] };
  events.add("response.output_item.added", { output_index: index, item: opened });
  events.add("response.content_part.added", { ...at, part });
  events.deltas("response.output_text.delta", { ...at, logprobs: [] }, text, script.chunks);
  events.add("response.output_text.done", { ...at, text, logprobs: [] });
  events.add("response.content_part.done", { ...at, part: { ...part, text } });
}

function functionCall(events: Events, item: JsonObject, index: number, script: Script): void {
  const json = String(item["arguments"]);
  const at = { item_id: item["id"], output_index: index };
  const opened = { ...item, status: "in_progress", arguments: "" };
  events.add("response.output_item.added", { output_index: index, item: opened });
  events.deltas("response.function_call_arguments.delta", at, json, script.chunks);
  events.add("response.function_call_arguments.done", { ...at, name: item["name"], arguments: json });
}

function textIn(parts: unknown): string {
  const first: unknown = Array.isArray(parts) ? parts[0] : null;
  return isObject(first) && typeof first["text"] === "string" ? first["text"] : "";
}
