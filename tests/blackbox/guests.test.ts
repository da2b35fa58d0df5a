// Guests: an account before there is an address, and how it gets one, with and without proof. Not here: what is
// decided from what (functions/guests/tests).

import assert from "node:assert/strict";
import { test } from "node:test";
import { auth, problem, read, tokens } from "./auth-client.ts";
import { guest, guestUpgrade } from "./guests-client.ts";
import { credentials, person, post, shared, startStack } from "./harness.ts";
import { letter } from "./mail-box.ts";
import { organisations, reply, slug } from "./organisations-client.ts";

const stack = shared();

test("a guest has an account, refreshes it, and spends nothing", async () => {
  const { user, access_token, refresh_token } = await guest(stack);
  assert.deepEqual([user.email, user.roles], [null, ["guest"]]);
  assert.equal((await read(stack, "me", access_token)).status, 200);
  assert.equal((await tokens(await auth(stack, "refresh", { refresh_token }))).user.id, user.id);
  const headers = { authorization: `Bearer ${access_token}` };
  await (await fetch(`${stack.functions.ai}/v1/models`, { headers })).arrayBuffer();
  const chat = { model: "simulated-chat", messages: [{ role: "user", content: "hi" }] };
  const refused = await post(`${stack.functions.ai}/v1/chat/completions`, chat, headers);
  assert.equal(refused.status, 403);
  assert.match(refused.headers.get("www-authenticate") ?? "", /insufficient_scope/);
  const wish = { name: "Mine", slug: slug() };
  await problem(await organisations(stack, { headers }, "POST", "", wish), 403, "forbidden");
});

test("a guest is upgraded in place, once, and signs in with the same account", async () => {
  const who = await guest(stack);
  const wish = credentials();
  const upgraded = await reply<{ id: string; roles: string[] }>(guestUpgrade(stack, who, wish));
  assert.deepEqual([upgraded.id, upgraded.roles], [who.user.id, []]);
  assert.equal((await tokens(await auth(stack, "login", wish))).user.id, who.user.id);
  await problem(await guestUpgrade(stack, who, credentials()), 403, "forbidden");
});

test("of two upgrades at once one is made, and a taken address is refused", async () => {
  const who = await guest(stack);
  const wishes = [credentials(), credentials()];
  const replies = await Promise.all(wishes.map((wish) => guestUpgrade(stack, who, wish)));
  assert.deepEqual(replies.map(({ status }) => status).sort(), [200, 403]);
  const { email, password } = await person();
  await problem(await guestUpgrade(stack, await guest(stack), { email, password }), 409, "email_taken");
});

test("where addresses must be proven an upgrade waits for it, and tells nobody which addresses are known", async () => {
  await using own = await startStack({ vars: { EMAIL_VERIFICATION: "required", STRICT_QUOTA: "1000" } });
  const known = credentials();
  assert.equal((await auth(own, "register", known)).status, 202);
  const { token } = await letter(own, known.email, "/verify");
  assert.equal((await auth(own, "email/verify", { token, password: known.password })).status, 200);
  const shown = async (email: string): Promise<unknown> => {
    const answer = await guestUpgrade(own, await guest(own), { ...credentials(), email });
    const trips = /desc="([^"]*)"/.exec(answer.headers.get("server-timing") ?? "")?.[1];
    return [answer.status, await answer.text(), trips];
  };
  assert.deepEqual(await shown(known.email), await shown(credentials().email));

  const who = await guest(own);
  const wish = credentials();
  assert.equal((await guestUpgrade(own, who, wish)).status, 202);
  await problem(await auth(own, "login", wish), 401, "invalid_credentials");
  const link = await letter(own, wish.email, "/change-email");
  const confirm = (): Promise<Response> =>
    auth(own, "email/change/confirm", { token: link.token, password: wish.password });
  const replies = await Promise.all([confirm(), confirm(), confirm()]);
  assert.deepEqual(replies.map(({ status }) => status).sort(), [200, 401, 401]);
  assert.equal((await tokens(await auth(own, "login", wish))).user.id, who.user.id);
  assert.equal((await read(own, "me", who.access_token)).status, 200, "the session goes on");
});

test("a deployment that lets no guests in says so", async () => {
  await using own = await startStack({ vars: { GUESTS: "off" } });
  await problem(await auth(own, "anonymous", {}), 403, "forbidden");
});
