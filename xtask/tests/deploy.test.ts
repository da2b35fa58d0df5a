// `cargo xtask deploy` against a stand-in of Cloudflare's API: what it creates,
// in which order it deploys, and who gets which secret. Not here: dry runs, which
// the suite makes for every Worker and environment.

import assert from "node:assert/strict";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { Cloudflare } from "./cloudflare.ts";
import { Command } from "./command.ts";

let secrets: string;

before(async () => {
  const { stdout } = await new Command(["keys"]).ended;
  secrets = join(await mkdtemp(join(tmpdir(), "selvage-")), "staging.secrets");
  await writeFile(secrets, stdout, { mode: 0o600 });
});

function deploy(cloudflare: Cloudflare, ...more: string[]): Command {
  return new Command(["deploy", "--env", "staging", ...more], cloudflare.environment);
}

test("a deployment creates what is missing, once, and deploys callees before callers", async () => {
  await using cloudflare = await Cloudflare.start();
  const first = await deploy(cloudflare, "--secrets-file", secrets).ended;
  assert.equal(first.code, 0, first.stderr);
  assert.deepEqual(cloudflare.created, [
    "selvage-usage-staging",
    "selvage-usage-dead-staging",
    "selvage-staging",
    "selvage-cache-staging",
  ]);
  const names = ["hash", "auth", "users", "ai", "usage", "gateway"].map((name) => `selvage-${name}-staging`);
  assert.deepEqual(
    cloudflare.uploads.map(({ name }) => name),
    names,
  );

  const second = await deploy(cloudflare, "--secrets-file", secrets).ended;
  assert.equal(second.code, 0, second.stderr);
  assert.equal(cloudflare.created.length, 4);
  assert.equal(cloudflare.uploads.length, 2 * names.length);

  const secretsOf = (worker: string): unknown[] => {
    const upload = cloudflare.uploads.find(({ name }) => name === `selvage-${worker}-staging`);
    const bound = upload?.bindings.filter(({ type }) => type === "secret_text") ?? [];
    return bound.map(({ name }) => name).sort();
  };
  assert.deepEqual(secretsOf("hash"), ["PEPPERS"]);
  assert.deepEqual(secretsOf("auth"), ["AUTH_JWKS", "AUTH_KEYS", "REFRESH_KEY", "STORE_KEY"]);
  assert.deepEqual(secretsOf("gateway"), ["AUTH_JWKS"]);

  const namespaces = cloudflare.uploads.flatMap(({ bindings }) =>
    bindings.filter(({ type }) => type === "kv_namespace").map((binding) => binding.namespace_id),
  );
  assert.deepEqual([...new Set(namespaces)], ["kv-selvage-cache-staging"]);
});

test("a first deployment without secrets is refused with the command that makes them", async () => {
  await using cloudflare = await Cloudflare.start();
  const { code, stderr } = await deploy(cloudflare).ended;
  assert.equal(code, 1);
  assert.match(stderr, /cargo xtask keys > staging\.secrets/);
  assert.deepEqual(cloudflare.uploads, []);
});

test("an unknown environment is refused", async () => {
  const { code, stderr } = await new Command(["deploy", "--env", "prod"]).ended;
  assert.equal(code, 1);
  assert.match(stderr, /there is no environment `prod`/);
});
