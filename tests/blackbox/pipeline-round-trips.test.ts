// Holds every operation of the description to the round trips that budgets.toml
// gives it: calls of other services that a client waits for, told by
// `Server-Timing`. Counted is a success; a refusal makes fewer.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { modelCalls } from "./ai-rows.ts";
import { analysesCalls } from "./analyses-client.ts";
import { auth } from "./auth-client.ts";
import { evaluationCalls } from "./evaluations-client.ts";
import { App, factors, guarded, json, passkeys, pending, verify } from "./factors-client.ts";
import { operations, samplePath } from "./gateway-description.ts";
import { guest, guestUpgrade } from "./guests-client.ts";
import { admin, adminLink, credentials, person, post, root, shared } from "./harness.ts";
import { jobsCalls } from "./jobs-client.ts";
import { bearing, keys, newKey, SCOPES } from "./keys-client.ts";
import { limits } from "./limits-client.ts";
import { mailCalls } from "./mail-box.ts";
import { BODIES, pathOf } from "./objects.ts";
import { oidcCalls } from "./oidc-rows.ts";
import { invitedBy, joined, organisationOf, organisations, proven, slug } from "./organisations-client.ts";
import { Key } from "./passkey-key.ts";
import { picturesCalls } from "./pictures-client.ts";
import { registryCalls } from "./registry-rows.ts";
import { answerOf, begin, PAGE, social, visit, wechat, wechatCode } from "./social-client.ts";
import { callOf } from "./talk-client.ts";
import { talkCalls } from "./talk-rows.ts";
import { uploadCalls } from "./uploads-client.ts";
import { asked, usageCalls } from "./usage-rows.ts";

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

/** A model the stack knows. Counted are calls of an isolate that has just asked what was registered: so it has. */
async function model(): Promise<string> {
  const reply = await fetch(`${stack.functions.ai}/v1/models`, { headers: reader.headers });
  const { data } = (await reply.json()) as { data: { id: string }[] };
  return data[0]?.id ?? "";
}

function mine(method: string, headers: Readonly<Record<string, string>>): Promise<Response> {
  const all = { "content-type": "application/json", ...headers };
  return fetch(`${stack.functions.users}/v1/users/me`, { method, headers: all, body: "{}" });
}

/** A row of administrators, about somebody new. */
async function asAdmin(method: string, rest: string, body?: unknown): Promise<Response> {
  const path = `/v1/admin/users${rest.replace("{id}", (await person()).id)}`;
  const headers = { "content-type": "application/json", ...(await admin()).headers };
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  return fetch(stack.functions.users + path, { method, headers, ...init });
}

/** A row of the audit chain, which has an end by then. */
async function audited(method: string, rest: string): Promise<Response> {
  const { headers } = await admin();
  const ask = (way: string, path: string) =>
    fetch(`${stack.functions.audit}/v1/admin/audit${path}`, { method: way, headers });
  await (await ask("POST", "/seal")).arrayBuffer();
  return ask(method, rest);
}

/** A row about acting in the place of somebody new. */
async function inPlace(method: string): Promise<Response> {
  const headers = { "content-type": "application/json", ...(await admin()).headers };
  const path = `/v1/admin/users/${(await person()).id}/impersonate`;
  return fetch(stack.functions.guests + path, { method, headers, body: JSON.stringify({ reason: "a test" }) });
}

/** A row about an invitation to somebody new. */
async function byInvitation(row: string): Promise<Response> {
  const by = await person();
  const { who, token } = await invitedBy(stack, by, await organisationOf(stack, by));
  return post(`${stack.functions.organisations}/v1/invitations/${row}`, { token }, who.headers);
}

/** A row of administrators, about a limit that was made just before. */
async function asAdminOfLimits(method: string, body?: object): Promise<Response> {
  const [boss, path] = [await admin(), `/v1/admin/limits/user:${(await person()).id}`];
  await limits(stack, boss, "PUT", path, { rpm: 1 });
  return limits(stack, boss, method, path, body);
}

