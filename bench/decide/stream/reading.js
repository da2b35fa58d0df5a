// The scanner every way runs, set as the AI function sets it.

import { Scanner } from "./scan.js";

const POINTERS = {
  reply: "/usage",
  prompt: ["/prompt_tokens"],
  cached: ["/prompt_tokens_details/cached_tokens"],
  completion: ["/completion_tokens"],
  reasoning: ["/completion_tokens_details/reasoning_tokens"],
};

export const newScanner = () => new Scanner(POINTERS, true);

export const eventStream = (body) => new Response(body, { headers: { "Content-Type": "text/event-stream" } });

/** What the end of a stream is checked for, so that no way gets by without reading. */
export function settle(scanner) {
  scanner.finish();
  if (!scanner.doneSeen || scanner.usage === undefined) throw new Error("the stream was not read to its end");
}
