// `cargo xtask rotate --env` against a stand-in of Cloudflare's API: who is given what in which order, and that a
// run which broke off is gone on with. Not here: what becomes of values (`rotation.rs`), running Workers.

import assert from "node:assert/strict";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Cloudflare } from "./cloudflare.ts";
import { Command, type Ended } from "./command.ts";

/** A file of fresh secrets. */
async function fresh(): Promise<string> {
  const { stdout } = await new Command(["keys"]).ended;
  const file = join(await mkdtemp(join(tmpdir(), "selvage-")), "staging.secrets");
  await writeFile(file, stdout, { mode: 0o600 });
  return file;
}

function rotate(cloudflare: Cloudflare, file: string, ...more: readonly string[]): Promise<Ended> {
  const args = ["rotate", ...more, "--env", "staging", "--secrets-file", file, "--wait", "0"];
  return new Command(args, cloudflare.environment).ended;
}

/** The names of a list of signing keys. */
function kids(json: string): string[] {
  const value = JSON.parse(json) as { kid: string }[] | { keys: { kid: string }[] };
  return (Array.isArray(value) ? value : value.keys).map(({ kid }) => kid);
}

function keysIn(text: string): string[] {
  return kids(/^AUTH_KEYS='(.*)'$/m.exec(text)?.[1] ?? "[]");
}

test("whoever verifies knows a signing key before anybody signs with it", async () => {
  await using cloudflare = await Cloudflare.start();
  const file = await fresh();
  const [first, second] = keysIn(await readFile(file, "utf8"));
  const { code, stderr } = await rotate(cloudflare, file, "signing");
  assert.equal(code, 0, stderr);
  const after = keysIn(await readFile(file, "utf8"));
  assert.deepEqual([after[0], after[2]], [second, first]);
  const firstToSign = cloudflare.given.findIndex(({ secrets }) => kids(secrets.AUTH_KEYS ?? "[]")[0] === second);
  const told = cloudflare.given.slice(0, firstToSign).filter(({ secrets }) => "AUTH_JWKS" in secrets);
  const verifiers = new Set(cloudflare.given.filter(({ secrets }) => "AUTH_JWKS" in secrets).map(({ name }) => name));
  const knowing = told.filter(({ secrets }) => kids(secrets.AUTH_JWKS ?? "[]").includes(after[1] ?? ""));
  assert.deepEqual(new Set(knowing.map(({ name }) => name)), verifiers);
  assert.ok(verifiers.has("selvage-gateway-staging") && verifiers.has("selvage-audit-staging"));
  for (const { name, secrets } of cloudflare.given) {
    assert.equal(Object.keys(secrets).length, 1);
    if (name === "selvage-gateway-staging") assert.ok(!("AUTH_KEYS" in secrets));
  }
});

test("a run that broke off is gone on with, and makes no second key", async () => {
  await using cloudflare = await Cloudflare.start();
  const file = await fresh();
  cloudflare.failsAfter = 3;
  assert.equal((await rotate(cloudflare, file, "store")).code, 1);
  const broken = await readFile(file, "utf8");
  assert.match(broken, /^# key store known since \d+$/m);
  const [, made] = /^STORE_KEY=([^,]+),(.+)$/m.exec(broken)?.slice(1) ?? [];
  const { code, stderr } = await rotate(cloudflare, file, "store");
  assert.equal(code, 0, stderr);
  const done = await readFile(file, "utf8");
  assert.equal(/^STORE_KEY=(.+)$/m.exec(done)?.[1]?.split(",")[0], made);
  assert.equal(/^STORE_KEY=(.+)$/m.exec(done)?.[1]?.split(",").length, 2);
  assert.match(done, /^# key store used since \d+$/m);
});

test("nothing is given out without the file", async () => {
  await using cloudflare = await Cloudflare.start();
  const { code, stderr } = await new Command(["rotate", "link", "--env", "staging"], cloudflare.environment).ended;
  assert.equal(code, 1);
  assert.match(stderr, /--secrets-file is needed/);
  assert.deepEqual(cloudflare.given, []);
});
