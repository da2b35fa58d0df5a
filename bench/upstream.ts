// The provider and the queue's other end, as one small process beside the runtime: constant bytes
// over raw sockets, so that what is measured is the Worker and what is waited for is little.
// `node bench/upstream.ts` prints `upstream listening on 127.0.0.1:PORT`; SIGTERM ends it.

import { createServer, type Socket } from "node:net";

/** Events of a streamed answer in which the model writes. */
const CHUNKS = 50;
/** Pause between two events: long enough that each arrives by itself, as from a real provider. */
const PACE_MS = 2;

const MODEL = "gpt-4o-mini-2024-07-18";
const USAGE = {
  prompt_tokens: 219,
  completion_tokens: 51,
  total_tokens: 270,
  prompt_tokens_details: { cached_tokens: 128, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
};

function head(media: string, length: string): string {
  return `HTTP/1.1 200 OK\r\ncontent-type: ${media}\r\nx-request-id: req_upstream\r\n${length}\r\n\r\n`;
}

function whole(body: string): Buffer {
  return Buffer.from(head("application/json", `content-length: ${Buffer.byteLength(body)}`) + body);
}

/** A plain answer of some 700 bytes. */
const PLAIN = whole(
  JSON.stringify({
    id: "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
    object: "chat.completion",
    created: 1741569952,
    model: MODEL,
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: "A selvage is the self-finished edge that keeps a cloth from fraying. 布边让织物不散。",
          refusal: null,
          annotations: [],
        },
        logprobs: null,
        finish_reason: "stop",
      },
    ],
    usage: USAGE,
    service_tier: "default",
    system_fingerprint: "fp_fc9f1d7035",
  }),
);

/** What the queue's end answers. */
const ACCEPTED = whole(JSON.stringify({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } }));

function event(choices: unknown[], usage: unknown): string {
  const common = { id: "chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG", object: "chat.completion.chunk", created: 1741570283 };
  return `data: ${JSON.stringify({ ...common, model: MODEL, service_tier: "default", system_fingerprint: "fp_44709d6fcb", choices, usage })}\n\n`;
}

const written = (delta: unknown, finish: string | null = null): string =>
  event([{ index: 0, delta, logprobs: null, finish_reason: finish }], null);

/** The pieces of a streamed answer, each written by itself: the events, usage, and the terminal marker. */
const STREAM: Buffer[] = [
  written({ role: "assistant", content: "", refusal: null }),
  ...Array.from({ length: CHUNKS - 2 }, (_, i) => written({ content: ` word${i}` })),
  written({}, "stop"),
  event([], USAGE),
  "data: [DONE]\n\n",
].map((text, i) => {
  const chunk = `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
  return Buffer.from(i === 0 ? head("text/event-stream", "transfer-encoding: chunked") + chunk : chunk);
});
const END = Buffer.from("0\r\n\r\n");

/** Streams under way: the socket and its next piece. One timer serves all of them. */
const streams = new Map<Socket, number>();
setInterval(() => {
  for (const [socket, next] of streams) {
    const piece = STREAM[next];
    socket.write(piece ?? END);
    if (piece) streams.set(socket, next + 1);
    else streams.delete(socket);
  }
}, PACE_MS).unref();

/** The last request of each path, for the check that both sides send the same. */
const seen = new Map<string, string>();

function answer(socket: Socket, request: string): void {
  const path = request.slice(request.indexOf(" ") + 1, request.indexOf(" HTTP/"));
  if (path === "/seen") socket.write(whole(JSON.stringify(Object.fromEntries(seen))));
  else if (path === "/forget") {
    seen.clear();
    socket.write(ACCEPTED);
  } else {
    const stream = request.includes('"stream":true');
    const chat = path.endsWith("/chat/completions");
    seen.set(stream ? `${path} stream` : path, request);
    if (!chat) socket.write(ACCEPTED);
    else if (stream) {
      // The first event comes with the head, at once: how late it is passed on is measured.
      socket.write(STREAM[0] ?? END);
      streams.set(socket, 1);
    } else socket.write(PLAIN);
  }
}

/** Bytes the first request in `text` has, or 0 while it is not complete. */
function lengthOf(text: string): number {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return 0;
  const declared = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, headEnd));
  if (declared) return headEnd + 4 + Number(declared[1]);
  if (!/\r\ntransfer-encoding: *chunked/i.test(text.slice(0, headEnd))) return headEnd + 4;
  const last = text.indexOf("\r\n0\r\n\r\n", headEnd + 2);
  return last < 0 ? 0 : last + 7;
}

const server = createServer({ noDelay: true }, (socket) => {
  let received = "";
  socket.setEncoding("latin1");
  socket.on("data", (data: string) => {
    received += data;
    for (let length = lengthOf(received); length > 0 && length <= received.length; length = lengthOf(received)) {
      answer(socket, received.slice(0, length));
      received = received.slice(length);
    }
  });
  socket.on("error", () => {});
  socket.on("close", () => streams.delete(socket));
});

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  process.stdout.write(`upstream listening on 127.0.0.1:${address.port}\n`);
});
process.on("SIGTERM", () => process.exit(0));
