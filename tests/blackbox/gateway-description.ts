// Reads the API description that the gateway serves, for tests that hold every
// operation to something. Not here: whether the description is right (xtask/contract).

import type { Stack } from "./harness.ts";

/** One operation of `openapi.json`. */
export interface Operation {
  /** In capitals. */
  readonly method: string;
  /** With `{…}` where a parameter stands. */
  readonly path: string;
  /** `function.module.handler`. */
  readonly id: string;
  readonly who: "public" | "user" | "session" | "admin";
  readonly limit: "none" | "normal" | "strict";
  /** The shape of its errors. */
  readonly dialect: "problem" | "openai" | "anthropic" | "oauth";
}

interface Described {
  readonly operationId: string;
  readonly "x-who": Operation["who"];
  readonly "x-limit": Operation["limit"];
  readonly responses: Readonly<Record<string, { readonly $ref?: string }>>;
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

/** Every operation the gateway describes. */
export async function operations(stack: Stack): Promise<Operation[]> {
  const reply = await fetch(`${stack.gateway}/v1/openapi.json`);
  const { paths } = (await reply.json()) as Description;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      method: method.toUpperCase(),
      path,
      id: described.operationId,
      who: described["x-who"],
      limit: described["x-limit"],
      // Every operation may fail, and the failures of a dialect are described together.
      dialect: dialectOf(described.responses["500"]?.$ref ?? ""),
    })),
  );
}

/** The path with something in the place of each parameter. */
export function samplePath(path: string): string {
  return path.replace(/\{[^}]+\}/g, "sample");
}

function dialectOf(failure: string): Operation["dialect"] {
  if (failure.includes("/Openai")) return "openai";
  if (failure.includes("/Anthropic")) return "anthropic";
  return failure.includes("/Oauth") ? "oauth" : "problem";
}
