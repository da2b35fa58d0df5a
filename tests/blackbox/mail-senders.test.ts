// Each way of sending, from the built Worker to what receives it: a real SMTP server on loopback, plain and
// under both kinds of TLS, an HTTP API, Cloudflare's binding as Miniflare has it. Not here: what letters are for.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { eventually } from "./harness.ts";
import { linkOf, makeAuthority, type ServerOptions, startMailServer } from "./mail-server.ts";

const authority = makeAuthority();
// Read when Miniflare is loaded: workerd trusts this authority, too.
process.env.NODE_EXTRA_CA_CERTS = authority.file;
const { startOffice } = await import("./mail-office.ts");

const login = { username: "post", password: "pässword: with spaces" };

function smtp(port: number, security: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { MAIL_SENDER: "smtp", SMTP_HOST: "localhost", SMTP_PORT: `${port}`, SMTP_SECURITY: security, ...more };
}

const known = { SMTP_USERNAME: login.username, SMTP_PASSWORD: login.password };

test("a letter arrives whole over plain SMTP, which only a developer's machine may use", async () => {
  await using server = await startMailServer();
  await using office = await startOffice(smtp(server.port, "none"));
  const letter = await office.letter("ada@example.com");
  const told = await office.deliver(letter);
  assert.deepEqual([told.outcome, told.explicitAcks], ["ok", ["0"]]);
  const got = await server.letter("ada@example.com", /choose a new password/);
  assert.deepEqual([got.from, got.secure, got.user], ["post@selvage.example", false, undefined]);
  assert.equal(got.headers.get("from"), '"Selvage" <post@selvage.example>');
  assert.equal(got.headers.get("message-id"), `<${letter}@selvage.example>`);
  assert.equal(linkOf(got).page, "http://127.0.0.1:8787/reset");
  assert.ok(got.parts.get("text/html")?.includes(`href="http://127.0.0.1:8787/reset#${linkOf(got).token}"`));
  assert.deepEqual(await office.state(letter), { state: "sent", attempts: 1, cause: null });
});

test("a letter in Chinese arrives in Chinese", async () => {
  await using server = await startMailServer();
  await using office = await startOffice(smtp(server.port, "none"));
  await office.deliver(await office.letter("li@example.com", { locale: "zh-CN" }));
  const got = await server.letter("li@example.com", /^Selvage：设置新密码$/);
  assert.match(got.parts.get("text/plain") ?? "", /链接只能使用一次，1 小时内有效/);
});

for (const tls of ["implicit", "starttls"] as const) {
  const security = tls === "implicit" ? "tls" : "starttls";
  const secured: ServerOptions = { tls, identity: authority.identity, login };

  test(`a letter arrives under TLS (${security}) after a login`, async () => {
    await using server = await startMailServer(secured);
    await using office = await startOffice(smtp(server.port, security, known));
    const letter = await office.letter("ada@example.com");
    await office.deliver(letter);
    assert.deepEqual(await office.state(letter), { state: "sent", attempts: 1, cause: null });
    const got = await server.letter("ada@example.com", /password/);
    assert.deepEqual([got.secure, got.user], [true, login.username]);
  });

  test(`a wrong login (${security}) is tried again and sends nothing`, async () => {
    await using server = await startMailServer(secured);
    await using office = await startOffice(smtp(server.port, security, { ...known, SMTP_PASSWORD: "wrong" }));
    const letter = await office.letter("ada@example.com");
    const told = await office.deliver(letter);
    assert.equal(told.retryMessages.length, 1);
    assert.match((await office.state(letter)).cause ?? "", /^AUTH: 535/);
    assert.equal(server.received.length, 0);
  });

  test(`a server whose certificate is nobody's (${security}) is told nothing`, async () => {
    await using server = await startMailServer({ ...secured, identity: makeAuthority().identity });
    await using office = await startOffice(smtp(server.port, security, known));
    const letter = await office.letter("ada@example.com");
    const told = await office.deliver(letter);
    assert.equal(told.retryMessages.length, 1);
    assert.deepEqual([(await office.state(letter)).state, server.received.length], ["waiting", 0]);
  });

  test(`a certificate for another name (${security}) is refused`, async () => {
    await using server = await startMailServer(secured);
    await using office = await startOffice(smtp(server.port, security, { ...known, SMTP_HOST: "127.0.0.1" }));
    const letter = await office.letter("ada@example.com");
    await office.deliver(letter);
    assert.deepEqual([(await office.state(letter)).state, server.received.length], ["waiting", 0]);
  });
}

test("a server that offers no STARTTLS is told nothing where it is wanted", async () => {
  await using server = await startMailServer();
  await using office = await startOffice(smtp(server.port, "starttls"));
  const letter = await office.letter("ada@example.com");
  await office.deliver(letter);
  assert.equal((await office.state(letter)).cause, "the server offers no STARTTLS");
  assert.equal(server.received.length, 0);
});

