// The list of one's sessions, ending one of them, and what is noted of their ends.

import assert from "node:assert/strict";
import { test } from "node:test";
import { auth, problem, read, tokens } from "./auth-client.ts";
import { network6, type Person, person, query, shared } from "./harness.ts";

const stack = shared();

interface Session {
  readonly id: string;
  readonly current: boolean;
  readonly device: string;
  readonly network: string;
  readonly last_used_at: string;
}

async function sessions({ access_token }: Pick<Person, "access_token">): Promise<Session[]> {
  const headers = { authorization: `Bearer ${access_token}` };
  const reply = await fetch(`${stack.functions.users}/v1/auth/sessions`, { headers });
  const text = await reply.text();
  assert.equal(reply.status, 200, text);
  return (JSON.parse(text) as { data: Session[] }).data;
}

function end(who: Pick<Person, "headers">, id: string): Promise<Response> {
  return fetch(`${stack.functions.users}/v1/auth/sessions/${id}`, { method: "DELETE", headers: who.headers });
}

/** Kinds of what was noted of somebody's account, in order. */
function events({ id }: Pick<Person, "id">): unknown[] {
  return query(stack, "SELECT kind FROM security_events WHERE user_id = ? ORDER BY seq", [id]).map(({ kind }) => kind);
}

test("a session shows where it is used, and can be ended from another one", async () => {
  const who = await person();
  const net = network6();
  const from = { "cf-connecting-ip": `${net}::7`, "user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0" };
  const { email, password } = who;
  const there = await tokens(await auth(stack, "login", { email, password }, from));
  const [newest, oldest] = await sessions(who);
  assert.deepEqual([newest?.device, newest?.network, newest?.current], ["Firefox on Linux", `${net}::/64`, false]);
  assert.equal(oldest?.current, true);
  assert.equal((await end(who, newest?.id ?? "")).status, 204);
  await problem(await read(stack, "me", there.access_token), 401, "unauthenticated");
  await problem(await auth(stack, "refresh", { refresh_token: there.refresh_token }), 401, "refresh_refused");
  assert.equal((await sessions(who)).length, 1);
  assert.deepEqual(events(who), ["registered", "signed_in", "session_ended"]);
});

test("of many that end a session at once exactly one does, and it is noted once", async () => {
  const who = await person();
  const { email, password } = who;
  await tokens(await auth(stack, "login", { email, password }));
  const [session] = (await sessions(who)).filter(({ current }) => !current);
  const replies = await Promise.all(Array.from({ length: 8 }, () => end(who, session?.id ?? "")));
  assert.deepEqual(replies.map(({ status }) => status).sort(), [204, ...Array(7).fill(404)]);
  assert.equal(events(who).filter((kind) => kind === "session_ended").length, 1);
});

test("signing out is noted", async () => {
  const who = await person();
  assert.equal((await auth(stack, "logout", { all: true }, who.headers)).status, 204);
  assert.deepEqual(events(who), ["registered", "signed_out"]);
});
