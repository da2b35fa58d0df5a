// Schemathesis over the API description, against the built Workers through the gateway: as nobody, as a user and as
// an administrator. No reply is 5xx, and every reply is as it is described. What it is told is in `schemathesis.toml`
// and `hooks.py`. `SELVAGE_EXAMPLES` is the number of cases an operation and phase gets at most, 20 unless set.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { admin, change, logLines, type OwnStack, type Person, person, startStack } from "../blackbox/harness.ts";

const folder = import.meta.dirname;
const examples = process.env.SELVAGE_EXAMPLES ?? "20";

let stack: OwnStack;

before(async () => {
  // Thousands of calls come from one machine, and a long run outlives the usual token.
  stack = await startStack({ vars: { STRICT_QUOTA: "1000000000", ACCESS_TOKEN_SECONDS: "86400" } });
});

after(async () => void (await stack?.stop()));

interface Run {
  readonly code: number | null;
  readonly said: string;
  readonly cases: number;
}

async function run(who: Pick<Person, "email" | "password">): Promise<Run> {
  const python = process.env.SELVAGE_PYTHON;
  assert.ok(python, "SELVAGE_PYTHON is not set: `cargo xtask test --only schemathesis` sets it");
  const program = join(dirname(python), "schemathesis");
  const args = ["--config-file", "schemathesis.toml", "--no-color", "run", `${stack.gateway}/v1/openapi.json`];
  const env = {
    ...process.env,
    PYTHONPATH: folder,
    PYTHONDONTWRITEBYTECODE: "1",
    SELVAGE_GATEWAY: stack.gateway,
    SELVAGE_EMAIL: who.email,
    SELVAGE_PASSWORD: who.password,
  };
  const child = spawn(program, [...args, "--max-examples", examples], { cwd: folder, env });
  const [said, wrong, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((done, failed) => child.on("error", failed).on("close", done)),
  ]);
  const cases = Number(/^ *(\d+) generated/m.exec(said)?.[1] ?? 0);
  return { code, said: said + wrong, cases };
}

/** No failure, and enough cases to be worth the name. */
async function check(who: Pick<Person, "email" | "password">, least: number): Promise<void> {
  const { code, said, cases } = await run(who);
  assert.equal(code, 0, said);
  assert.ok(cases >= least, `${cases} cases only:\n${said}`);
}

test("nobody gets a 5xx or a reply that is not described", () => check({ email: "", password: "" }, 2_000));

test("a user gets no 5xx and no reply that is not described", async () => {
  const who = await person(stack);
  await change(stack, "UPDATE users SET email_verified_at = 1 WHERE id = ?", [who.id]);
  await check(who, 3_000);
});

test("an administrator gets no 5xx and no reply that is not described", async () => check(await admin(stack), 3_000));

test("the Workers have logged no error meanwhile", () => {
  assert.deepEqual(
    logLines(stack, ({ level }) => level === "error"),
    [],
  );
});
