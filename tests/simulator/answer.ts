// What the simulator answers: from a prompt and a script to texts, tool calls and token counts. A pure
// function, so that a streamed and a plain request with the same message get the same answer.

import { hash } from "node:crypto";
import type { Answer, Choice, Prompt, ToolCall, Usage } from "./dialect.ts";
import { instanceOf } from "./schema.ts";
import type { Script } from "./script.ts";
import { clip, countTokens, filler, replyTo, stretch, thoughtsOn, toolArguments } from "./text.ts";

/** Composes the answer to `prompt` as `script` would have it. */
export function compose(prompt: Prompt, script: Script): Answer {
  const id = hash("sha256", `${prompt.model}\n${prompt.message}`).slice(0, 24);
  const choices: Choice[] = [];
  for (let index = 0; index < prompt.choices; index++) choices.push(choose(prompt, script, id, index));
  return { id, model: prompt.model, choices, usage: count(prompt, script, choices) };
}

/** Whether a model thinks before it speaks. */
export function reasons(model: string): boolean {
  return model.includes("reasoning") || model.includes("thinking");
}

function choose(prompt: Prompt, script: Script, id: string, index: number): Choice {
  let left = prompt.maxTokens ?? Number.POSITIVE_INFINITY;
  let clipped = false;
  const spend = (text: string): string => {
    const kept = left === Number.POSITIVE_INFINITY ? text : clip(text, left);
    left -= countTokens(kept);
    clipped ||= kept.length < text.length;
    return kept;
  };
  const reasoning = reasons(prompt.model) ? spend(thoughtsOn(script.rest)) : "";
  const calls = toolCalls(prompt, script, id, index);
  const text = calls.length > 0 && script.text === null ? "" : spend(say(prompt, script, index));
  const tools: ToolCall[] = [];
  for (const call of calls) {
    if (left < countTokens(call.name)) {
      clipped = true;
      break;
    }
    tools.push({ ...call, name: spend(call.name), json: spend(call.json) });
  }
  return { reasoning, text, tools, finish: clipped ? "length" : tools.length > 0 ? "tool_calls" : "stop" };
}

function say(prompt: Prompt, script: Script, index: number): string {
  if (script.text !== null) return script.text.toWellFormed();
  if (script.big !== null) return filler(script.big);
  if (prompt.schema !== null) return JSON.stringify(instanceOf(prompt.schema, script.rest));
  const seen = prompt.images === 0 ? "" : ` [${prompt.images} images seen]`;
  const reply = replyTo(script.rest + seen, index);
  return script.chunks === null ? reply : stretch(reply, script.chunks);
}

function toolCalls(prompt: Prompt, script: Script, id: string, choice: number): ToolCall[] {
  const { forced } = prompt;
  if (forced !== null && script.tools.length === 0) {
    const json = JSON.stringify(instanceOf(forced.schema, script.rest));
    return [{ id: `${id.slice(0, 20)}${choice}0`, name: forced.name, json }];
  }
  const wanted = script.tools.filter((name) => prompt.tools.includes(name));
  const allowed = prompt.parallelTools ? wanted : wanted.slice(0, 1);
  return allowed.map((name, index) => {
    const json = toolArguments(script.rest, index);
    return {
      id: `${id.slice(0, 20)}${choice}${index}`,
      name,
      json: script.chunks === null ? json : padded(json, script.chunks),
    };
  });
}

// Blanks before the closing brace keep the arguments valid JSON and give every wanted piece a code point.
function padded(json: string, count: number): string {
  return `${json.slice(0, -1)}${" ".repeat(Math.max(0, count - Array.from(json).length))}}`;
}

function count(prompt: Prompt, script: Script, choices: Choice[]): Usage {
  let thought = 0;
  let spoken = 0;
  for (const choice of choices) {
    thought += countTokens(choice.reasoning);
    spoken += countTokens(choice.text);
    for (const call of choice.tools) spoken += countTokens(call.name) + countTokens(call.json);
  }
  const total = script.promptTokens ?? prompt.promptTokens;
  const reasoning = script.reasoningTokens ?? thought;
  return {
    prompt: total,
    completion: script.completionTokens ?? spoken + reasoning,
    cached: script.cachedTokens ?? (reasons(prompt.model) ? Math.floor(total / 2) : 0),
    cacheWrite: script.cacheWriteTokens ?? 0,
    reasoning,
  };
}
