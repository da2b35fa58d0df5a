// How each row of the function `ai` that calls a model succeeds, for the test that counts round trips; the chat's own is
// there. Not here: what should come of it.

import type { Person, Stack } from "./harness.ts";

/** How an operation of the function succeeds. */
export function modelCalls(stack: Stack, who: Person): Readonly<Record<string, () => Promise<Response>>> {
  const ask = (path: string, body: unknown) => (): Promise<Response> =>
    fetch(`${stack.functions.ai}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...who.headers },
      body: JSON.stringify(body),
    });
  const sound = (): Promise<Response> => {
    const form = new FormData();
    form.set("model", "simulated-whisper");
    form.set("file", new Blob([new Uint8Array(2_000)]), "hello.wav");
    return fetch(`${stack.functions.ai}/v1/audio/transcriptions`, { method: "POST", headers: who.headers, body: form });
  };
  const messages = [{ role: "user", content: "hello" }];
  return {
    "POST /v1/messages": ask("/v1/messages", { model: "simulated-chat", max_tokens: 50, messages }),
    "POST /v1/messages/count_tokens": ask("/v1/messages/count_tokens", { model: "simulated-chat", messages }),
    "POST /v1/responses": ask("/v1/responses", { model: "simulated-chat", input: "hello" }),
    "POST /v1/embeddings": ask("/v1/embeddings", { model: "simulated-embedding", input: "hello" }),
    "POST /v1/images/generations": ask("/v1/images/generations", { model: "simulated-image", prompt: "a cat" }),
    "POST /v1/audio/transcriptions": sound,
    "POST /v1/audio/speech": ask("/v1/audio/speech", { model: "simulated-speech", input: "hello", voice: "alloy" }),
    "POST /v1/moderations": ask("/v1/moderations", { model: "simulated-moderation", input: "hello" }),
    "POST /v1/rerank": ask("/v1/rerank", { model: "simulated-rerank", query: "hello", documents: ["hello", "world"] }),
  };
}
