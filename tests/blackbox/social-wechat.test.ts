// Signing in from mini-programs against a WeChat that enforces its own rules. Two apps are configured, so this is
// a stack of its own. Not here: each `errcode` and each merge, which are tested on the host.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { problem, read, type TokenReply, tokens } from "./auth-client.ts";
import { type OwnStack, post, query, rawLog, shared, startStack } from "./harness.ts";
import { type Phone, wechat, wechatCode } from "./social-client.ts";

const FIRST = "wx0000000000000001";
const SECOND = "wx0000000000000002";

let stack: OwnStack;

before(async () => {
  const { simulator } = shared();
  const apps = [
    { app_id: FIRST, secret: "simulated-secret-1" },
    { app_id: SECOND, secret: "simulated-secret-2" },
    { app_id: "wx0000000000000003", secret: "not the secret" },
  ];
  const configured = { WECHAT_APPS: JSON.stringify(apps), WECHAT_BASE_URL: `${simulator}/wechat` };
  const own = await startStack({
    vars: { ...configured, EMAIL_VERIFICATION: "required" },
    args: ["--simulator", simulator],
  });
  stack = own;
});

after(() => stack?.stop());

async function signIn(phone: Phone): Promise<TokenReply> {
  const code = await wechatCode(stack, "login", phone);
  return tokens(await wechat(stack, "wechat", { code, app_id: phone.app_id ?? FIRST }));
}

test("a person signs in without an address, and the session is like any other", async () => {
  const { user, access_token, refresh_token } = await signIn({ person: randomUUID() });
  assert.equal(user.email, null);
  const me = await read(stack, "me", access_token);
  assert.deepEqual(await me.json(), user);
  const next = await post(`${stack.functions.auth}/v1/auth/refresh`, { refresh_token });
  assert.equal(next.status, 200);
});

test("a code works once, and of many uses at once exactly one wins", async () => {
  const code = await wechatCode(stack, "login", { person: randomUUID() });
  const uses = await Promise.all(Array.from({ length: 8 }, () => wechat(stack, "wechat", { code })));
  assert.deepEqual(uses.map(({ status }) => status).sort(), [200, 401, 401, 401, 401, 401, 401, 401]);
});

test("a code older than five minutes, of another app or of another kind is 401", async () => {
  const young = await wechatCode(stack, "login", { age_s: 295 });
  await tokens(await wechat(stack, "wechat", { code: young }));
  const wrong = [
    await wechatCode(stack, "login", { age_s: 300 }),
    await wechatCode(stack, "login", { app_id: SECOND }),
    await wechatCode(stack, "phone"),
    "made-up",
  ];
  for (const code of wrong) {
    await problem(await wechat(stack, "wechat", { code, app_id: FIRST }), 401, "code_refused");
  }
});

test("WeChat's own refusals have their statuses", async () => {
  const faults: readonly [number, number, string][] = [
    [40029, 401, "code_refused"],
    [45011, 429, "rate_limited"],
    [40226, 403, "provider_blocked"],
    [-1, 503, "unavailable"],
    [61024, 502, "upstream_failed"],
  ];
  for (const [fault, status, code] of faults) {
    const reply = await wechat(stack, "wechat", { code: await wechatCode(stack, "login", { fault }) });
    const waits = reply.headers.has("retry-after");
    await problem(reply, status, code);
    assert.equal(waits, status === 429 || status === 503);
  }
  const code = await wechatCode(stack, "login");
  await problem(await wechat(stack, "wechat", { code, app_id: "wx0000000000000003" }), 502, "upstream_auth");
});

test("first sign-ins in both apps at the same moment give one user", async () => {
  const person = randomUUID();
  const replies = await Promise.all(
    Array.from({ length: 8 }, (_, i) => signIn({ person, bound: true, app_id: i % 2 === 0 ? FIRST : SECOND })),
  );
  assert.equal(new Set(replies.map(({ user }) => user.id)).size, 1);
});

test("what was apart becomes one when the unionid appears, and the closed account's sessions end", async () => {
  const person = randomUUID();
  const older = await signIn({ person });
  const newer = await signIn({ person, bound: true, app_id: SECOND });
  assert.notEqual(older.user.id, newer.user.id);
  const merged = await Promise.all([1, 2, 3, 4].map(() => signIn({ person, bound: true })));
  for (const { user } of merged) assert.equal(user.id, older.user.id);
  assert.equal((await signIn({ person, bound: true, app_id: SECOND })).user.id, older.user.id);
  const me = await read(stack, "me", newer.access_token);
  assert.ok(me.status === 401 || me.status === 403);
  assert.equal((await read(stack, "me", older.access_token)).status, 200);
});

test("the telephone number is bound in E.164, also after WeChat has ended the access token", async () => {
  const { user, access_token } = await signIn({ person: randomUUID() });
  const headers = { authorization: `Bearer ${access_token}` };
  const bind = async (phone: Phone): Promise<Response> =>
    wechat(stack, "wechat/phone", { code: await wechatCode(stack, "phone", phone) }, headers);
  const first = await bind({ number: "13900139000" });
  assert.equal(((await first.json()) as { phone_number: string }).phone_number, "+8613900139000");
  await post(`${shared().simulator}/wechat/_sim/end-token`, {});
  const second = await bind({ number: "2025550143", country: "1" });
  assert.equal(second.status, 200, await second.clone().text());
  const rows = query(stack, "SELECT number FROM phones WHERE user_id = ?", [user.id]);
  assert.deepEqual(
    rows.map(({ number }) => number),
    ["+12025550143"],
  );
  const used = await wechatCode(stack, "phone");
  await wechat(stack, "wechat/phone", { code: used }, headers);
  await problem(await wechat(stack, "wechat/phone", { code: used }, headers), 401, "code_refused");
  await problem(await wechat(stack, "wechat/phone", { code: used }), 401, "unauthenticated");
});

test("neither secrets nor session keys get into the log or the database", async () => {
  const { access_token } = await signIn({ person: randomUUID() });
  assert.ok(access_token.length > 0);
  const log = rawLog(stack);
  for (const word of ["simulated-secret", "session_key", "js_code"]) assert.ok(!log.includes(word), word);
});
