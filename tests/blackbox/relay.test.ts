// Pieces of a stream wait for no timer: the platform's relay, with timers that never ring. Everything else about streams
// is asked of built Workers.

import assert from "node:assert/strict";
import { before, mock, test } from "node:test";

/** What is used of `shared/src/platform/edge.js`. */
interface Edge {
  send(target: object, url: string, method: string, headers: string, body: string, ms: number): Promise<object>;
  first(exchange: object, ms: number): Promise<void>;
  relay(
    exchange: object,
    idle: number,
    total: number,
    push: (chunk: Uint8Array) => true,
    end: (how: string) => Uint8Array,
    settled: (over: Promise<void>) => void,
  ): ReadableStream<Uint8Array>;
}

let edge: Edge;

before(async () => {
  edge = (await import(new URL("../../shared/src/platform/edge.js", import.meta.url).href)) as Edge;
  // The runtime's own; Node has the one of the standard.
  Object.assign(globalThis, { IdentityTransformStream: TransformStream });
});

test("every piece of a stream goes on at once, the first one too, though no timer ever rings", async () => {
  const timers = mock.method(globalThis, "setTimeout", () => 0);
  try {
    let provider: ReadableStreamDefaultController<Uint8Array> | undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        provider = controller;
      },
    });
    const target = { fetch: async () => new Response(body) };
    const exchange = await edge.send(target, "http://provider/", "POST", "", "{}", 60_000);
    const pieces = ["one", "two", "three"].map((text) => new TextEncoder().encode(text));
    provider?.enqueue(pieces[0] ?? new Uint8Array());
    await edge.first(exchange, 60_000);
    let over: Promise<void> = Promise.resolve();
    const settled = (pumping: Promise<void>): void => {
      over = pumping;
    };
    const nothing = (): Uint8Array => new Uint8Array();
    const client = edge.relay(exchange, 60_000, 60_000, () => true, nothing, settled).getReader();
    for (const [i, piece] of pieces.entries()) {
      // The next piece is not sent before this one has come through.
      if (i > 0) provider?.enqueue(piece);
      assert.equal((await client.read()).value, piece);
    }
    provider?.close();
    assert.equal((await client.read()).done, true);
    await over;
    assert.ok(timers.mock.callCount() > 0, "deadlines are set, and none had to ring");
  } finally {
    timers.mock.restore();
  }
});
