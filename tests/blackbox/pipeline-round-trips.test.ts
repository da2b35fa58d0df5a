// Holds every operation of the description to the round trips that budgets.toml
// gives it: calls of other services that a client waits for, told by
// `Server-Timing`. Counted is a success; a refusal makes fewer.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { auth } from "./auth-client.ts";
import { operations, samplePath } from "./gateway-description.ts";
import { adminLink, credentials, person, post, root, shared } from "./harness.ts";
import { bearing, keys, newKey, SCOPES } from "./keys-client.ts";
import { mailCalls } from "./mail-box.ts";

const stack = shared();

/** Who makes the calls that change nothing about the caller. */
const reader = await person();

/** Section `[round_trips]`: `"POST /v1/…" = "d1=1 object=1"`. */
function budgets(name = "round_trips"): Map<string, string> {
  const text = readFileSync(join(root, "budgets.toml"), "utf8");
  const section = text.split(`\n[${name}]\n`)[1]?.split(/^\[/m)[0] ?? "";
  const lines = section.matchAll(/^"([^"]+)" = "([^"]*)"$/gm);
  return new Map([...lines].map(([, operation = "", trips = ""]) => [operation, trips]));
}

/** A model the stack knows. */
async function model(): Promise<string> {
  const reply = await fetch(`${stack.functions.ai}/v1/models`, { headers: reader.headers });
  const { data } = (await reply.json()) as { data: { id: string }[] };
  return data[0]?.id ?? "";
}

/** How an operation succeeds that is more than a `GET` by somebody signed in. */
const CALLS: Readonly<Record<string, () => Promise<Response>>> = {
  ...mailCalls(stack),
  "POST /v1/auth/register": () => auth(stack, "register", credentials()),
  "POST /v1/auth/login": () => {
    const { email, password } = reader;
    return auth(stack, "login", { email, password });
  },
  "POST /v1/auth/refresh": async () => auth(stack, "refresh", { refresh_token: (await person()).refresh_token }),
  "POST /v1/auth/logout": async () => auth(stack, "logout", {}, (await person()).headers),
  "POST /v1/auth/claim": async () => {
    const { email, password } = credentials();
    return auth(stack, "claim", { token: await adminLink(stack, email), password });
  },
  "POST /v1/keys": () => keys(stack, reader, "POST", "", { name: "one" }),
  "GET /v1/keys/{id}": async () => keys(stack, reader, "GET", `/${(await newKey(stack, reader)).id}`),
  "PATCH /v1/keys/{id}": async () => keys(stack, reader, "PATCH", `/${(await newKey(stack, reader)).id}`, {}),
  "DELETE /v1/keys/{id}": async () => keys(stack, reader, "DELETE", `/${(await newKey(stack, reader)).id}`),
  "GET /v1/models/{model}": async () => {
    const { headers } = reader;
    return fetch(`${stack.functions.ai}/v1/models/${await model()}`, { headers });
  },
  "POST /v1/chat/completions": async () => {
    const body = { model: await model(), messages: [{ role: "user", content: "hello" }] };
    return post(`${stack.functions.ai}/v1/chat/completions`, body, reader.headers);
  },
};

function read(path: string): Promise<Response> {
  return fetch(stack.gateway + samplePath(path), { headers: reader.headers });
}

function trips(reply: Response): string {
  const timing = /^app;dur=\d+(?:, io;desc="([^"]*)")?$/.exec(reply.headers.get("server-timing") ?? "");
  assert.ok(timing !== null, `Server-Timing: ${reply.headers.get("server-timing")}`);
  return timing[1] ?? "";
}

test("every operation makes exactly the round trips of its budget", async () => {
  const measured = new Map<string, string>();
  for (const { method, path } of await operations(stack)) {
    const name = `${method} ${path}`;
    const reply = await (CALLS[name] ?? (() => read(path)))();
    const text = await reply.text();
    assert.ok(reply.ok, `${name} answered ${reply.status}: ${text}`);
    measured.set(name, trips(reply));
  }
  assert.deepEqual(Object.fromEntries(measured), Object.fromEntries(budgets()));
});

test("a streamed chat makes the round trips of a plain one", async () => {
  const messages = [{ role: "user", content: "hello" }];
  const body = { model: await model(), messages, stream: true };
  const url = `${stack.functions.ai}/v1/chat/completions`;
  const reply = await post(url, body, reader.headers);
  assert.match(await reply.text(), /\[DONE\]/);
  assert.equal(trips(reply), budgets().get("POST /v1/chat/completions"));
});

test("before the upstream is called a chat waits for one round trip", () => {
  const [, ...others] = (budgets().get("POST /v1/chat/completions") ?? "").split(" ").reverse();
  assert.deepEqual(others, ["object=1"]);
});

test("an API key costs one look-up, and after that nothing for a while", async () => {
  const calls: Readonly<Record<string, (headers: Record<string, string>) => Promise<Response>>> = {
    "GET /v1/models": (headers) => fetch(`${stack.functions.ai}/v1/models`, { headers }),
    "GET /v1/models/{model}": async (headers) => fetch(`${stack.functions.ai}/v1/models/${await model()}`, { headers }),
    "GET /v1/usage": (headers) => fetch(`${stack.functions.usage}/v1/usage`, { headers }),
    "POST /v1/chat/completions": async (headers) => {
      const body = { model: await model(), messages: [{ role: "user", content: "hello" }] };
      return post(`${stack.functions.ai}/v1/chat/completions`, body, headers);
    },
  };
  const measured = new Map<string, string>();
  for (const [name, call] of Object.entries(calls)) {
    const { key } = await newKey(stack, reader, { scopes: SCOPES });
    const trip = async (): Promise<string> => {
      const reply = await call(bearing(key));
      const text = await reply.text();
      assert.ok(reply.ok, `${name} answered ${reply.status}: ${text}`);
      return trips(reply);
    };
    measured.set(name, await trip());
    assert.equal(await trip(), budgets().get(name), `${name}, again`);
  }
  assert.deepEqual(Object.fromEntries(measured), Object.fromEntries(budgets("key_round_trips")));
});
