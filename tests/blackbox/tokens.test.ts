// Forged tokens, in every form there is a name for, on an ordinary row, one that asks the database and one for
// administrators, through the gateway and at the function itself: each is 401, and all are refused alike.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { auth } from "./auth-client.ts";
import { guarded, pending } from "./factors-client.ts";
import { admin, eventually, network, type OwnStack, person, query, startStack } from "./harness.ts";
import { formsOf, hugeForms } from "./token-forms.ts";
import type { Good } from "./token-members.ts";
import { newKey, ofTexts, variables } from "./token-smith.ts";

const own = newKey("of-the-test");

let stack: OwnStack;
let good: Good;

before(async () => {
  // Forgery must not be refused because there was too much of it.
  stack = await startStack({ vars: { ...variables(own), STRICT_QUOTA: "100000" } });
  const token = (await admin(stack)).access_token;
  const [header = "", claims = ""] = token.split(".");
  const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
  good = { token, header: read(header), claims: read(claims), own };
});

after(async () => void (await stack?.stop()));

/** A row of each kind, at both of its origins. */
function rows(): readonly string[] {
  const { auth: accounts, users } = stack.functions;
  const at = (path: string, origin: string): string[] => [stack.gateway, origin].map((o) => `${o}${path}`);
  return [
    ...at("/v1/auth/token", accounts),
    ...at("/v1/auth/me", accounts),
    ...at("/v1/admin/users?limit=1", users),
    ...at("/v1/users/me", users),
  ];
}

interface Answer {
  readonly status: number;
  readonly challenge: string | null;
  readonly body: Record<string, unknown>;
}

async function ask(url: string, token: string): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, "cf-connecting-ip": network() };
  const reply = await fetch(url, { headers });
  const text = await reply.text();
  const body = text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : { text };
  return { status: reply.status, challenge: reply.headers.get("www-authenticate"), body };
}

/** What is wrong with how this token was refused; empty when nothing is. */
async function faults(name: string, token: string): Promise<string[]> {
  const answers = await Promise.all(rows().map(async (url) => [url, await ask(url, token)] as const));
  return answers.flatMap(([url, { status, challenge, body }]) => {
    const { request_id, instance, ...rest } = body;
    const seen = JSON.stringify([status, challenge, typeof request_id, rest]);
    return seen === REFUSED && instance === new URL(url).pathname ? [] : [`${name} at ${url}: ${seen}`];
  });
}

const REFUSED = JSON.stringify([
  401,
  'Bearer error="invalid_token"',
  "string",
  {
    type: "/docs#problem-unauthenticated",
    title: "Sign in first: no valid access token was given",
    status: 401,
    code: "unauthenticated",
  },
]);

test("a token that the test signs itself opens every row, so that what is refused below is refused for its form", async () => {
  for (const url of rows()) {
    assert.equal((await ask(url, good.token)).status, 200, url);
    const again = ofTexts(JSON.stringify(good.header), JSON.stringify(good.claims), own.key);
    assert.equal((await ask(url, again)).status, 200, url);
  }
});

test("every forged form is 401 with the same body, on every kind of row, at both origins", async () => {
  const forms = formsOf(good);
  assert.ok(forms.size > 400, `${forms.size} forms`);
  const wrong: string[] = [];
  for (const [name, token] of forms) wrong.push(...(await faults(name, token)));
  assert.deepEqual(wrong, []);
});

test("what else we give out is no access token", async () => {
  const someone = await person(stack);
  const mfa = await guarded(stack);
  const { email } = someone;
  await (await auth(stack, "magic", { email })).arrayBuffer();
  const sql = "SELECT text FROM mailbox WHERE recipient = ?";
  const [letter] = await eventually(() => {
    const found = query(stack, sql, [email]);
    return found.length > 0 ? found : undefined;
  });
  const others = {
    "a pending token of a sign-in": await pending(stack, mfa),
    "a refresh token": someone.refresh_token,
    "the token of a mailed link": /#(lt_[\w-]+)/.exec(String(letter?.text))?.[1] ?? "",
    "a recovery code": mfa.recovery[0] ?? "",
    "what looks like an API key": `sk-slv1-${"0".repeat(65)}`,
    "the beginning of an API key": "sk-",
    "a user's id": someone.id,
    "a password": someone.password.replaceAll(" ", "-"),
  };
  const wrong: string[] = [];
  for (const [name, token] of Object.entries(others)) {
    assert.ok(token.length > 2, name);
    wrong.push(...(await faults(name, token)));
  }
  assert.deepEqual(wrong, []);
});

test("a token that no head has room for is refused before anybody reads it", async () => {
  for (const [name, token] of Object.entries(hugeForms(good))) {
    for (const url of rows()) assert.equal((await ask(url, token)).status, 431, `${name} at ${url}`);
  }
});

test("a token of another stack, under the same issuer, is 401", async () => {
  const stranger = newKey("of-the-test");
  const token = ofTexts(JSON.stringify(good.header), JSON.stringify(good.claims), stranger.key);
  assert.deepEqual(await faults("another stack", token), []);
});

test("after all that the good token still opens every row", async () => {
  for (const url of rows()) assert.equal((await ask(url, good.token)).status, 200, url);
});
