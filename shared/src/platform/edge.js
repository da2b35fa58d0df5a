// The JavaScript side of the platform. Each function does in one crossing what would
// take many: reading a head, making a response, calling out, relaying a stream.
// No decisions are made here; those are in Rust, where they are tested.

// The order of `HeaderName` in head.rs.
const NAMES = [
  "authorization",
  "x-api-key",
  "content-type",
  "content-length",
  "cf-connecting-ip",
  "x-request-id",
  "traceparent",
  "origin",
  "access-control-request-method",
  "if-none-match",
  "idempotency-key",
  "user-agent",
  "accept-language",
];

// Where the client is, by two letters; only asked where a session begins or goes on, because `cf` is dear to read.
export function country(request) {
  return request.cf?.country ?? undefined;
}

export function head(request) {
  const headers = request.headers;
  let packed = `${Date.now()}\n${request.method}\n${request.url}`;
  for (let i = 0; i < NAMES.length; i++) packed += `\n${headers.get(NAMES[i]) ?? ""}`;
  return packed;
}

export function now() {
  return Date.now();
}

// A header that few requests are asked for; fields of one name are joined (RFC 9110 §5.3).
export function requestHeader(request, name) {
  return request.headers.get(name) ?? undefined;
}

export function log(line) {
  console.log(line);
}

// Header sets that replies share. Copying a Headers object is far cheaper than making one.
const bases = [];

export function defineBase(id, packed) {
  const headers = new Headers();
  eachPair(packed, (name, value) => headers.set(name, value));
  bases[id] = headers;
}

export function respond(status, base, extra, body, line) {
  console.log(line);
  const response = new Response(body, { status, headers: bases[base] });
  const headers = response.headers;
  eachPair(extra, (name, value) => headers.append(name, value));
  return response;
}

function eachPair(packed, use) {
  if (packed === "") return;
  const parts = packed.split("\n");
  for (let i = 0; i + 1 < parts.length; i += 2) use(parts[i], parts[i + 1]);
}

// A body of at most `limit` bytes. A declared length is enforced by the runtime's parser.
export async function read(message, limit) {
  const declared = message.headers.get("content-length");
  if (declared !== null && Number(declared) > limit) throw "too_large";
  if (message.body === null) return new Uint8Array(0);
  if (declared !== null) return within(new Uint8Array(await message.arrayBuffer()), limit);
  const chunks = [];
  let size = 0;
  const reader = message.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > limit) {
      reader.cancel().catch(() => {});
      throw "too_large";
    }
    chunks.push(value);
  }
  return joined(chunks, size);
}

function within(bytes, limit) {
  if (bytes.length > limit) throw "too_large";
  return bytes;
}

function joined(chunks, size) {
  if (chunks.length === 1) return chunks[0];
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

// A call that is under way: its response, and the handle that cancels it. `reason` is why it was cancelled.
class Exchange {
  constructor() {
    this.controller = new AbortController();
    this.reason = null;
    this.response = null;
    this.reader = null;
    this.held = null;
    this.body = undefined;
    this.bytes = undefined;
  }

  cancel(reason) {
    this.reason ??= reason;
    this.controller.abort();
  }

  // An answer that no signal ends: given up when the call is, and let go when it comes after that.
  unless(answer) {
    return new Promise((resolve, reject) => {
      this.controller.signal.addEventListener("abort", () => {
        reject("cancelled");
        answer.then(
          (response) => response.body?.cancel(),
          () => {},
        );
      });
      answer.then(resolve, reject);
    });
  }

  // Runs one step of the call under a deadline; rejects with "deadline", "left" or the failure's words.
  async within(milliseconds, step) {
    const timer = setTimeout(() => this.cancel("deadline"), milliseconds);
    try {
      return await step();
    } catch (error) {
      throw this.reason ?? (typeof error === "string" ? error : String(error?.message ?? error));
    } finally {
      clearTimeout(timer);
    }
  }
}

// `client` is the request that is being answered, when the call is to end with it. Of a success a body that is wanted
// `whole` is read at once, up to so many bytes, under the same deadline; what went wrong with it `readAnswer` tells.
export function send(target, url, method, headers, body, milliseconds, client, whole) {
  const exchange = new Exchange();
  const pairs = [];
  eachPair(headers, (name, value) => pairs.push([name, value]));
  client?.signal?.addEventListener("abort", () => exchange.cancel("left"));
  // One that has left before fires no event any more.
  if (client?.signal?.aborted) exchange.cancel("left");
  return exchange.within(milliseconds, async () => {
    const init = { method, headers: pairs, body, redirect: "manual", signal: exchange.controller.signal };
    const answer = method === "RUN" ? run(target, body) : (target ?? globalThis).fetch(url, init);
    exchange.response = await (method === "RUN" ? exchange.unless(answer) : answer);
    if (whole > 0 && exchange.response.ok) {
      exchange.body = read(exchange.response, whole);
      exchange.bytes = await exchange.body.catch(() => undefined);
    }
    return exchange;
  });
}

// What a model answers that is bound to this Worker: its raw response, errors included.
function run(ai, body) {
  const { model, ...inputs } = JSON.parse(new TextDecoder().decode(body));
  return ai.run(model, inputs, { returnRawResponse: true });
}

// Settles as `work` does, or rejects with "deadline"; what fails is told in words.
function bounded(work, milliseconds) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject("deadline"), milliseconds);
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error) => {
        clearTimeout(timer);
        reject(String(error?.message ?? error));
      },
    );
  });
}

// Passes a request on by handle and its response back by handle. The deadline is for the head alone.
export function forward(target, request, milliseconds) {
  return bounded(target.fetch(request), milliseconds);
}

