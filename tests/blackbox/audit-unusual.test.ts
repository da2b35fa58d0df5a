// Sign-ins that are unlike earlier ones, whichever way they end: the owner is told once. And the second use of a
// refresh token. What is unusual in detail is a table test on the host.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { minute } from "./audit-client.ts";
import { auth, problem, tokens } from "./auth-client.ts";
import { guarded, json, pending, verify } from "./factors-client.ts";
import { change, eventually, type OwnStack, type Person, person, query, startStack } from "./harness.ts";
import { mailed } from "./mail-box.ts";
import { wechat, wechatCode } from "./social-client.ts";

const PHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/604.1";

let stack: OwnStack;

before(async () => {
  stack = await startStack();
});

after(() => stack.stop());

/** What was noted of unusual sign-ins of an account. */
function unusual(id: string): { reasons: string[]; device: string }[] {
  const sql = "SELECT detail FROM security_events WHERE user_id = ? AND kind = 'unusual_sign_in' ORDER BY seq";
  return query(stack, sql, [id]).map(({ detail }) => JSON.parse(detail as string));
}

/** Subjects and texts of what was mailed to somebody about what happened. */
function told(id: string): { kind: string; text: string }[] {
  const sql =
    "SELECT l.kind, m.text FROM letters l JOIN mailbox m ON m.letter_id = l.id WHERE l.user_id = ? AND l.kind IN ('unusual', 'reused')";
  return query(stack, sql, [id]) as { kind: string; text: string }[];
}

function letter(id: string): Promise<{ kind: string; text: string }> {
  return eventually(() => told(id)[0]);
}

const from = (who: Person, agent: string) => ({ "cf-connecting-ip": who.network, "user-agent": agent });

test("a password sign-in with a new device is noted, and mailed once", async () => {
  const who = await person(stack);
  const { email, password } = who;
  const signIn = async (agent: string) => tokens(await auth(stack, "login", { email, password }, from(who, agent)));
  await signIn("node");
  await minute(stack);
  assert.deepEqual([unusual(who.id), told(who.id)], [[], []]);
  await signIn(PHONE);
  await minute(stack);
  assert.deepEqual(
    unusual(who.id).map(({ reasons, device }) => [device, reasons]),
    [["Safari on iPhone", ["new_device"]]],
  );
  assert.match(
    (await letter(who.id)).text,
    /signed in to your account: Safari on iPhone · (?:.. · )?10\.\d+\.\d+\.\d+ · /,
  );
  await signIn(PHONE);
  await Promise.all([minute(stack), minute(stack), minute(stack)]);
  assert.deepEqual([unusual(who.id).length, told(who.id).length], [1, 1]);
});

test("every other way of signing in is looked at, too", async () => {
  const headers = { "user-agent": PHONE };
  const { token } = await mailed(stack, "magic", "/magic");
  const linked = await tokens(await auth(stack, "magic/consume", { token }, headers));
  const careful = await guarded(stack);
  const waiting = await pending(stack, careful);
  await json(await verify(stack, waiting, careful.app.code(), headers));
  const friend = { person: "unusual", name: "x" };
  const enter = async (more: Readonly<Record<string, string>>) =>
    tokens(await wechat(stack, "wechat", { code: await wechatCode(stack, "login", { person: friend.person }) }, more));
  const { user } = await enter({ "user-agent": "MicroMessenger/8.0 Android" });
  await enter(headers);
  await minute(stack);
  for (const id of [linked.user.id, careful.who.id, user.id]) {
    const reasons = unusual(id).flatMap((event) => event.reasons);
    assert.ok(reasons.includes("new_device"), `${id}: ${JSON.stringify(unusual(id))}`);
  }
});

test("a right password behind many wrong ones is noted and mailed", async () => {
  const who = await person(stack);
  const { email, password } = who;
  for (let i = 0; i < 6; i++) {
    await problem(await auth(stack, "login", { email, password: `wrong ${i}` }), 401, "invalid_credentials");
  }
  await eventually(() => {
    const [row] = query(stack, "SELECT sum(failures) AS n FROM sign_in_failures WHERE user_id = ?", [who.id]);
    return row?.n === 6 ? row : undefined;
  });
  await tokens(await auth(stack, "login", { email, password }, from(who, "node")));
  await minute(stack);
  assert.deepEqual(unusual(who.id)[0]?.reasons, ["after_failures"]);
  await letter(who.id);
});

test("the second use of a refresh token ends the family and tells the owner", async () => {
  const who = await person(stack);
  const { refresh_token } = who;
  await tokens(await auth(stack, "refresh", { refresh_token }));
  await change(stack, "UPDATE refresh_tokens SET used_at = used_at - 60000 WHERE used_at IS NOT NULL");
  await problem(await auth(stack, "refresh", { refresh_token }, from(who, "curl/8")), 401, "refresh_refused");
  await minute(stack);
  const { kind, text } = await letter(who.id);
  assert.equal(kind, "reused");
  assert.match(text, /was used a second time \(curl · /);
});

test("a letter in Chinese is in Chinese", async () => {
  const who = await person(stack);
  await change(stack, "UPDATE users SET locale = 'zh-CN' WHERE id = ?", [who.id]);
  const { email, password } = who;
  await tokens(await auth(stack, "login", { email, password }, from(who, PHONE)));
  await minute(stack);
  assert.match((await letter(who.id)).text, /登录了您的账号：Safari on iPhone/);
});