/** A row about an organisation of somebody new, with somebody else in it. */
async function inOrganisation(method: string, path: string): Promise<Response> {
  const owner = await person();
  await proven(stack, owner);
  const target = await pathOf(stack, path, async () => owner);
  const id = target.split("/")[3] ?? "";
  const member = await person();
  await joined(stack, id, member, "admin");
  const limited = path.includes("/limits");
  // Whose limit was made is the owner's own; members are others'.
  const about = limited ? target : target.replace(owner.id, member.id);
  const origin = limited ? stack.functions.users : stack.functions.organisations;
  // Objects are asked about limits that are there.
  if (path.endsWith("/limits")) await limits(stack, owner, "PUT", `${target}/model:m`, { rpm: 1 });
  const body = method === "GET" ? {} : { body: JSON.stringify(BODIES[`${method} ${path}`] ?? {}) };
  const headers = { "content-type": "application/json", ...owner.headers };
  return fetch(origin + about, { method, headers, ...body });
}

/** Somebody new who has signed in from WeChat. */
async function wechatPerson(): Promise<{ person: string; headers: { authorization: string } }> {
  const person = randomUUID();
  const reply = await wechat(stack, "wechat", { code: await wechatCode(stack, "login", { person }) });
  const { access_token } = (await reply.json()) as { access_token: string };
  return { person, headers: { authorization: `Bearer ${access_token}` } };
}

/** How each row that calls a model succeeds. */
const models = modelCalls(stack, reader);

