// A ReadableStream of bytes: the runtime asks for more, and gets the next piece.

import { eventStream, newScanner, settle } from "./reading.js";

function reading(body) {
  const scanner = newScanner();
  const reader = body.getReader();
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) {
          settle(scanner);
          return controller.close();
        }
        const out = scanner.push(value);
        if (out !== undefined) return controller.enqueue(out);
      }
    },
    cancel(reason) {
      return reader.cancel(reason);
    },
  });
}

export default {
  async fetch(request, env) {
    const response = await fetch(env.UPSTREAM, request);
    return eventStream(reading(response.body));
  },
};
