// API keys: what they open, what their owner sees of them, and that nothing else passes for one.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bookedBy, unique } from "./ai-call.ts";
import { report } from "./ai-journal.ts";
import { problem } from "./auth-client.ts";
import { change, eventually, network, person, post, query, shared, startStack } from "./harness.ts";
import { type ApiKey, bearing, keys, newKey, SCOPES } from "./keys-client.ts";

const stack = shared();

function models(headers: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(`${stack.functions.ai}/v1/models`, { headers });
}

async function status(reply: Promise<Response>): Promise<number> {
  const answered = await reply;
  await answered.arrayBuffer();
  return answered.status;
}

/** The key with its checksum made right again after `change`. */
function forged(key: string, change: (body: string) => string): string {
  const body = change(key.slice(0, -7));
  let crc = 0xffff_ffff;
  for (const byte of Buffer.from(body)) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  }
  const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  let rest = (crc ^ 0xffff_ffff) >>> 0;
  let checksum = "";
  for (let i = 0; i < 7; i++) {
    checksum = digits[rest % 32] + checksum;
    rest = Math.floor(rest / 32);
  }
  return body + checksum;
}

describe("what a key opens", { concurrency: true }, () => {
  test("a key is a bearer token wherever its scope is named, in both headers", async () => {
    const { key } = await newKey(stack, await person());
    assert.equal(await status(models(bearing(key))), 200);
    assert.equal(await status(models({ "x-api-key": key })), 200);
    assert.equal(await status(fetch(`${stack.gateway}/v1/models`, { headers: bearing(key) })), 200);
  });

  test("a key without the scope is 403, and is told which one it lacks", async () => {
    const { key } = await newKey(stack, await person(), { scopes: ["read:usage"] });
    const reply = await models(bearing(key));
    assert.equal(reply.status, 403);
    assert.equal(reply.headers.get("www-authenticate"), 'Bearer error="insufficient_scope", scope="use:ai"');
    assert.match(await reply.text(), /use:ai/);
  });

  test("no key makes keys, reads accounts or changes them", async () => {
    const who = await person();
    const { key, id } = await newKey(stack, who, { scopes: SCOPES });
    const headers = bearing(key);
    const rows: [string, string][] = [
      ["POST", `${stack.functions.users}/v1/keys`],
      ["GET", `${stack.functions.users}/v1/keys`],
      ["DELETE", `${stack.functions.users}/v1/keys/${id}`],
      ["GET", `${stack.functions.auth}/v1/auth/me`],
      ["GET", `${stack.functions.auth}/v1/auth/token`],
      ["POST", `${stack.functions.auth}/v1/auth/logout`],
    ];
    for (const [method, url] of rows) {
      await problem(await fetch(url, { method, headers }), 403, "forbidden");
    }
    assert.equal(await status(keys(stack, who, "GET", `/${id}`)), 200, "it is still there");
  });

  test("a call made with a key is booked under it, and the report can be grouped by it", async () => {
    const who = await person();
    const { key, id } = await newKey(stack, who, { scopes: SCOPES });
    const body = { model: "simulated-chat", messages: [{ role: "user", content: unique() }] };
    const reply = await post(`${stack.functions.ai}/v1/chat/completions`, body, bearing(key));
    assert.equal(reply.status, 200, await reply.text());
    await bookedBy(stack, who, 1);
    const [row] = query(stack, "SELECT key_id FROM ledger WHERE user_id = ?", [who.id]);
    assert.equal(row?.key_id, id);
    for (const headers of [who.headers, bearing(key)]) {
      const { data } = await report(stack, { headers }, { group_by: "key" });
      assert.deepEqual(
        data.map(({ key, calls }) => [key, calls]),
        [[id, 1]],
      );
    }
  });
});

describe("what is no key", { concurrency: true }, () => {
  test("forged, revoked and expired keys, and those of suspended owners, are 401", async () => {
    const [one, other, gone] = [await person(), await person(), await person()];
    const [mine, theirs] = [await newKey(stack, one), await newKey(stack, other)];
    const revoked = await newKey(stack, one);
    assert.equal(await status(keys(stack, one, "DELETE", `/${revoked.id}`)), 204);
    const expired = await newKey(stack, one);
    await change(stack, "UPDATE api_keys SET expires_at = ? WHERE id = ?", [Date.now() - 1, expired.id]);
    const suspended = await newKey(stack, gone);
    await change(stack, "UPDATE users SET status = 'suspended' WHERE id = ?", [gone.id]);
    const id = (key: string): string => key.slice(8, 34);
    const bad: Readonly<Record<string, string>> = {
      "a letter changed": mine.key.replace(/.$/, (last) => (last === "0" ? "1" : "0")),
      "a letter of the secret changed, and the checksum with it": forged(mine.key, (body) =>
        body.replace(/.$/, (last) => (last === "0" ? "1" : "0")),
      ),
      "the id of another person's key": forged(mine.key, (body) => body.replace(id(mine.key), id(theirs.key))),
      "an id nobody has": forged(mine.key, (body) => body.replace(id(mine.key), "0".repeat(26))),
      "in lower case": mine.key.toLowerCase(),
      "the prefix alone": "sk-",
      "a key of another house": "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789",
      revoked: revoked.key,
      expired: expired.key,
      "of a suspended owner": suspended.key,
    };
    for (const [what, key] of Object.entries(bad)) {
      for (const url of [`${stack.functions.ai}/v1/models`, `${stack.functions.usage}/v1/usage`]) {
        const reply = await fetch(url, { headers: bearing(key) });
        assert.equal(reply.status, 401, what);
        assert.match(await reply.text(), /unauthenticated/, what);
      }
    }
    assert.equal(await status(models(bearing(forged(mine.key, (body) => body)))), 200, "the forger computes rightly");
  });

  test("a revoked key is refused soon, and at once where every row asks", async () => {
    const who = await person();
    const { id, key } = await newKey(stack, who);
    assert.equal(await status(models(bearing(key))), 200);
    assert.equal(await status(keys(stack, who, "DELETE", `/${id}`)), 204);
    await eventually(async () => ((await status(models(bearing(key)))) === 401 ? true : undefined), 15_000);
    await using strict = await startStack({ vars: { SESSION_CHECK: "every" } });
    const owner = await person(strict);
    const made = await newKey(strict, owner);
    const ask = (): Promise<number> =>
      status(fetch(`${strict.functions.ai}/v1/models`, { headers: bearing(made.key) }));
    assert.equal(await ask(), 200);
    assert.equal(await status(keys(strict, owner, "DELETE", `/${made.id}`)), 204);
    assert.equal(await ask(), 401);
  });
});

