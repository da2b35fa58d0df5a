// Mailed links in a whole stack where addresses must be verified: asked for at the accounts' rows, written to
// the outbox, sent by the queue's consumer to a real mail server, read there, and used. Not here: each way of
// sending (mail-senders), every order of owner and attacker (the host tests of auth).

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { auth, problem, read, tokens } from "./auth-client.ts";
import { change, credentials, eventually, type OwnStack, post, query, startStack } from "./harness.ts";
import { linkOf, type MailServer, startMailServer } from "./mail-server.ts";

let server: MailServer;
let stack: OwnStack;

before(async () => {
  server = await startMailServer();
  stack = await startStack({ vars: variables(server.port) });
});

after(async () => {
  await stack?.stop();
  await server?.[Symbol.asyncDispose]();
});

function variables(port: number): Record<string, string> {
  return {
    EMAIL_VERIFICATION: "required",
    MAIL_SENDER: "smtp",
    SMTP_HOST: "127.0.0.1",
    SMTP_PORT: `${port}`,
    SMTP_SECURITY: "none",
    MAIL_RETRY_SECONDS: "1",
  };
}

type Known = ReturnType<typeof credentials>;

const SUBJECTS = { verify: /confirm your e-mail/, reset: /new password/, magic: /sign-in link/, change: /new e-mail/ };

/** The token of the newest letter of this kind. */
async function mailed(to: string, kind: keyof typeof SUBJECTS): Promise<string> {
  return linkOf(await server.letter(to, SUBJECTS[kind])).token;
}

async function accepted(reply: Response): Promise<void> {
  assert.equal(reply.status, 202, await reply.text());
}

/** Registers somebody new; their letter has come. */
async function registered(): Promise<Known & { token: string }> {
  const known = credentials();
  await accepted(await auth(stack, "register", known));
  return { ...known, token: await mailed(known.email, "verify") };
}

/** Somebody new whose address is proven. */
async function proven(): Promise<Known> {
  const { email, password, token } = await registered();
  await said(await auth(stack, "email/verify", { token, password }), "verified");
  return { email, password };
}

async function said(reply: Response, status: string): Promise<void> {
  assert.deepEqual([reply.status, await reply.text()], [200, JSON.stringify({ status })]);
}

/** Uses a link many times at once; how many were let in. The others are told that the link is refused. */
async function many(row: string, body: (index: number) => object): Promise<number> {
  const replies = await Promise.all(Array.from({ length: 8 }, (_, index) => auth(stack, row, body(index))));
  const losers = replies.filter(({ status }) => status !== 200);
  for (const reply of losers) await problem(reply, 401, "link_refused");
  return replies.length - losers.length;
}

test("an account is used after its address was verified by the letter, with the password", async () => {
  const { email, password, token } = await registered();
  await problem(await auth(stack, "login", { email, password }), 403, "email_unverified");
  await problem(await auth(stack, "email/verify", { token, password: "not the password" }), 401, "invalid_credentials");
  await said(await auth(stack, "email/verify", { token, password }), "verified");
  await tokens(await auth(stack, "login", { email, password }));
  await problem(await auth(stack, "email/verify", { token, password }), 401, "link_refused");
});

test("who registers a known address is answered alike, and its owner gets a letter that says so", async () => {
  const { email } = await proven();
  await accepted(await auth(stack, "register", { email, password: "another password" }));
  const letter = await server.letter(email, /you have an account already/);
  assert.doesNotMatch(letter.parts.get("text/plain") ?? "", /http/);
});

test("opening a link, as scanners do, uses nothing up", async () => {
  const { email, password, token } = await registered();
  const letter = await server.letter(email, SUBJECTS.verify);
  const page = new URL(linkOf(letter).page).pathname;
  for (const method of ["GET", "HEAD", "GET"]) {
    const reply = await fetch(`${stack.gateway}${page}`, { method });
    assert.equal(reply.status, 200);
    await reply.arrayBuffer();
  }
  for (const row of ["email/verify", "password/reset", "magic/consume", "email/change/confirm"]) {
    const reply = await fetch(`${stack.functions.links}/v1/auth/${row}?token=${token}`);
    assert.equal(reply.status, 405);
    await reply.arrayBuffer();
  }
  await said(await auth(stack, "email/verify", { token, password }), "verified");
});

test("of many who verify at once exactly one wins", async () => {
  const { password, token } = await registered();
  assert.equal(await many("email/verify", () => ({ token, password })), 1);
});

test("of many who reset at once exactly one wins, and their password is the one", async () => {
  const { email } = await proven();
  await accepted(await auth(stack, "password/forgot", { email }));
  const token = await mailed(email, "reset");
  const passwords = Array.from({ length: 8 }, () => credentials().password);
  assert.equal(await many("password/reset", (index) => ({ token, password: passwords[index] })), 1);
  const replies = await Promise.all(passwords.map((password) => auth(stack, "login", { email, password })));
  assert.equal(replies.filter(({ status }) => status === 200).length, 1);
  await Promise.all(replies.map((reply) => reply.arrayBuffer()));
});

