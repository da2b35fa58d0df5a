// A loop that reads and writes, over the runtime's own IdentityTransformStream.

import { eventStream, newScanner, settle } from "./reading.js";

async function pump(readable, writable) {
  const scanner = newScanner();
  const reader = readable.getReader();
  const writer = writable.getWriter();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const out = scanner.push(next.value);
    if (out !== undefined) await writer.write(out);
  }
  await writer.close();
  settle(scanner);
}

export default {
  async fetch(request, env, ctx) {
    const response = await fetch(env.UPSTREAM, request);
    const { readable, writable } = new IdentityTransformStream();
    ctx.waitUntil(pump(response.body, writable));
    return eventStream(readable);
  },
};
