// How each row of the function `usage` succeeds, for the test that counts round trips; asking it, and what it answers
// about single calls. Not here: assertions.

import { admin, type Person, person, type Stack } from "./harness.ts";
import { callOf } from "./talk-client.ts";

/** A call, as far as tests look at it. */
export interface Call {
  readonly id: string;
  readonly request_id: string;
  readonly user_id: string;
  readonly organisation_id: string;
  readonly key_id: string | null;
  readonly model: string;
  readonly status: string;
  readonly estimated: boolean;
  readonly stream: boolean;
  readonly prompt_tokens: number;
  readonly cost_nano_usd: number | null;
  readonly started_at: string;
  readonly first_token_ms: number | null;
  readonly captured: boolean;
}

/** The same with all that is known. */
export interface CallDetail extends Call {
  readonly raw_usage: unknown;
  readonly price_version: string | null;
  readonly priced_as: string;
  readonly former_prices: readonly { readonly price_version: string | null; readonly cost_nano_usd: number | null }[];
  readonly route: string | null;
  readonly variant: string | null;
  readonly attempts: readonly { readonly provider: string; readonly outcome: string; readonly status: number | null }[];
  readonly guard: unknown;
  readonly role: string | null;
}

/** What was said. */
export interface Said {
  readonly media: string;
  readonly text: string;
  readonly cut: boolean;
}

/** What was captured of a call. */
export interface Capture {
  readonly call_id: string;
  readonly request: Said | null;
  readonly reply: Said | null;
}

/** What became of one slice that was priced again. */
export interface Repricing {
  readonly calls: number;
  readonly changed: number;
  readonly without_price: number;
  readonly applied: number | null;
  readonly data: readonly {
    readonly model: string;
    readonly former_version: string | null;
    readonly price_version: string;
    readonly calls: number;
    readonly former_nano_usd: number;
    readonly cost_nano_usd: number;
  }[];
  readonly next_cursor: string | null;
}

/** `<method> /v1/<path>` of the function itself. */
export function asked(
  stack: Stack,
  who: Pick<Person, "headers">,
  method: string,
  path: string,
  body?: unknown,
): Promise<Response> {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = { "content-type": "application/json", ...who.headers };
  return fetch(`${stack.functions.usage}/v1/${path}`, { method, headers, ...init });
}

/** The same, of a question that is answered with 200. */
export async function told<T>(
  stack: Stack,
  who: Pick<Person, "headers">,
  path: string,
  method = "GET",
  body?: unknown,
): Promise<T> {
  const reply = await asked(stack, who, method, path, body);
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${method} ${path} answered ${reply.status}: ${text}`);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** How an operation of the function succeeds. */
export function usageCalls(stack: Stack): Readonly<Record<string, () => Promise<Response>>> {
  const ofCall = (rest: string) => async (): Promise<Response> => {
    const who = await person(stack);
    return asked(stack, who, "GET", `calls/${await callOf(stack, who)}${rest}`);
  };
  const settings = (method: string, body?: unknown) => async (): Promise<Response> => {
    const [boss, who] = [await admin(stack), await person(stack)];
    const path = `admin/ai/captures/${who.id}`;
    await told(stack, boss, path, "PUT", { mode: "never" });
    return asked(stack, boss, method, path, body);
  };
  const wish = { from: "2020-01-01", to: "2020-01-02" };
  return {
    "GET /v1/calls": async () => asked(stack, await person(stack), "GET", "calls"),
    "GET /v1/calls/{id}": ofCall(""),
    "GET /v1/calls/{id}/capture": ofCall("/capture"),
    "GET /v1/admin/ai/calls/{id}": async () =>
      asked(stack, await admin(stack), "GET", `admin/ai/calls/${await callOf(stack, await person(stack))}`),
    "GET /v1/admin/ai/captures": async () => asked(stack, await admin(stack), "GET", "admin/ai/captures"),
    "GET /v1/admin/ai/captures/{organisation}": settings("GET"),
    "PUT /v1/admin/ai/captures/{organisation}": settings("PUT", { mode: "asked" }),
    "DELETE /v1/admin/ai/captures/{organisation}": settings("DELETE"),
    "POST /v1/admin/ai/reprice": async () => asked(stack, await admin(stack), "POST", "admin/ai/reprice", wish),
  };
}