test("of many who sign in by one link at once exactly one wins", async () => {
  const { email } = await proven();
  await accepted(await auth(stack, "magic", { email }));
  const token = await mailed(email, "magic");
  assert.equal(await many("magic/consume", () => ({ token })), 1);
  const sql = "SELECT count(*) AS n FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = ?";
  assert.equal(query(stack, sql, [email])[0]?.n, 1);
});

test("of many who confirm a change at once exactly one wins, and both addresses are told", async () => {
  const { email, password } = await proven();
  const { access_token } = await tokens(await auth(stack, "login", { email, password }));
  const to = credentials().email;
  const bearer = { authorization: `Bearer ${access_token}` };
  await accepted(await auth(stack, "email/change", { email: to, password }, bearer));
  await server.letter(email, /a change of your e-mail address was asked for/);
  const token = await mailed(to, "change");
  assert.equal(await many("email/change/confirm", () => ({ token, password })), 1);
  const notice = await server.letter(email, /your e-mail address was changed/);
  assert.ok(notice.parts.get("text/plain")?.includes(to));
  const me = (await (await read(stack, "me", access_token)).json()) as { email: string };
  assert.equal(me.email, to);
  await problem(await auth(stack, "login", { email, password }), 401, "invalid_credentials");
  await tokens(await auth(stack, "login", { email: to, password }));
});

test("a reset ends every session, proves the address and signs in", async () => {
  const { email } = await registered();
  await accepted(await auth(stack, "password/forgot", { email }));
  const password = credentials().password;
  const first = await tokens(await auth(stack, "password/reset", { token: await mailed(email, "reset"), password }));
  await accepted(await auth(stack, "password/forgot", { email }));
  const again = await eventually(async () => {
    const token = await mailed(email, "reset");
    const reply = await auth(stack, "password/reset", { token, password });
    if (reply.status === 200) return tokens(reply);
    // The first letter still: the second one is on its way.
    await reply.arrayBuffer();
    return undefined;
  });
  await problem(await read(stack, "me", first.access_token), 401, "unauthenticated");
  assert.equal((await read(stack, "me", again.access_token)).status, 200);
});

test("a link that has expired, or is for another purpose, opens nothing", async () => {
  const { email, password, token } = await registered();
  for (const [row, body] of Object.entries({
    "password/reset": { token, password },
    "magic/consume": { token },
    "email/change/confirm": { token, password },
    claim: { token, password },
  })) {
    await problem(await auth(stack, row, body), 401, "link_refused");
  }
  await change(stack, "UPDATE links SET expires_at = ? WHERE email = ?", [Date.now() - 1, email]);
  await problem(await auth(stack, "email/verify", { token, password }), 401, "link_refused");
});

/** What a client can compare: status, body, headers, and the work that was done. */
async function shown(reply: Response): Promise<unknown> {
  const own = ["x-request-id", "date", "ratelimit", "server-timing"];
  const headers = [...reply.headers].filter(([name]) => !own.includes(name));
  const trips = /desc="([^"]*)"/.exec(reply.headers.get("server-timing") ?? "")?.[1];
  return { status: reply.status, headers, trips, body: await reply.text() };
}

test("every row that sends is answered alike, after the same work, for known and unknown addresses", async () => {
  const { email } = await proven();
  for (const row of ["email/verification", "password/forgot", "magic"]) {
    const known = await shown(await auth(stack, row, { email }));
    const unknown = await shown(await auth(stack, row, { email: credentials().email }));
    assert.deepEqual(known, unknown, row);
    assert.deepEqual((known as { trips: string }).trips, "d1=1 object=1", row);
  }
});

test("an address gets five letters an hour and the further requests are answered alike", async () => {
  const { email } = await proven();
  const replies = [];
  for (let i = 0; i < 8; i++) replies.push(await shown(await auth(stack, "magic", { email })));
  for (const reply of replies) assert.deepEqual(reply, replies[0]);
  await eventually(() => {
    const rows = query(stack, "SELECT state FROM letters WHERE recipient = ?", [email]);
    return rows.length === 5 && rows.every(({ state }) => state !== "waiting" && state !== "handed") ? true : undefined;
  });
});

test("letters wait while the mail server is down and arrive when it is up", async () => {
  const { port } = server;
  await server[Symbol.asyncDispose]();
  const known = credentials();
  await accepted(await auth(stack, "register", known));
  await eventually(() => {
    const sql = "SELECT attempts FROM letters WHERE recipient = ? AND attempts > 0 AND cause IS NOT NULL";
    return query(stack, sql, [known.email])[0];
  });
  server = await startMailServer({ port });
  const token = await mailed(known.email, "verify");
  await said(await auth(stack, "email/verify", { token, password: known.password }), "verified");
  assert.equal(server.received.filter(({ to }) => to === known.email).length, 1);
});

test("the rows that send are counted strictly", async () => {
  const from = { "cf-connecting-ip": "192.0.2.77" };
  const email = credentials().email;
  for (const row of ["email/verification", "password/forgot", "magic"]) {
    const replies = [];
    for (let i = 0; i < 21; i++) replies.push(await post(`${stack.functions.links}/v1/auth/${row}`, { email }, from));
    assert.deepEqual(
      replies.slice(0, 20).map(({ status }) => status),
      Array(20).fill(202),
    );
    await problem(replies[20] as Response, 429, "rate_limited");
  }
});
