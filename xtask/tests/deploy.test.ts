// `cargo xtask deploy` against a stand-in of Cloudflare's API: what it creates,
// in which order it deploys, and who gets which secret. Not here: dry runs, which
// the suite makes for every Worker and environment.

import assert from "node:assert/strict";
import { mkdtemp, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { Cloudflare } from "./cloudflare.ts";
import { Command, root } from "./command.ts";

let secrets: string;

before(async () => {
  const { stdout } = await new Command(["keys"]).ended;
  secrets = join(await mkdtemp(join(tmpdir(), "selvage-")), "staging.secrets");
  await writeFile(secrets, stdout, { mode: 0o600 });
});

/** The functions there are: folders with a crate in them. */
async function functions(): Promise<string[]> {
  const crates = await readdir(join(root, "functions"), { recursive: true });
  return crates.filter((path) => /^[^/]+\/Cargo\.toml$/.test(path)).map((path) => path.split("/")[0] ?? "");
}

function deploy(cloudflare: Cloudflare, ...more: string[]): Command {
  return new Command(["deploy", "--env", "staging", ...more], cloudflare.environment);
}

test("a deployment creates what is missing, once, and deploys callees before callers", async () => {
  await using cloudflare = await Cloudflare.start();
  const first = await deploy(cloudflare, "--secrets-file", secrets).ended;
  assert.equal(first.code, 0, first.stderr);
  assert.deepEqual(cloudflare.created, [
    "selvage-mail-staging",
    "selvage-usage-staging",
    "selvage-mail-dead-staging",
    "selvage-usage-dead-staging",
    "selvage-analyses-staging",
    "selvage-analyses-dead-staging",
    "selvage-batches-staging",
    "selvage-batches-dead-staging",
    "selvage-evaluations-staging",
    "selvage-evaluations-dead-staging",
    "selvage-tuning-staging",
    "selvage-tuning-dead-staging",
    "selvage-passwords-staging",
    "selvage-uploads-staging",
    "selvage-audit-staging",
    "selvage-staging",
    "selvage-cache-staging",
  ]);
  const names = cloudflare.uploads.map(({ name }) => String(name));
  assert.deepEqual([...names].sort(), (await functions()).map((name) => `selvage-${name}-staging`).sort());
  for (const [place, { name, bindings }] of cloudflare.uploads.entries()) {
    const callees = bindings.filter(({ type }) => type === "service").map(({ service }) => String(service));
    for (const callee of callees) assert.ok(names.slice(0, place).includes(callee), `${name} stands before ${callee}`);
  }

  const second = await deploy(cloudflare, "--secrets-file", secrets).ended;
  assert.equal(second.code, 0, second.stderr);
  assert.equal(cloudflare.created.length, 17);
  assert.equal(cloudflare.uploads.length, 2 * names.length);

  const secretsOf = (worker: string): unknown[] => {
    const upload = cloudflare.uploads.find(({ name }) => name === `selvage-${worker}-staging`);
    const bound = upload?.bindings.filter(({ type }) => type === "secret_text") ?? [];
    return bound.map(({ name }) => name).sort();
  };
  assert.deepEqual(secretsOf("hash"), ["PEPPERS"]);
  assert.deepEqual(secretsOf("auth"), ["AUTH_JWKS", "AUTH_KEYS", "LINK_KEY", "REFRESH_KEY", "STORE_KEY"]);
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
