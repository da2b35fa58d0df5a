// Embeddings and ranks by a rule that tests can foretell: words are counted into dimensions, so that texts with
// the same words are near each other and texts without a common word are not. Nothing is learned here.

import { hash } from "node:crypto";

/** Dimensions unless a request names a number. */
export const DIMENSIONS = 256;

/** The words of `text`, lower case; a Chinese character is a word. */
function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{Script=Han}]|[\p{L}\p{N}]+/gu) ?? [];
}

/** A unit vector of `text`. */
export function embed(text: string, dimensions = DIMENSIONS): number[] {
  const vector = new Array<number>(dimensions).fill(0);
  for (const word of words(text)) {
    const place = Number.parseInt(hash("sha256", word).slice(0, 8), 16) % dimensions;
    vector[place] = (vector[place] ?? 0) + 1;
  }
  const length = Math.hypot(...vector);
  if (length === 0) {
    vector[0] = 1;
    return vector;
  }
  return vector.map((value) => value / length);
}

/** The vector as OpenAI's SDKs ask for it: base64 of little-endian 32-bit floats. */
export function packed(vector: readonly number[]): string {
  return Buffer.from(new Float32Array(vector).buffer).toString("base64");
}

/** How well `text` answers `query`: the cosine of their vectors. */
export function relevance(query: string, text: string): number {
  const one = embed(query);
  const other = embed(text);
  return one.reduce((sum, value, place) => sum + value * (other[place] ?? 0), 0);
}