// The Durable Object of this name; undefined when none is bound.
export function object(env, binding, name) {
  return env[binding]?.getByName(name);
}

// A small question to another function or an object, answered as `status\nbody`. `trace` is `traceparent` and request id,
// one a line, or empty; objects are sent none, and no headers.
export function ask(target, url, body, milliseconds, trace) {
  const init = { method: "POST", body };
  if (trace !== undefined) {
    init.headers = { "content-type": "application/json" };
    if (trace !== "") [init.headers.traceparent, init.headers["x-request-id"]] = trace.split("\n");
  }
  return bounded(target.fetch(url, init).then(answered), milliseconds);
}

function answered(response) {
  const { status } = response;
  return status === 204 ? "204\n" : response.text().then((text) => `${status}\n${text}`);
}

export function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}

export function status(exchange) {
  return exchange.response.status;
}

export function header(exchange, name) {
  return exchange.response.headers.get(name) ?? undefined;
}

export function readAnswer(exchange, limit, milliseconds) {
  return exchange.within(milliseconds, () => exchange.body ?? read(exchange.response, limit));
}

// The body that was read with the head; undefined when it was not, or not well.
export function bytesOf(exchange) {
  return exchange.bytes;
}

export function cancel(exchange) {
  exchange.cancel("cancelled");
}

// Waits for the first chunk and holds it, so that a stream that never begins is an error with a status.
export function first(exchange, milliseconds) {
  return exchange.within(milliseconds, async () => {
    if (exchange.response.body === null) throw "ended";
    exchange.reader = exchange.response.body.getReader();
    const { done, value } = await exchange.reader.read();
    if (done) throw "ended";
    exchange.held = value;
  });
}

// Relays the rest of a stream. `push(chunk)` answers true (forward it), bytes (forward these), undefined
// (nothing) or bytes in an array (these, then stop); `end(how)` answers the last bytes. Returns the client's side; `settled(promise)`
// is told when all is over, so that the runtime keeps the request alive after the client left.
export function relay(exchange, idle, total, push, end, settled) {
  const { readable, writable } = new IdentityTransformStream();
  settled(pump(exchange, writable.getWriter(), idle, total, push, end));
  return readable;
}

async function pump(exchange, writer, idle, total, push, end) {
  const { reader } = exchange;
  const until = Date.now() + total;
  let waitingSince = 0;
  let timer;
  const stop = (reason) => {
    exchange.cancel(reason);
    reader.cancel().catch(() => {});
  };
  // One timer for the whole stream: it looks how long the upstream has been silent, and sleeps again.
  const watch = () => {
    const now = Date.now();
    const left = Math.min(until - now, waitingSince === 0 ? idle : waitingSince + idle - now);
    if (left > 0) timer = setTimeout(watch, left);
    else stop(now >= until ? "expired" : "stalled");
  };
  timer = setTimeout(watch, Math.min(idle, total));
  writer.closed.catch(() => stop("left"));
  // A write waits until the client reads. One that has left never does, and the writer need not learn of it.
  const breakOff = () => {
    if (exchange.reason === "left") writer.abort("left").catch(() => {});
  };
  exchange.controller.signal.addEventListener("abort", breakOff);
  if (exchange.controller.signal.aborted) breakOff();
  let broken = false;
  try {
    for (let chunk = exchange.held; ; ) {
      const forward = push(chunk);
      if (forward === true) await writer.write(chunk);
      else if (Array.isArray(forward)) {
        await writer.write(forward[0]);
        stop("broken");
        break;
      } else if (forward !== undefined) await writer.write(forward);
      waitingSince = Date.now();
      const next = await reader.read();
      waitingSince = 0;
      if (next.done) break;
      chunk = next.value;
    }
  } catch {
    broken = true;
  }
  clearTimeout(timer);
  // A failed write is told through `closed`, too: let that be heard before the reason is read.
  if (broken) await Promise.race([writer.closed, Promise.resolve()]).catch(() => stop("left"));
  const tail = end(exchange.reason ?? (broken ? "broken" : "finished"));
  try {
    if (tail.length > 0) await writer.write(tail);
    await writer.close();
  } catch {
    // The client has left; what was to be done is done.
  }
}

// A stream that is written here, text by text. A write waits until the client reads; one that has left never does, so its
// leaving breaks the write off.
class Pen {
  constructor(client) {
    const { readable, writable } = new IdentityTransformStream();
    this.readable = readable;
    this.writer = writable.getWriter();
    this.writer.closed.catch(() => {});
    const leave = () => this.writer.abort("left").catch(() => {});
    client?.signal?.addEventListener("abort", leave);
    if (client?.signal?.aborted) leave();
  }
}

export function pen(client) {
  return new Pen(client);
}

export function readable(pen) {
  return pen.readable;
}

// Whether the client has it.
export function write(pen, text) {
  return pen.writer.write(new TextEncoder().encode(text)).then(
    () => true,
    () => false,
  );
}

export function close(pen) {
  return pen.writer.close().catch(() => {});
}

// The runtime's local limiter; absent in settings that do not configure one.
export function withinLimit(limiter, key) {
  return limiter.limit({ key }).then(({ success }) => success);
}

// What a Durable Object is asked: the path, then the body.
export async function question(request) {
  const { url } = request;
  const text = await request.text();
  return `${url.slice(url.indexOf("/", url.indexOf("//") + 2))}\n${text}`;
}

export function objectReply(status, text) {
  return status === 200 ? new Response(text) : new Response(status === 204 ? null : text, { status });
}
