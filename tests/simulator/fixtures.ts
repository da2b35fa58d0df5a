// The captured and reconstructed replies of providers (functions/ai/fixtures) as the simulator reads them: the
// index, the files, and which of them a test asks for by name. What is made of them stands in shapes.ts.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "./dialect.ts";
import { isObject } from "./request.ts";

/** Tokens as the index says a reader must find them. */
export interface ToldUsage {
  readonly prompt: number;
  readonly cached: number;
  readonly completion: number;
  readonly reasoning: number;
  readonly cache_write?: number;
  readonly cache_write_1h?: number;
}

/** One entry of `index.json`. */
export interface Fixture {
  /** Its path below the folder of fixtures. */
  readonly file: string;
  readonly provider: string;
  readonly route: string;
  readonly form: "reply" | "stream" | "error";
  /** Where the shape is published, and whether the bytes are reconstructed from it. */
  readonly source: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly usage?: ToldUsage;
  readonly text?: string;
  readonly tools?: number;
  readonly images?: number;
  readonly seconds?: number;
  readonly finish?: string;
  /** A stream that is an error in the end. */
  readonly cut?: boolean;
  /** What our clients get of an error. */
  readonly shown?: { readonly status: number; readonly code: string; readonly class: string };
}

const FOLDER = fileURLToPath(new URL("../../functions/ai/fixtures/", import.meta.url));
const texts = new Map<string, string>();
let index: readonly Fixture[] | null = null;

/** Every fixture, in the order of the index. */
export function fixtures(): readonly Fixture[] {
  index ??= JSON.parse(readFileSync(`${FOLDER}index.json`, "utf8")) as Fixture[];
  return index;
}

/** The bytes of a fixture as text. */
export function fixtureText(fixture: Fixture): string {
  const known = texts.get(fixture.file);
  if (known !== undefined) return known;
  const text = readFileSync(FOLDER + fixture.file, "utf8");
  texts.set(fixture.file, text);
  return text;
}

/** The JSON of a fixture without the note that older files carry; an empty object for what is no object. */
export function fixtureObject(fixture: Fixture): JsonObject {
  const value: unknown = JSON.parse(fixtureText(fixture));
  if (!isObject(value)) return {};
  const { _source, ...rest } = value;
  return rest;
}

/** The JSON events of a streamed fixture, in order. */
export function fixtureEvents(fixture: Fixture): JsonObject[] {
  const lines = fixtureText(fixture).split(/\r?\n/);
  return lines
    .filter((line) => line.startsWith("data: {"))
    .map((line): unknown => JSON.parse(line.slice(6)))
    .filter(isObject);
}

/** The fixture called `name` (its path without ending): the stream where one is wanted and there is one. */
export function fixtureNamed(name: string, streamed: boolean): Fixture | undefined {
  const named = fixtures().filter(({ file }) => file.replace(/\.(json|sse)$/, "") === name);
  return named.find((fixture) => (fixture.form === "stream") === streamed) ?? named[0];
}

/** The names of all providers that have fixtures. */
export function providerNames(): string[] {
  return [...new Set(fixtures().map(({ provider }) => provider))];
}
