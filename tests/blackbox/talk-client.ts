// Conversations, prompts and feedback of the function `talk`, for tests. Not here: assertions about what it does.

import { randomUUID } from "node:crypto";
import { change, type Person, type Stack } from "./harness.ts";
import { reply } from "./organisations-client.ts";

/** A message as its person sees it. */
export interface Message {
  readonly id: string;
  readonly parent: string | null;
  readonly role: "user" | "assistant";
  readonly content: string;
  readonly state: "complete" | "partial" | "broken";
  readonly error: string | null;
  readonly model: string | null;
  readonly provider: string | null;
  readonly request_id: string | null;
  readonly siblings: readonly string[];
}

/** A conversation as its person sees it. */
export interface Conversation {
  readonly id: string;
  readonly title: string;
  readonly title_by: string;
  readonly head: string | null;
  readonly messages: number;
  readonly answering: boolean;
}

type Caller = Pick<Person, "headers">;

/** `<method> /v1/<path>` of the function itself. */
export function talk(
  stack: Stack,
  who: Caller,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const all = { "content-type": "application/json", ...who.headers, ...headers };
  return fetch(`${stack.functions.talk}/v1/${path}`, { method, headers: all, ...init });
}

/** Makes a conversation with the simulator's model; its id. */
export async function conversationOf(stack: Stack, who: Caller, wish: object = {}): Promise<string> {
  const made = talk(stack, who, "POST", "conversations", { model: "simulated-chat", ...wish });
  return (await reply<Conversation>(made, 201)).id;
}

/** Says something and waits for the plain answer. */
export async function said(
  stack: Stack,
  who: Caller,
  conversation: string,
  content: string,
  more: object = {},
): Promise<{ message: Message; answer: Message }> {
  return reply(talk(stack, who, "POST", `conversations/${conversation}/messages`, { content, ...more }));
}

/** The messages of the branch that is shown, oldest first. */
export async function branch(stack: Stack, who: Caller, conversation: string): Promise<Message[]> {
  const list = talk(stack, who, "GET", `conversations/${conversation}/messages?limit=100`);
  return (await reply<{ data: Message[] }>(list)).data.reverse();
}

/** The conversation as it is. */
export function state(stack: Stack, who: Caller, conversation: string): Promise<Conversation> {
  return reply(talk(stack, who, "GET", `conversations/${conversation}`));
}

/** A version of a prompt with one variable, `name`, that has a default. */
export const VERSION = {
  messages: [{ role: "user", content: "Greet {{name}}." }],
  variables: [{ name: "name", default: "Ada" }],
  model: "simulated-chat",
};

/** Makes a prompt; its id. */
export async function promptOf(stack: Stack, who: Caller, version: object = VERSION): Promise<string> {
  const made = talk(stack, who, "POST", "prompts", { name: "Greeting", version });
  return (await reply<{ id: string }>(made, 201)).id;
}

/** A booked call of somebody, written as the ledger's consumer writes one; its id. */
export async function callOf(stack: Stack, { id }: Pick<Person, "id">): Promise<string> {
  const call = `call_${randomUUID()}`;
  const sql = `INSERT INTO ledger (call_id, org_id, user_id, request_id, trace_id, model, provider, stream, status,
    settlement, prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens, started_at, finished_at)
    VALUES (?, ?, ?, ?, 't', 'm', 'p', 0, 'succeeded', 'reported', 1, 0, 1, 0, 1, 1)`;
  await change(stack, sql, [call, id, id, `req_${call}`]);
  // Something was said, of which nothing could be kept.
  const kept = `INSERT INTO captures (call_id, part, piece, org_id, user_id, request_id, media, cut, sealed, captured_at,
    expires_at) VALUES (?, 'reply', 0, ?, ?, ?, 'application/json', 1, '', 1, ?)`;
  await change(stack, kept, [call, id, id, `req_${call}`, Date.now() + 86_400_000]);
  return call;
}
