// A TransformStream in JavaScript. Its flush does not run when the upstream breaks.

import { eventStream, newScanner, settle } from "./reading.js";

export default {
  async fetch(request, env) {
    const response = await fetch(env.UPSTREAM, request);
    const scanner = newScanner();
    const through = new TransformStream({
      transform(piece, controller) {
        const out = scanner.push(piece);
        if (out !== undefined) controller.enqueue(out);
      },
      flush() {
        settle(scanner);
      },
    });
    return eventStream(response.body.pipeThrough(through));
  },
};