/** How an operation succeeds that is more than a `GET` by somebody signed in. */
const CALLS: Readonly<Record<string, () => Promise<Response>>> = {
  ...mailCalls(stack),
  ...oidcCalls(stack),
  ...models,
  ...registryCalls(stack),
  ...talkCalls(stack, reader),
  ...jobsCalls(stack, reader),
  ...analysesCalls(stack, reader),
  ...picturesCalls(stack, reader),
  ...evaluationCalls(stack, reader),
  ...usageCalls(stack),
  ...uploadCalls(stack, reader),
  "POST /v1/auth/register": () => auth(stack, "register", credentials()),
  "POST /v1/auth/challenge": () => auth(stack, "challenge", {}),
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
  "DELETE /v1/auth/sessions/{id}": async () => {
    const who = await person();
    const path = await pathOf(stack, "/v1/auth/sessions/{id}", async () => who);
    return fetch(stack.functions.users + path, { method: "DELETE", headers: who.headers });
  },
  "PATCH /v1/users/me": () => mine("PATCH", reader.headers),
  "DELETE /v1/users/me": async () => mine("DELETE", (await person()).headers),
  "GET /v1/admin/limits/{scope}": () => asAdminOfLimits("GET"),
  "PUT /v1/admin/limits/{scope}": () => asAdminOfLimits("PUT", { rpm: 2 }),
  "DELETE /v1/admin/limits/{scope}": () => asAdminOfLimits("DELETE"),
  "GET /v1/admin/users": () => asAdmin("GET", ""),
  "GET /v1/admin/audit": () => audited("GET", ""),
  "GET /v1/admin/audit/head": () => audited("GET", "/head"),
  "GET /v1/admin/audit/export": () => audited("GET", "/export"),
  "POST /v1/admin/audit/seal": () => audited("POST", "/seal"),
  "GET /v1/admin/users/{id}": () => asAdmin("GET", "/{id}"),
  "GET /v1/admin/users/{id}/events": () => asAdmin("GET", "/{id}/events"),
  "POST /v1/admin/users/{id}/suspend": () => asAdmin("POST", "/{id}/suspend"),
  "POST /v1/admin/users/{id}/restore": () => asAdmin("POST", "/{id}/restore"),
  "PUT /v1/admin/users/{id}/roles": () => asAdmin("PUT", "/{id}/roles", { roles: ["support"] }),
  "POST /v1/auth/password": async () => {
    const { password, headers } = await person();
    return auth(stack, "password", { current: password, new: credentials().password }, headers);
  },
  "POST /v1/auth/anonymous": () => auth(stack, "anonymous", {}),
  "POST /v1/auth/anonymous/upgrade": async () => guestUpgrade(stack, await guest(stack), credentials()),
  "POST /v1/admin/users/{id}/impersonate": () => inPlace("POST"),
  "DELETE /v1/admin/users/{id}/impersonate": () => inPlace("DELETE"),
  "POST /v1/organisations": () => organisations(stack, reader, "POST", "", { name: "One", slug: slug() }),
  "POST /v1/invitations/preview": () => byInvitation("preview"),
  "POST /v1/invitations/accept": () => byInvitation("accept"),
  "POST /v1/keys": () => keys(stack, reader, "POST", "", { name: "one" }),
  "GET /v1/keys": async () => {
    await newKey(stack, reader);
    return keys(stack, reader, "GET");
  },
  "GET /v1/keys/{id}": async () => keys(stack, reader, "GET", `/${(await newKey(stack, reader)).id}`),
  "PATCH /v1/keys/{id}": async () => keys(stack, reader, "PATCH", `/${(await newKey(stack, reader)).id}`, {}),
  "DELETE /v1/keys/{id}": async () => keys(stack, reader, "DELETE", `/${(await newKey(stack, reader)).id}`),
  "POST /v1/auth/wechat": async () => {
    const person = reader.id;
    const signIn = async () => wechat(stack, "wechat", { code: await wechatCode(stack, "login", { person }) });
    // Counted is somebody who is known.
    await signIn();
    return signIn();
  },
  "POST /v1/auth/wechat/phone": async () => {
    const bind = async () => wechat(stack, "wechat/phone", { code: await wechatCode(stack, "phone") }, reader.headers);
    // Counted is with the app's access token at hand.
    await bind();
    return bind();
  },
  "POST /v1/auth/oauth/{provider}": async () => {
    // Counted is with the issuer's description at hand.
    await begin(stack, "simulated");
    return social(stack, "oauth/simulated", { redirect_to: PAGE });
  },
  "GET /v1/auth/oauth/{provider}/callback": async () =>
    fetch(await visit(await begin(stack, "simulated")), { redirect: "manual" }),
  "POST /v1/auth/oauth/{provider}/callback": async () => {
    const [url, body] = (await visit(await begin(stack, "simulated"))).split("?");
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    return fetch(url ?? "", { method: "POST", headers, body: body ?? "", redirect: "manual" });
  },
  "POST /v1/auth/oauth/complete": async () => {
    const known = async () =>
      social(stack, "oauth/complete", await answerOf(stack, "simulated", { person: reader.id }));
    // Counted is somebody who is known, with the issuer's keys at hand.
    await known();
    return known();
  },
  "POST /v1/auth/identities": async () => {
    await begin(stack, "simulated");
    return social(stack, "identities", { provider: "simulated", redirect_to: PAGE }, reader.headers);
  },
  "POST /v1/auth/identities/complete": async () => {
    const { headers } = await wechatPerson();
    const linked = async () =>
      social(stack, "identities/complete", await answerOf(stack, "simulated", { person: "linked" }, headers), headers);
    await linked();
    return linked();
  },
  "POST /v1/auth/identities/wechat": async () => {
    const { headers, person } = await wechatPerson();
    return wechat(stack, "identities/wechat", { code: await wechatCode(stack, "login", { person }) }, headers);
  },
  "DELETE /v1/auth/identities/{id}": async () => {
    const { headers } = await wechatPerson();
    const script = { person: randomUUID() };
    const reply = await social(
      stack,
      "identities/complete",
      await answerOf(stack, "simulated", script, headers),
      headers,
    );
    const { id } = (await reply.json()) as { id: string };
    return fetch(`${stack.functions.social}/v1/auth/identities/${id}`, { method: "DELETE", headers });
  },
  "POST /v1/auth/mfa/totp": async () => factors(stack, "mfa/totp", {}, (await person()).headers),
  "POST /v1/auth/mfa/totp/confirm": async () => {
    const { headers } = await person();
    const { secret } = await json(await factors(stack, "mfa/totp", {}, headers));
    return factors(stack, "mfa/totp/confirm", { code: new App(String(secret)).code() }, headers);
  },
  "DELETE /v1/auth/mfa/totp": async () => {
    const { headers } = (await guarded(stack)).who;
    return fetch(`${stack.functions.factors}/v1/auth/mfa/totp`, { method: "DELETE", headers });
  },
  "POST /v1/auth/mfa/recovery-codes": async () =>
    factors(stack, "mfa/recovery-codes", {}, (await guarded(stack)).who.headers),
  "POST /v1/auth/mfa/verify": async () => {
    const one = await guarded(stack);
    return verify(stack, await pending(stack, one), one.app.code());
  },
  "POST /v1/auth/step-up": () => {
    const { password, headers } = reader;
    return factors(stack, "step-up", { password }, headers);
  },
  "POST /v1/auth/passkeys/options": () => passkeys(stack, "passkeys/options", {}, reader.headers),
  "POST /v1/auth/passkeys": async () => new Key(stack).register(await person()),
  "GET /v1/auth/passkeys/{id}": async () => {
    const { headers } = await person();
    const { id } = await json(await new Key(stack).register({ headers }), 201);
    return fetch(`${stack.functions.passkeys}/v1/auth/passkeys/${id}`, { headers });
  },
  "DELETE /v1/auth/passkeys/{id}": async () => {
    const { headers } = await person();
    const { id } = await json(await new Key(stack).register({ headers }), 201);
    return fetch(`${stack.functions.passkeys}/v1/auth/passkeys/${id}`, { method: "DELETE", headers });
  },
  "POST /v1/auth/passkeys/sign-in/options": () => passkeys(stack, "passkeys/sign-in/options", {}),
  "POST /v1/auth/passkeys/sign-in": async () => {
    const key = new Key(stack);
    await json(await key.register(await person()), 201);
    return key.signIn();
  },
  "GET /v1/models": async () => {
    await model();
    return fetch(`${stack.functions.ai}/v1/models`, { headers: reader.headers });
  },
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
    const plain = (): Promise<Response> =>
      path.startsWith("/v1/organisations/{id}") ? inOrganisation(method, path) : read(path);
    let reply = await (CALLS[name] ?? plain)();
    // An isolate that nobody has called for ten seconds asks first what is registered: the call after that is counted.
    if (name in models && trips(reply) === `d1=1 ${budgets().get(name)}`) reply = await (CALLS[name] ?? plain)();
    const text = await reply.text();
    assert.ok(reply.ok || reply.status === 303, `${name} answered ${reply.status}: ${text}`);
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
  const calls: Readonly<Record<string, (headers: ReturnType<typeof bearing>) => Promise<Response>>> = {
    "GET /v1/models": (headers) => fetch(`${stack.functions.ai}/v1/models`, { headers }),
    "GET /v1/models/{model}": async (headers) => fetch(`${stack.functions.ai}/v1/models/${await model()}`, { headers }),
    "GET /v1/usage": (headers) => fetch(`${stack.functions.usage}/v1/usage`, { headers }),
    "GET /v1/calls": (headers) => asked(stack, { headers }, "GET", "calls"),
    "GET /v1/calls/{id}": async (headers) => asked(stack, { headers }, "GET", `calls/${await callOf(stack, reader)}`),
    "POST /v1/chat/completions": async (headers) => {
      const body = { model: await model(), messages: [{ role: "user", content: "hello" }] };
      return post(`${stack.functions.ai}/v1/chat/completions`, body, headers);
    },
  };
  const measured = new Map<string, string>();
  for (const [name, call] of Object.entries(calls)) {
    const { key } = await newKey(stack, reader, { scopes: SCOPES });
    await model();
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
