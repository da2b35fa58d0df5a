// The words of the simulator and how they are counted: reply text, token rule, clipping, cutting into
// pieces. Pure functions; no wire format, no request.

/** One token per four bytes of UTF-8, rounded up. */
export function countTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 4);
}

/** The longest beginning of `text` that counts at most `tokens`, never cutting a code point. */
export function clip(text: string, tokens: number): string {
  const most = tokens * 4;
  if (text.length * 3 <= most) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  let end = most;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString("utf8", 0, end);
}

/** The first `count` code points of `text`. */
function beginning(text: string, count: number): string {
  return text.length <= count
    ? text
    : Array.from(text.slice(0, count * 2))
        .slice(0, count)
        .join("");
}

/** What the simulator says to `message` (directives already removed) as alternative `index`. */
export function replyTo(message: string, index: number): string {
  const echo = beginning(message, 200);
  const which = index === 0 ? "" : ` (alternative ${index})`;
  return `You said "${echo}"${which}. 模拟器收到了，谢谢 👩🏽‍💻🧵 — straight from the simulator, naïvely yours.`;
}

/** What a reasoning model thinks before it answers `message`. */
export function thoughtsOn(message: string): string {
  return `The message has ${Buffer.byteLength(message)} bytes. 想一想 🤔: an echo will do.`;
}

/** The arguments of the `index`-th tool call that `message` asked for, as JSON text. */
export function toolArguments(message: string, index: number): string {
  return JSON.stringify({ call: index, city: "上海 🌧", text: beginning(message, 60) });
}

const FILLER = "The quick brown fox — 敏捷的棕狐 🦊 — jumps over the lazy dog. ";

/** Text of exactly `bytes` bytes. */
export function filler(bytes: number): string {
  const size = Buffer.byteLength(FILLER);
  const whole = Math.floor(bytes / size);
  const rest = bytes - whole * size;
  return FILLER.repeat(whole) + ".".repeat(rest);
}

/** `text`, continued with its own words until it has at least `count` code points. */
export function stretch(text: string, count: number): string {
  if (text.length >= count * 2) return text;
  const source = text === "" ? "." : text;
  let points = Array.from(text).length;
  const step = Array.from(source).length;
  let long = text;
  for (; points < count; points += step) long += source;
  return long;
}

/**
 * `text` in exactly `count` pieces of about equal length, cut between code points (not between grapheme
 * clusters: real providers do not either). Pieces are empty only when there are fewer code points.
 */
export function pieces(text: string, count: number): string[] {
  if (count * 4 > text.length) {
    const points = Array.from(text);
    return slices(count, points.length, (from, to) => points.slice(from, to).join(""));
  }
  const boundary = (at: number): number => {
    const unit = at < text.length ? text.charCodeAt(at) : 0;
    return unit >= 0xdc00 && unit <= 0xdfff ? at + 1 : at;
  };
  return slices(count, text.length, (from, to) => text.slice(boundary(from), boundary(to)));
}

function slices(count: number, length: number, cut: (from: number, to: number) => string): string[] {
  const parts: string[] = [];
  for (let part = 0; part < count; part++) {
    parts.push(cut(Math.floor((length * part) / count), Math.floor((length * (part + 1)) / count)));
  }
  return parts;
}

/** How many events `text` is streamed in unless a script says otherwise: one a token, at most 1,000. */
export function usualPieces(text: string): number {
  return Math.min(countTokens(text), 1000);
}

// A text without these characters is its own JSON string between quotes, which saves escaping each piece.
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes exactly these
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;

/** The pieces of `text` as JSON strings, each with its size in bytes of text. */
export function quotedPieces(text: string, count: number | null): { json: string; bytes: number }[] {
  if (text === "" && count === null) return [];
  const parts = pieces(text, count ?? usualPieces(text));
  const simple = !NEEDS_ESCAPE.test(text);
  return parts.map((part) => ({ json: simple ? `"${part}"` : JSON.stringify(part), bytes: Buffer.byteLength(part) }));
}
