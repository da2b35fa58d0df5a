// Forwards a stream while a scanner looks at it. Equal to `relay` of shared/src/platform/edge.js: idle
// and total deadlines with one timer, a client that leaves cancels the upstream, an upstream that
// breaks ends in an error event. Pumped over an IdentityTransformStream, the fastest of the ways that
// bench/decide/stream.ts compares and that can do all this.

/**
 * Pumps `exchange` through `scanner`. `end(how)` gives the last bytes. Returns the client's side, and a
 * promise for when all is over.
 */
export function relay(exchange, scanner, deadlines, end) {
  const { readable, writable } = new IdentityTransformStream();
  return { readable, over: pump(exchange, scanner, writable.getWriter(), deadlines, end) };
}

/** Stops the exchange when nothing came for too long: one timer for the whole stream. */
class Watch {
  #timer;
  waitingSince = 0;

  constructor({ idle, total }, stop) {
    const until = Date.now() + total;
    const look = () => {
      const now = Date.now();
      const left = Math.min(until - now, this.waitingSince === 0 ? idle : this.waitingSince + idle - now);
      if (left > 0) this.#timer = setTimeout(look, left);
      else stop("stalled");
    };
    this.#timer = setTimeout(look, Math.min(idle, total));
  }

  end() {
    clearTimeout(this.#timer);
  }
}

async function pump(exchange, scanner, writer, deadlines, end) {
  const { reader } = exchange;
  const stop = (reason) => {
    exchange.cancel(reason);
    reader.cancel().catch(() => {});
  };
  const watch = new Watch(deadlines, stop);
  writer.closed.catch(() => stop("left"));
  let broken = false;
  try {
    for (let chunk = exchange.held; ; ) {
      const out = scanner.push(chunk);
      if (out !== undefined) await writer.write(out);
      if (scanner.oversized) stop("broken");
      watch.waitingSince = Date.now();
      const { done, value } = await reader.read();
      watch.waitingSince = 0;
      if (done) break;
      chunk = value;
    }
  } catch {
    broken = true;
  }
  watch.end();
  if (broken) await Promise.race([writer.closed, Promise.resolve()]).catch(() => stop("left"));
  const tail = end(exchange.reason ?? (broken ? "broken" : "finished"));
  try {
    if (tail.length > 0) await writer.write(tail);
    await writer.close();
  } catch {
    // The client has left; what was to be done is done.
  }
}
