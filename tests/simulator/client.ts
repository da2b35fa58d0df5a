// A bare HTTP client for the simulator's own tests: it keeps every chunk as it was framed and says
// whether the reply ended as HTTP has it. A client library would hide both.

import type { IncomingHttpHeaders } from "node:http";
import { request } from "node:http";

/** A reply as it came over the wire. */
export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  /** One entry for each HTTP chunk. */
  chunks: Buffer[];
  text: string;
  /** Whether the end of the body was sent; false where the connection broke. */
  complete: boolean;
}

/** Sends `body` as JSON and reads the reply to its end or to its breaking off; rejects where no headers come. */
export function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const req = request(
      url,
      { method: "POST", headers: { "content-type": "application/json", ...headers }, agent: false },
      (res) => {
        const chunks: Buffer[] = [];
        res.on("data", (chunk: Buffer) => chunks.push(chunk));
        res.on("error", () => undefined);
        res.on("close", () =>
          resolve({
            status: res.statusCode ?? 0,
            headers: res.headers,
            chunks,
            text: Buffer.concat(chunks).toString(),
            complete: res.complete,
          }),
        );
      },
    );
    req.on("error", reject);
    req.end(JSON.stringify(body));
  });
}

/** A request whose reply is not going to end by itself. */
export interface Hanging {
  /** Resolves with the status once headers are here. */
  headers: Promise<number>;
  /** Resolves with all text so far, once it holds `part`. */
  until(part: string): Promise<string>;
  leave(): void;
}

/** Starts a request and lets the caller watch and leave it. */
export function start(url: string, body: unknown): Hanging {
  let text = "";
  let check = (): void => undefined;
  const req = request(url, { method: "POST", agent: false });
  const headers = new Promise<number>((resolve) => {
    req.on("response", (res) => {
      res.on("data", (chunk: Buffer) => {
        text += chunk.toString("latin1");
        check();
      });
      res.on("error", () => undefined);
      resolve(res.statusCode ?? 0);
    });
  });
  req.on("error", () => undefined);
  req.end(JSON.stringify(body));
  const until = (part: string): Promise<string> =>
    new Promise((resolve) => {
      check = () => {
        if (text.includes(part)) resolve(text);
      };
      check();
    });
  return { headers, until, leave: () => req.destroy() };
}

/** A chat request with one user message and whatever else `more` says. */
export function chat(content: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { model: "simulated-chat", messages: [{ role: "user", content }], ...more };
}

/** The same, streamed and with usage. */
export function streamed(content: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return chat(content, { stream: true, stream_options: { include_usage: true }, ...more });
}

/** A JSON value whose shape the test knows; a wrong guess fails the test. */
// biome-ignore lint/suspicious/noExplicitAny: the shapes are what the tests look at
export type Loose = any;

/** The JSON of every `data:` line but `[DONE]`. */
export function events(text: string): Loose[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.startsWith("data: ") && line !== "data: [DONE]")
    .map((line) => JSON.parse(line.slice(6)));
}

/** The text of all content deltas of alternative `index`. */
export function content(text: string, index = 0): string {
  return events(text)
    .flatMap((event) => event.choices)
    .filter((choice: Loose) => choice.index === index)
    .map((choice: Loose) => choice.delta.content ?? "")
    .join("");
}
