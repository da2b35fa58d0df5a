// One branch goes out by handle, the other is read. The usage chunk cannot be withheld this way, and an
// error cannot be added at the end.

import { newScanner, settle } from "./reading.js";

async function read(stream) {
  const scanner = newScanner();
  for await (const piece of stream) scanner.push(piece);
  settle(scanner);
}

export default {
  async fetch(request, env, ctx) {
    const response = await fetch(env.UPSTREAM, request);
    const [out, aside] = response.body.tee();
    ctx.waitUntil(read(aside));
    return new Response(out, response);
  },
};
