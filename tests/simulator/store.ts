// What a provider keeps between two requests: files, batches, fine-tuning jobs, predictions, pictures. In memory,
// one for each simulator. Nothing moves by itself: a job takes a step each time somebody looks at it, so that
// tests see every state without waiting.

import type { JsonObject } from "./dialect.ts";
import { Refusal } from "./dialect.ts";

/** A file that was uploaded, or written by a job. */
export interface StoredFile {
  readonly object: JsonObject & { id: string };
  readonly bytes: Buffer;
}

/** A prediction's or a job's state, and the number of its owner's steps. */
export type Kept = JsonObject & { id: string };

/** Everything kept. */
export class Store {
  readonly files = new Map<string, StoredFile>();
  readonly batches = new Map<string, Kept>();
  readonly tunings = new Map<string, Kept>();
  readonly predictions = new Map<string, Kept>();
  #last = 0;

  /** An id nobody has yet. */
  id(prefix: string): string {
    this.#last += 1;
    return `${prefix}${String(this.#last).padStart(12, "0")}`;
  }

  /** Keeps a file and gives its description. */
  keepFile(name: string, purpose: string, bytes: Buffer): StoredFile["object"] {
    const id = this.id("file-");
    const object = {
      id,
      object: "file",
      bytes: bytes.length,
      created_at: 1_700_000_000,
      expires_at: null,
      filename: name,
      purpose,
      status: "processed",
      status_details: null,
    };
    this.files.set(id, { object, bytes });
    return object;
  }
}

/** The entry with this id; throws a 404 without one. */
export function kept<T>(map: ReadonlyMap<string, T>, id: string | undefined, what: string): T {
  const found = map.get(id ?? "");
  if (found === undefined) throw new Refusal(404, `No such ${what} object: ${id ?? ""}`, null, "id");
  return found;
}

/** A page of OpenAI's lists: the newest first, `after` and `limit` as asked. */
export function pageOf(map: ReadonlyMap<string, { id: string }>, query: URLSearchParams): JsonObject {
  const all = [...map.values()].reverse();
  const after = query.get("after");
  const from = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1;
  const limit = Number(query.get("limit") ?? 20);
  const data = all.slice(from, from + limit);
  const ends = { first_id: data[0]?.id ?? null, last_id: data[data.length - 1]?.id ?? null };
  return { object: "list", data, ...ends, has_more: from + limit < all.length };
}
