// How each row of the function `talk` succeeds, for the test that counts round trips. Not here: what should come of it.

import { admin, type Person, type Stack } from "./harness.ts";
import { callOf, conversationOf, promptOf, said, talk, VERSION } from "./talk-client.ts";

const UP = { rating: "up" };

/** How an operation of the function succeeds. */
export function talkCalls(stack: Stack, who: Person): Readonly<Record<string, () => Promise<Response>>> {
  const prompt =
    (method: string, rest = "", body?: unknown) =>
    async (): Promise<Response> =>
      talk(stack, who, method, `prompts/${await promptOf(stack, who)}${rest}`, body);
  const conversation =
    (method: string, rest = "", body?: unknown) =>
    async (): Promise<Response> =>
      talk(stack, who, method, `conversations/${await conversationOf(stack, who)}${rest}`, body);
  const answer = (method: string, rest: string, body?: unknown) => async (): Promise<Response> => {
    const id = await conversationOf(stack, who);
    const one = await said(stack, who, id, "hello");
    return talk(stack, who, method, `conversations/${id}/messages/${one.answer.id}${rest}`, body);
  };
  const call = (method: string, body?: unknown) => async (): Promise<Response> =>
    talk(stack, who, method, `calls/${await callOf(stack, who)}/feedback`, body);
  const preset = { variables: { text: "hello" }, model: "simulated-chat" };
  return {
    "POST /v1/prompts": () => talk(stack, who, "POST", "prompts", { name: "One", version: VERSION }),
    "GET /v1/prompts": () => talk(stack, who, "GET", "prompts"),
    "GET /v1/prompts/{id}": prompt("GET"),
    "PATCH /v1/prompts/{id}": prompt("PATCH", "", {}),
    "DELETE /v1/prompts/{id}": prompt("DELETE"),
    "POST /v1/prompts/{id}/versions": prompt("POST", "/versions", VERSION),
    "GET /v1/prompts/{id}/versions": prompt("GET", "/versions"),
    "GET /v1/prompts/{id}/versions/{version}": prompt("GET", "/versions/1"),
    "PUT /v1/prompts/{id}/labels/{label}": prompt("PUT", "/labels/production", { version: 1 }),
    "DELETE /v1/prompts/{id}/labels/{label}": prompt("DELETE", "/labels/production"),
    "POST /v1/prompts/{id}/render": prompt("POST", "/render", {}),
    "POST /v1/prompts/{id}/run": prompt("POST", "/run", {}),
    "GET /v1/presets": () => talk(stack, who, "GET", "presets"),
    "GET /v1/presets/{preset}": () => talk(stack, who, "GET", "presets/rewrite"),
    "POST /v1/presets/{preset}/render": () =>
      talk(stack, who, "POST", "presets/rewrite/render", { variables: preset.variables }),
    "POST /v1/presets/{preset}/run": () => talk(stack, who, "POST", "presets/rewrite/run", preset),
    "POST /v1/conversations": () => talk(stack, who, "POST", "conversations", {}),
    "GET /v1/conversations": () => talk(stack, who, "GET", "conversations"),
    "GET /v1/conversations/search": () => talk(stack, who, "GET", "conversations/search?q=hello"),
    "GET /v1/conversations/settings": () => talk(stack, who, "GET", "conversations/settings"),
    "PUT /v1/conversations/settings": () => talk(stack, who, "PUT", "conversations/settings", { retention_days: null }),
    "GET /v1/conversations/{id}": conversation("GET"),
    "PATCH /v1/conversations/{id}": conversation("PATCH", "", {}),
    "DELETE /v1/conversations/{id}": conversation("DELETE"),
    "GET /v1/conversations/{id}/export": conversation("GET", "/export"),
    "GET /v1/conversations/{id}/messages": conversation("GET", "/messages"),
    "POST /v1/conversations/{id}/messages": conversation("POST", "/messages", { content: "hello" }),
    "POST /v1/conversations/{id}/messages/{message_id}/regenerate": answer("POST", "/regenerate", {}),
    "PUT /v1/conversations/{id}/messages/{message_id}/feedback": answer("PUT", "/feedback", UP),
    "DELETE /v1/conversations/{id}/messages/{message_id}/feedback": answer("DELETE", "/feedback"),
    "PUT /v1/calls/{id}/feedback": call("PUT", UP),
    "DELETE /v1/calls/{id}/feedback": call("DELETE"),
    "GET /v1/admin/feedback": async () => talk(stack, await admin(stack), "GET", "admin/feedback"),
  };
}
