// Reads beside a stream while it is forwarded. Equal to functions/ai/src/{sse,scan,glance}.rs: whole
// events go out byte for byte however the stream was torn, the usage chunk nobody asked for is kept
// back, usage, errors and text are noted. Events are read with JSON.parse, which is what is fast here.

import { usageOf, usageOfChoices } from "./price.js";

const LF = 10;
const CR = 13;
const MAX_EVENT_BYTES = 1 << 20;
const NOTHING = new Uint8Array(0);

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** Finds where blocks of lines end, in a stream that arrives in pieces. */
class Framer {
  #atLineStart = true;
  #afterCr = false;

  /** The index after the blank line of the block that goes on at `from`; -1 when it is not here yet. */
  blockEnd(bytes, from, hasCr) {
    let at = from + this.tornLf(bytes, from);
    for (;;) {
      const end = this.#lineEnd(bytes, at, hasCr);
      if (end < 0) {
        if (at < bytes.length) this.#atLineStart = false;
        return -1;
      }
      const blank = this.#atLineStart && end === at;
      this.#atLineStart = true;
      this.#afterCr = bytes[end] === CR;
      at = end + 1;
      at += this.tornLf(bytes, at);
      if (blank) return at;
    }
  }

  /** 1 when the byte at `from` is the LF of a CRLF whose CR was the byte before it. */
  tornLf(bytes, from) {
    if (!this.#afterCr || from >= bytes.length) return 0;
    this.#afterCr = false;
    return bytes[from] === LF ? 1 : 0;
  }

  #lineEnd(bytes, from, hasCr) {
    const lf = bytes.indexOf(LF, from);
    if (!hasCr) return lf;
    const cr = bytes.indexOf(CR, from);
    return lf < 0 || (cr >= 0 && cr < lf) ? cr : lf;
  }
}

/** The value of a block's `data` fields. */
function dataOf(text) {
  let data;
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line !== "data" && !line.startsWith("data:")) continue;
    const value = line.slice(line[5] === " " ? 6 : 5);
    data = data === undefined ? value : `${data}\n${value}`;
  }
  return data;
}

function concat(parts) {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export class Scanner {
  #framer = new Framer();
  #pointers;
  #withhold;
  #held = [];
  #heldBytes = 0;
  #first = true;
  #lastWithheld = false;
  #written = [];
  usage = undefined;
  writtenEvents = 0;
  doneSeen = false;
  errorSeen = false;
  oversized = false;

  constructor(pointers, withholdUsage) {
    this.#pointers = pointers;
    this.#withhold = withholdUsage;
  }

  /** What the client gets for the next piece: the very piece, other bytes, or undefined. */
  push(piece) {
    if (this.oversized) return undefined;
    const hasCr = piece.includes(CR);
    const out = [];
    let whole = this.#held.length === 0;
    let start = 0;
    if (whole && this.#framer.tornLf(piece, 0) === 1) {
      start = 1;
      if (this.#lastWithheld) whole = false;
      else out.push(piece.subarray(0, 1));
    }
    for (
      let end = this.#framer.blockEnd(piece, start, hasCr);
      end >= 0;
      end = this.#framer.blockEnd(piece, start, hasCr)
    ) {
      const block = concat([...this.#takeHeld(), piece.subarray(start, end)]);
      start = end;
      if (block.length > MAX_EVENT_BYTES) return this.#stop(out);
      if (this.#keeps(block)) out.push(block);
      else whole = false;
    }
    if (start < piece.length) {
      whole = false;
      this.#held.push(piece.subarray(start));
      this.#heldBytes += piece.length - start;
      if (this.#heldBytes > MAX_EVENT_BYTES) return this.#stop(out);
    }
    if (whole) return piece;
    return out.length === 0 ? undefined : concat(out);
  }

  #takeHeld() {
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    return held;
  }

  #stop(out) {
    this.oversized = true;
    this.#takeHeld();
    return out.length === 0 ? NOTHING : concat(out);
  }

  #keeps(block) {
    const text = decoder.decode(block);
    const data = dataOf(this.#first && text.startsWith("\ufeff") ? text.slice(1) : text);
    this.#first = false;
    this.#lastWithheld = data !== undefined && this.#read(data.trim());
    return !this.#lastWithheld;
  }

  /** Reads an event's data; true if it is the usage chunk to keep back. */
  #read(data) {
    if (data === "[DONE]") {
      this.doneSeen = true;
      return false;
    }
    const event = parsed(data);
    if (event === undefined) return false;
    this.#note(event);
    if (event.error != null) this.errorSeen = true;
    const reported = usageOf(event, this.#pointers);
    this.usage = reported ?? this.usage ?? usageOfChoices(event, this.#pointers);
    return this.#withhold && reported !== undefined && event.error == null && event.choices?.length === 0;
  }

  /** Keeps what the model wrote, for an estimate should no usage come. */
  #note({ choices }) {
    if (!Array.isArray(choices)) return;
    let wrote = false;
    for (const { delta } of choices) {
      for (const text of [delta?.content, delta?.reasoning_content, delta?.reasoning, delta?.refusal]) {
        if (typeof text !== "string" || text === "") continue;
        this.#written.push(text);
        wrote = true;
      }
      for (const call of delta?.tool_calls ?? []) {
        if (call.function?.arguments) this.#written.push(call.function.arguments);
        wrote = true;
      }
    }
    if (wrote) this.writtenEvents++;
  }

  /** Bytes of UTF-8 the model wrote; asked for only when no usage came. */
  get writtenBytes() {
    return encoder.encode(this.#written.join("")).length;
  }

  /** Ends the stream; bytes the client still has to get: a terminal marker without its blank line. */
  finish() {
    const tail = concat([...this.#takeHeld(), NOTHING]);
    const data = dataOf(decoder.decode(tail))?.trim();
    if (data === undefined) return NOTHING;
    this.#read(data);
    return data === "[DONE]" ? tail : NOTHING;
  }

  get truncated() {
    return this.oversized || !this.doneSeen;
  }
}

function parsed(data) {
  try {
    const value = JSON.parse(data);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
