// Requests that a machine client signs with an API key's private half: what is let in, through the gateway and at the
// function itself, and everything that is not. The client is a library of others.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { unique } from "./ai-call.ts";
import { problem } from "./auth-client.ts";
import { person, query, shared } from "./harness.ts";
import { bearing, keys, newKey } from "./keys-client.ts";
import { contentDigest, pair, type Signed, type SigningKey, send, signed, signingKey } from "./signing-client.ts";

const stack = shared();
const MODELS = `${stack.functions.ai}/v1/models`;

function chat(content: string): string {
  return JSON.stringify({ model: "simulated-chat", messages: [{ role: "user", content }] });
}

async function status(reply: Promise<Response>): Promise<number> {
  const answered = await reply;
  await answered.arrayBuffer();
  return answered.status;
}

/** Asserts that a request is refused for its signature, in the dialect of its row. */
async function refused(sending: Promise<Response>, why: string): Promise<void> {
  const reply = await sending;
  const text = await reply.text();
  assert.equal(reply.status, 401, `${why}: ${text}`);
  assert.match(text, /signature/, why);
  assert.ok(reply.headers.has("accept-signature"), why);
}

describe("what is let in", { concurrency: true }, () => {
  test("a signed request is, at the function and through the gateway", async () => {
    const key = await signingKey(stack, await person());
    for (const origin of [stack.functions.ai, stack.gateway]) {
      assert.equal(await status(send(await signed(key, `${origin}/v1/models`))), 200, origin);
      const url = `${origin}/v1/chat/completions`;
      for (const digest of ["sha-256", "sha-512"] as const) {
        const reply = await send(await signed(key, url, { body: chat(unique()), digest }));
        assert.equal(reply.status, 200, await reply.text());
      }
    }
  });

  test("components one by one are as good as the whole address, the query among them", async () => {
    const key = await signingKey(stack, await person(), { scopes: ["read:usage"] });
    const fields = ["@method", "@authority", "@path", "@query"];
    for (const origin of [stack.functions.usage, stack.gateway]) {
      const url = `${origin}/v1/usage?group_by=model&from=2026-01-01`;
      assert.equal(await status(send(await signed(key, url, { fields }))), 200);
      assert.equal(await status(send(await signed(key, url))), 200);
      await refused(send(await signed(key, url, { fields: fields.slice(0, 3) })), "the query is not covered");
    }
  });

  test("further headers may be covered", async () => {
    const key = await signingKey(stack, await person());
    const body = chat(unique());
    const fields = ["@method", "@target-uri", "@scheme", "content-digest", "content-type"];
    const made = await signed(key, `${stack.gateway}/v1/chat/completions`, { body, fields });
    assert.equal(await status(send(made)), 200);
    const changed = { ...made.headers, "content-type": "application/json; charset=utf-8" };
    await refused(send({ ...made, headers: changed }), "a covered header was changed");
  });

  test("a body of megabytes is compared with its digest before anything is done", async () => {
    const key = await signingKey(stack, await person());
    const url = `${stack.gateway}/v1/chat/completions`;
    const body = chat(`${unique()} ${"x".repeat(3_000_000)}`);
    const made = await signed(key, url, { body });
    await refused(send({ ...made, body: body.replace(/x"/, 'y"') }), "its last letter was changed");
    assert.notEqual(await status(send(made)), 401);
  });

  test("a signed request has what its key has and nothing else", async () => {
    const key = await signingKey(stack, await person());
    const reply = await send(await signed(key, `${stack.functions.usage}/v1/usage`));
    assert.equal(reply.status, 403);
    assert.equal(reply.headers.get("www-authenticate"), 'Bearer error="insufficient_scope", scope="read:usage"');
    // Nobody looks for signatures where a row names no scope.
    for (const row of ["/v1/auth/me", "/v1/auth/token"]) {
      assert.equal(await status(send(await signed(key, `${stack.functions.auth}${row}`))), 401, row);
    }
    const more = JSON.stringify({ name: "another" });
    assert.equal(await status(send(await signed(key, `${stack.functions.users}/v1/keys`, { body: more }))), 401);
  });
});

describe("a key that signs", { concurrency: true }, () => {
  test("has no text, is listed with its public half, and is taken in both forms", async () => {
    const who = await person();
    const { pem, x } = pair();
    for (const public_key of [pem, x]) {
      const { key, ...listed } = await newKey(stack, who, { public_key });
      assert.equal(key, null);
      assert.equal((listed as unknown as { public_key: string }).public_key, x);
      assert.deepEqual(await (await keys(stack, who, "GET", `/${listed.id}`)).json(), listed);
      const [row] = query(stack, "SELECT hash FROM api_keys WHERE id = ?", [listed.id]);
      assert.equal(row?.hash, "");
    }
  });

  test("is refused when it is none, or one to which all signatures fit", async () => {
    const who = await person();
    const small = Buffer.alloc(32);
    small[0] = 1;
    for (const public_key of [
      "",
      "AAAA",
      "sk-slv1-",
      small.toString("base64url"),
      pair().pem.replace("MCow", "MCow="),
    ]) {
      const reply = await keys(stack, who, "POST", "", { name: "bad", public_key });
      const { errors } = await problem(reply, 422, "validation_failed");
      assert.equal(errors?.[0]?.pointer, "/public_key");
    }
  });

  test("is refused everywhere at once when it is revoked", async () => {
    const who = await person();
    const key = await signingKey(stack, who);
    assert.equal(await status(send(await signed(key, MODELS))), 200);
    assert.equal(await status(keys(stack, who, "DELETE", `/${key.id}`)), 204);
    await refused(send(await signed(key, MODELS)), "revoked");
  });
});

describe("what is refused", { concurrency: true }, () => {
  test("of many that send one signed request at once exactly one is served", async () => {
    const key = await signingKey(stack, await person());
    for (const url of [MODELS, `${stack.gateway}/v1/models`]) {
      const made = await signed(key, url);
      const all = await Promise.all(Array.from({ length: 12 }, () => status(send(made))));
      assert.deepEqual(all.sort(), [200, ...Array(11).fill(401)]);
    }
  });

  test("a nonce that another request had", async () => {
    const key = await signingKey(stack, await person());
    const nonce = unique();
    assert.equal(await status(send(await signed(key, MODELS, { nonce }))), 200);
    await refused(send(await signed(key, `${stack.gateway}/v1/models`, { nonce })), "another address");
    await refused(send(await signed(key, MODELS, { nonce, created: Date.now() - 60_000 })), "another time");
    const other = await signingKey(stack, await person());
    assert.equal(await status(send(await signed(other, MODELS, { nonce }))), 200, "nonces belong to a key");
  });

  test("a signature of another time", async () => {
    const key = await signingKey(stack, await person());
    for (const minutes of [-6, 6, -60 * 24]) {
      await refused(send(await signed(key, MODELS, { created: Date.now() + minutes * 60_000 })), `${minutes} minutes`);
    }
    assert.equal(await status(send(await signed(key, MODELS, { created: Date.now() - 240_000 }))), 200);
  });

  test("whatever was changed after signing", async () => {
    const key = await signingKey(stack, await person());
    const url = `${stack.gateway}/v1/chat/completions`;
    const body = chat(unique());
    const made = await signed(key, url, { body });
    const input = made.headers["Signature-Input"] ?? "";
    const signature = made.headers["Signature"] ?? "";
    const header = (headers: Readonly<Record<string, string>>): Signed => {
      return { ...made, headers: { ...made.headers, ...headers } };
    };
    const without = Object.fromEntries(Object.entries(made.headers).filter(([name]) => name !== "content-digest"));
    const changes: Readonly<Record<string, Signed>> = {
      "the body": { ...made, body: `${body} ` },
      "the body and its digest": { ...header({ "content-digest": contentDigest(`${body} `) }), body: `${body} ` },
      "the origin": { ...made, url: `${stack.functions.ai}/v1/chat/completions` },
      "the query": { ...made, url: `${url}?x=1` },
      "the digest is missing": { ...made, headers: without },
      "a digest of another kind alone": header({ "content-digest": "md5=:AAAA:" }),
      "the method is not covered": header({ "Signature-Input": input.replace('"@method" ', "") }),
      "the label": header({ "Signature-Input": input.replace("sig1=", "sig2=") }),
      "two labels": header({ "Signature-Input": `${input}, ${input.replace("sig1", "sig2")}` }),
      "one label twice": header({ "Signature-Input": `${input}, ${input}`, Signature: `${signature}, ${signature}` }),
      "another algorithm": header({ "Signature-Input": input.replace("ed25519", "hmac-sha256") }),
      "a key nobody has": header({ "Signature-Input": input.replace(key.id, `key_${"0".repeat(26)}`) }),
      "no signature": header({ Signature: "" }),
      "a short signature": header({ Signature: "sig1=:AAAA:" }),
    };
    for (const [what, changed] of Object.entries(changes)) await refused(send(changed), what);
    assert.equal(await status(send(made)), 200, "none of them used the nonce up");
  });

  test("what leaves out what it must cover", async () => {
    const key = await signingKey(stack, await person());
    const url = `${stack.functions.ai}/v1/chat/completions`;
    const less = [
      ["@method", "@target-uri"],
      ["@target-uri", "content-digest"],
      ["@method", "@path", "content-digest"],
      [],
    ];
    for (const fields of less) {
      await refused(send(await signed(key, url, { body: chat(unique()), fields })), fields.join(" "));
    }
  });

  test("another pair's signature, and one that says another algorithm", async () => {
    const who = await person();
    const key = await signingKey(stack, who);
    const thief: SigningKey = { id: key.id, privateKey: pair().privateKey };
    await refused(send(await signed(thief, MODELS)), "another pair");
    await refused(send(await signed(key, MODELS, { alg: "rsa-v1_5-sha256" })), "another algorithm");
    const secret = await newKey(stack, who);
    await refused(send(await signed({ ...thief, id: secret.id }, MODELS)), "a key that is sent");
    assert.equal(await status(fetch(MODELS, { headers: bearing(`sk-slv1-${key.id.slice(4)}${"0".repeat(39)}`) })), 401);
  });
});