describe("what the owner sees", { concurrency: true }, () => {
  test("the key is shown once, and only a hash of it is kept", async () => {
    const who = await person();
    const made = await newKey(stack, who, { name: " laptop " });
    assert.match(made.key, /^sk-slv1-[0-9A-Z]{65}$/);
    const { key, ...listed } = made;
    assert.deepEqual([listed.name, listed.ending, listed.scopes], ["laptop", key.slice(-4), ["use:ai"]]);
    const reply = await keys(stack, who, "GET", `/${made.id}`);
    assert.deepEqual(await reply.json(), listed);
    const stored = JSON.stringify(query(stack, "SELECT * FROM api_keys WHERE id = ?", [made.id]));
    assert.ok(!stored.includes(key.slice(34, 66)), stored);
  });

  test("keys are listed newest first, page by page, without the revoked ones", async () => {
    const who = await person();
    const made: string[] = [];
    for (let i = 0; i < 5; i++) made.unshift((await newKey(stack, who)).id);
    await keys(stack, who, "DELETE", `/${made[1]}`);
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const reply: Response = await keys(stack, who, "GET", `?limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`);
      const page = (await reply.json()) as { data: ApiKey[]; next_cursor: string | null };
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    assert.deepEqual(
      seen,
      made.filter((id) => id !== made[1]),
    );
  });

  test("another person's cursor is 422", async () => {
    const [one, other] = [await person(), await person()];
    for (const who of [one, one, other]) await newKey(stack, who);
    const { next_cursor } = (await (await keys(stack, one, "GET", "?limit=1")).json()) as { next_cursor: string };
    assert.equal(await status(keys(stack, one, "GET", `?cursor=${next_cursor}`)), 200);
    await problem(await keys(stack, other, "GET", `?cursor=${next_cursor}`), 422, "validation_failed");
    await problem(await keys(stack, one, "GET", "?cursor=AAAA"), 422, "validation_failed");
  });

  test("the last use is seen", async () => {
    const who = await person();
    const { id, key } = await newKey(stack, who);
    await status(models(bearing(key)));
    await eventually(async () => {
      const { last_used_at } = (await (await keys(stack, who, "GET", `/${id}`)).json()) as ApiKey;
      return last_used_at === null ? undefined : true;
    });
  });

  test("making, changing and revoking a key are security events", async () => {
    const who = await person();
    const { id } = await newKey(stack, who);
    await keys(stack, who, "PATCH", `/${id}`, { scopes: [] });
    await keys(stack, who, "DELETE", `/${id}`);
    assert.equal(await status(keys(stack, who, "DELETE", `/${id}`)), 404);
    const rows = query(stack, "SELECT kind, detail FROM security_events WHERE user_id = ? AND kind LIKE 'key_%'", [
      who.id,
    ]);
    assert.deepEqual(
      rows.map(({ kind }) => kind),
      ["key_created", "key_changed", "key_revoked"],
    );
    for (const { detail } of rows) assert.equal((JSON.parse(String(detail)) as { key_id: string }).key_id, id);
  });

  test("of many that revoke at once one is told that it did", async () => {
    const who = await person();
    const { id } = await newKey(stack, who);
    const all = await Promise.all(Array.from({ length: 8 }, () => status(keys(stack, who, "DELETE", `/${id}`))));
    assert.deepEqual(all.sort(), [204, ...Array(7).fill(404)]);
  });

  test("a retry under an idempotency key gets the same key and makes no second one", async () => {
    const who = await person();
    const headers = { "idempotency-key": unique(), "cf-connecting-ip": network() };
    const make = async (): Promise<unknown> => (await keys(stack, who, "POST", "", { name: "once" }, headers)).json();
    assert.deepEqual(await make(), await make());
    const { data } = (await (await keys(stack, who, "GET")).json()) as { data: ApiKey[] };
    assert.equal(data.length, 1);
  });
});
