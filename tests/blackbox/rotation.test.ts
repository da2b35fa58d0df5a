// Keys are replaced by command and nobody is signed out: what an older key made is good after a restart with the
// new ones, what is made then is the new ones', and the old ones can go when nothing needs them. Not here: what
// becomes of values (xtask's own tests).

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { minute } from "./audit-client.ts";
import { auth, problem, read, tokens } from "./auth-client.ts";
import { type Guarded, guarded, json, pending, rewind, verify } from "./factors-client.ts";
import { command, type Ended, type OwnStack, type Person, person, query, startStack } from "./harness.ts";
import { mailed } from "./mail-box.ts";

const KEYS = ["signing", "pepper", "store", "refresh", "link", "audit"] as const;

let folder: string;
let secrets: string;
let stack: OwnStack;
let someone: Person;
let careful: Guarded;

/** The variables of the file. */
async function vars(): Promise<Record<string, string>> {
  const lines = (await readFile(secrets, "utf8")).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const pairs = lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
  return Object.fromEntries(pairs.map(([name = "", value = ""]) => [name, value.replace(/^'(.*)'$/, "$1")]));
}

/** Starts the stack with the variables as they are now, over the state as it is. */
async function restart(): Promise<void> {
  await stack?.stop();
  stack = await startStack({ vars: await vars(), persist: join(folder, "state") });
}

function rotate(...args: readonly string[]): Promise<Ended> {
  return command(["rotate", ...args, "--secrets-file", secrets, "--persist", join(folder, "state")]).ended;
}

async function done(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await rotate(...args);
  assert.equal(code, 0, `${args}: ${stderr}`);
}

async function refused(said: RegExp, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await rotate(...args);
  assert.equal(code, 1);
  assert.match(stderr, said);
}

const value = (sql: string, id: string): unknown => query(stack, sql, [id])[0]?.value;
const pepperOf = (id: string): string | undefined =>
  /keyid=(\w+)\$/.exec(String(value("SELECT password AS value FROM users WHERE id = ?", id)))?.[1];
const sealedBy = (id: string): string | undefined =>
  String(value("SELECT secret AS value FROM totp_factors WHERE user_id = ?", id)).split(".")[0];
const kidOf = (token: string): string =>
  (JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()) as { kid: string }).kid;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "selvage-rotation-"));
  secrets = join(folder, "local.secrets");
  const { stdout } = await command(["keys"]).ended;
  await writeFile(secrets, stdout, { mode: 0o600 });
  await restart();
  [someone, careful] = await Promise.all([person(stack), guarded(stack)]);
});

after(async () => {
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
});

test("after every key was replaced, what the old ones made is good and what is made is the new ones'", async () => {
  const { email, password, access_token, refresh_token } = someone;
  const link = await mailed(stack, "magic", "/magic");
  const first = await tokens(await auth(stack, "refresh", { refresh_token }));
  await minute(stack);
  for (const key of KEYS) await done(key);
  const beforeRestart = Date.now();
  await restart();

  // Access token, refresh token, mailed link, password, authenticator app: all of the old keys.
  const me = await read(stack, "me", access_token);
  assert.equal(me.status, 200, await me.text());
  if (Date.now() - beforeRestart < 9_000) {
    const retried = await auth(stack, "refresh", { refresh_token });
    if (retried.status === 200) assert.equal((await tokens(retried)).refresh_token, first.refresh_token);
  }
  await tokens(await auth(stack, "magic/consume", { token: link.token }));
  assert.equal(pepperOf(someone.id), "p1");
  const again = await tokens(await auth(stack, "login", { email, password }));
  assert.equal(pepperOf(someone.id), "p2", "the hash was upgraded");
  assert.notEqual(kidOf(again.access_token), kidOf(access_token));
  const old = sealedBy(careful.who.id);
  await rewind(stack, careful);
  await json(await verify(stack, await pending(stack, careful), careful.app.code()));
  assert.notEqual(sealedBy(careful.who.id), old, "the secret was sealed anew");
  await minute(stack);
  const [head] = query(stack, "SELECT last FROM audit_segments WHERE published_at IS NULL");
  assert.equal(head, undefined, "the head of the old key was built on");
});

test("an old key that something needs stays, and goes when nothing does", async () => {
  const left = await person(stack);
  await done("pepper");
  await refused(/wait \d+ s, or say --force/, "signing", "--retire");
  await refused(/wait \d+ s/, "pepper", "--retire");
  await restart();
  // A minute later, as far as the file knows.
  const aged = async () => {
    const text = await readFile(secrets, "utf8");
    await writeFile(secrets, text.replace(/since \d+/g, "since 1"));
  };
  await aged();
  await refused(/\d+ people's secrets still need the old pepper key/, "pepper", "--retire");
  await tokens(await auth(stack, "login", { email: someone.email, password: someone.password }));
  await json(await verify(stack, await pendingAgain(), careful.app.code()));
  await refused(/1 people's secrets still need the old pepper key/, "pepper", "--retire");
  await tokens(await auth(stack, "login", { email: left.email, password: left.password }));
  for (const key of KEYS) await done(key, "--retire");
  await restart();
  const { email, password } = left;
  const fresh = await tokens(await auth(stack, "login", { email, password }));
  assert.equal((await read(stack, "me", fresh.access_token)).status, 200);
  assert.equal((await read(stack, "me", someone.access_token)).status, 401, "its key is gone");
  const { PEPPERS, STORE_KEY, AUTH_KEYS } = await vars();
  const count = (json = "[]") => (JSON.parse(json) as unknown[]).length;
  assert.deepEqual([count(PEPPERS), STORE_KEY?.split(",").length, count(AUTH_KEYS)], [1, 1, 2]);
  await json(await verify(stack, await pendingAgain(), careful.app.code()));
});

async function pendingAgain(): Promise<string> {
  await rewind(stack, careful);
  return pending(stack, careful);
}

test("a key that was not replaced is not retired, and an unknown one is refused", async () => {
  await refused(/does not say that the link key was replaced/, "link", "--retire");
  await refused(/there is no key `salt`; there are signing, pepper/, "salt");
  const wrong = await problem(
    await auth(stack, "login", { email: someone.email, password: "x" }),
    401,
    "invalid_credentials",
  );
  assert.equal(wrong.status, 401);
});
