// Requests that `fetch` would not send: in parts, half, or with a length that is
// not true. Not here: what should become of them.

import { type ClientRequest, type IncomingMessage, request } from "node:http";

/** A reply whose body was read. */
export interface RawReply {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A request on its way. */
export interface Raw {
  /** To write parts of the body, to end it, or to break it off. */
  readonly sent: ClientRequest;
  readonly reply: Promise<RawReply>;
}

/** Begins a `POST` of JSON; without a `content-length` the body goes in chunks. */
export function begin(url: string, headers: Readonly<Record<string, string>> = {}): Raw {
  const all = { "content-type": "application/json", ...headers };
  const sent = request(url, { method: "POST", headers: all, agent: false });
  const reply = new Promise<RawReply>((resolve, reject) => {
    sent.on("error", reject);
    sent.on("response", (message) => {
      let body = "";
      message.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      message.on("error", reject);
      message.on("end", () => resolve({ status: message.statusCode ?? 0, headers: message.headers, body }));
    });
  });
  sent.flushHeaders();
  return { sent, reply };
}

/** Hands a part of the body to the system; it has left this program when the promise is kept. */
export function write({ sent }: Raw, part: string): Promise<void> {
  return new Promise((resolve, reject) => {
    sent.write(part, (error) => (error ? reject(error) : resolve()));
  });
}