test("a letter is sent once though ten deliveries come at the same time, and again later", async () => {
  await using server = await startMailServer({ slow: 300 });
  await using office = await startOffice(smtp(server.port, "none"));
  const letter = await office.letter("ada@example.com");
  const told = await Promise.all(Array.from({ length: 10 }, () => office.deliver(letter)));
  assert.equal(told.filter(({ explicitAcks }) => explicitAcks.length === 1).length, 1);
  const again = await office.deliver(letter, letter);
  assert.deepEqual(again.explicitAcks, ["0", "1"]);
  assert.equal(server.received.length, 1);
});

test("a letter waits while the server is down and arrives when it is up", async () => {
  const first = await startMailServer();
  const { port } = first;
  await first[Symbol.asyncDispose]();
  await using office = await startOffice(smtp(port, "none"));
  const letter = await office.letter("ada@example.com");
  const down = await office.deliver(letter);
  assert.deepEqual([down.explicitAcks, down.retryMessages.length], [[], 1]);
  assert.equal((await office.state(letter)).state, "waiting");
  await using server = await startMailServer({ port });
  assert.deepEqual((await office.deliver(letter)).explicitAcks, ["0"]);
  await server.letter("ada@example.com", /password/);
  assert.deepEqual([(await office.state(letter)).state, server.received.length], ["sent", 1]);
});

test("a letter that never reached the queue is found by the schedule, and not before a minute is over", async () => {
  await using server = await startMailServer();
  await using office = await startOffice(smtp(server.port, "none"));
  const [fresh, old] = [
    await office.letter("new@example.com"),
    await office.letter("old@example.com", { age: 61_000 }),
  ];
  assert.equal(await office.schedule(), "ok");
  await server.letter("old@example.com", /password/);
  assert.equal((await office.state(fresh)).state, "waiting");
  await eventually(async () => ((await office.state(old)).state === "sent" ? true : undefined));
  assert.equal(server.received.length, 1);
});

test("one recipient who is refused holds up nobody else", async () => {
  await using server = await startMailServer({ refuses: /^gone@/ });
  await using office = await startOffice(smtp(server.port, "none"));
  const [gone, here] = [await office.letter("gone@example.com"), await office.letter("here@example.com")];
  assert.deepEqual((await office.deliver(gone, here)).explicitAcks, ["0", "1"]);
  assert.deepEqual([(await office.state(gone)).state, (await office.state(here)).state], ["refused", "sent"]);
});

test("an HTTP API gets the body that the configuration describes", async () => {
  const seen: { headers: Record<string, unknown>; body: unknown }[] = [];
  const api = createServer(async (request, reply) => {
    seen.push({ headers: request.headers, body: JSON.parse(await text(request)) });
    reply.writeHead(seen.length === 1 ? 503 : 200).end("{}");
  });
  await new Promise<void>((done) => api.listen(0, "127.0.0.1", done));
  try {
    await using office = await startOffice({
      MAIL_SENDER: "http",
      MAIL_HTTP_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}/email`,
      MAIL_HTTP_AUTHORIZATION: "X-Postmark-Server-Token: secret",
      MAIL_HTTP_BODY: '{"From":"{{from}}","To":"{{to}}","Subject":"{{subject}}","TextBody":"{{text}}"}',
    });
    const letter = await office.letter("ada@example.com");
    assert.equal((await office.deliver(letter)).retryMessages.length, 1);
    assert.deepEqual((await office.deliver(letter)).explicitAcks, ["0"]);
    const [, { headers, body } = { headers: {}, body: {} }] = seen;
    assert.deepEqual([headers["x-postmark-server-token"], headers["idempotency-key"]], ["secret", letter]);
    const { TextBody, ...rest } = body as Record<string, string>;
    const expected = {
      From: "Selvage <post@selvage.example>",
      To: "ada@example.com",
      Subject: "Selvage: choose a new password",
    };
    assert.deepEqual(rest, expected);
    assert.match(TextBody ?? "", /#lt_[\w-]{43}\n/);
  } finally {
    api.close();
  }
});

test("Cloudflare's binding takes the letter", async () => {
  await using office = await startOffice({ MAIL_SENDER: "cloudflare" });
  const letter = await office.letter("ada@example.com");
  assert.deepEqual((await office.deliver(letter)).explicitAcks, ["0"]);
  assert.deepEqual(await office.state(letter), { state: "sent", attempts: 1, cause: null });
});

test("there is no mailbox but on a developer's machine", async () => {
  const vars = { ENVIRONMENT: "production", PUBLIC_URL: "https://app.example", MAIL_SENDER: "cloudflare" };
  for (const environment of ["production", "staging"]) {
    await using office = await startOffice({ ...vars, ENVIRONMENT: environment });
    for (const path of ["/dev/mailbox", "/dev/mailbox/let_1"]) {
      const reply = await fetch(office.origin + path);
      await reply.arrayBuffer();
      assert.equal(reply.status, 404, `${environment} ${path}`);
    }
    assert.equal((await fetch(`${office.origin}/readyz`)).status, 200);
  }
});
