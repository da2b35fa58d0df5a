// A client that can leave in the middle of a call. workerd on a laptop notices a reset connection and a write
// that fails, but not a mere half-close, which is legal in HTTP; so these clients reset.

import { type ClientRequest, request } from "node:http";
import type { Body } from "./ai-call.ts";
import type { Person } from "./harness.ts";

/** A request whose client can leave whenever it wants to. */
export interface Visit {
  /** Resolves when the text received so far holds this. */
  until(part: string): Promise<void>;
  /** Resets the connection. */
  leave(): void;
}

/** Sends a chat request to this origin, or another that is answered by a chat. */
export function visit(origin: string, who: Pick<Person, "headers">, body: Body, path = "/v1/chat/completions"): Visit {
  let text = "";
  let look = (): void => {};
  const headers = { "content-type": "application/json", ...who.headers };
  const options = { method: "POST", headers, agent: false };
  const asked: ClientRequest = request(`${origin}${path}`, options, (reply) => {
    reply.on("error", () => {});
    reply.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      look();
    });
  });
  asked.on("error", () => {});
  asked.end(JSON.stringify(body));
  const until = (part: string): Promise<void> =>
    new Promise((done) => {
      look = () => void (text.includes(part) && done());
      look();
    });
  return { until, leave: () => void asked.socket?.resetAndDestroy() };
}
