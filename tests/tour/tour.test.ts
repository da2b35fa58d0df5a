// The README's five minutes, pasted as they stand: its blocks marked `sh tour` go into one shell, top to bottom,
// in an empty folder. Only the local origin is replaced by the stack's. Not here: other documents (`tests/docs`).

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Report } from "../blackbox/ai-journal.ts";
import { root, shared } from "../blackbox/harness.ts";

const LOCAL = "http://127.0.0.1:8787";
const stack = shared();

/** The blocks of a document's tour, as written. */
function tour(name: string): string[] {
  const text = readFileSync(join(root, name), "utf8");
  return [...text.matchAll(/^```sh tour\n(.*?)^```$/gms)].map(([, block]) => block ?? "");
}

const END = "--- the end of a block ---";

/** What each block printed when all were pasted into one shell. */
async function paste(blocks: readonly string[], folder: string): Promise<string[]> {
  const { OPENAI_API_KEY: _, OPENAI_BASE_URL: __, ...env } = process.env;
  const shell = spawn("bash", ["--norc"], { cwd: folder, env: { ...env, TMPDIR: folder }, stdio: "pipe" });
  let printed = "";
  const listen = (text: string): void => {
    printed += text;
  };
  shell.stdout.setEncoding("utf8").on("data", listen);
  shell.stderr.setEncoding("utf8").on("data", listen);
  for (const block of blocks) {
    shell.stdin.write(block.replaceAll(LOCAL, stack.gateway));
    shell.stdin.write(`echo; echo '${END}'\n`);
  }
  // As a terminal does: a command that reads its input gets the lines behind it.
  shell.stdin.end();
  await new Promise((done) => shell.on("close", done));
  return printed.split(`${END}\n`).slice(0, -1);
}

/** The JSON on the last line that holds some. */
function json<T>(printed: string | undefined): T {
  const line = printed?.split("\n").findLast((one) => one.startsWith("{"));
  assert.ok(line, `no JSON in: ${printed}`);
  return JSON.parse(line) as T;
}

describe("the tour of the README", () => {
  const blocks = tour("README.md");
  let printed: string[];
  let folder: string;
  before(
    async () => {
      folder = await mkdtemp(join(tmpdir(), "selvage-tour-"));
      printed = await paste(blocks, folder);
    },
    { timeout: 300_000 },
  );
  after(() => rm(folder, { recursive: true, force: true }));

  let email = "";

  test("has nine steps, and each of them ended", () => {
    assert.equal(blocks.length, 9);
    assert.equal(printed.length, blocks.length, printed.join("\n"));
    for (const block of blocks) assert.doesNotMatch(block.replaceAll(LOCAL, ""), /localhost|127\.0\.0\.1/);
  });

  test("registers, and is signed in", () => {
    const reply = json<{ user: { email: string; name: string }; access_token: string }>(printed[0]);
    email = reply.user.email;
    assert.match(email, /^ada-\d+@example\.com$/);
    assert.equal(reply.user.name, "Ada");
    assert.equal(reply.access_token.split(".").length, 3);
  });

  test("logs in, and keeps a token that says who it is", () => {
    assert.equal(json<{ email: string }>(printed[1]).email, email);
  });

  test("lists the models", () => {
    const { data } = json<{ data: { id: string }[] }>(printed[2]);
    assert.ok(data.some(({ id }) => id === "chat-default"));
  });

  test("chats, and sees what the call cost", () => {
    assert.match(printed[3] ?? "", /^HTTP\/1\.1 200 OK\r$/m);
    const cost = /^X-Cost-Nano-Usd: (\d+)\r$/im.exec(printed[3] ?? "")?.[1];
    assert.ok(Number(cost) > 0);
    const { choices } = json<{ choices: { message: { content: string } }[] }>(printed[3]);
    assert.match(choices[0]?.message.content ?? "", /Say hello\./);
  });

  test("chats streamed", () => {
    const events = (printed[4] ?? "").split("\n").filter((line) => line.startsWith("data: "));
    assert.ok(events.length > 5);
    assert.equal(events.at(-1), "data: [DONE]");
  });

  test("chats with the official SDK for JavaScript, streamed", () => {
    assert.match(printed[5] ?? "", /Say hello from the SDK\./);
  });

  test("chats with the official SDK for Python", () => {
    assert.match(printed[6] ?? "", /Say hello from Python\./);
  });

  test("has a picture looked at, and is told what was seen", () => {
    const last = (printed[7] ?? "").split("\n").findLast((line) => line.startsWith("data: "));
    const { status, result } = JSON.parse(last?.slice(6) ?? "{}") as { status: string; result: { alt: string } };
    assert.equal(status, "succeeded");
    assert.equal(typeof result.alt, "string");
  });

  test("reads what these five calls cost, all of them", () => {
    const { data, total } = json<Report>(printed[8]);
    assert.deepEqual([total.calls, total.failed_calls, total.unpriced_calls], [5, 0, 0]);
    const plain = /^X-Cost-Nano-Usd: (\d+)\r$/im.exec(printed[3] ?? "")?.[1];
    assert.ok(total.cost_nano_usd > Number(plain) * 2, "the plain call and its stream cost the same, and two more");
    assert.deepEqual(
      data.map(({ key }) => key),
      ["simulated-chat"],
    );
  });
});

test("the Chinese README has the same tour", () => {
  assert.deepEqual(tour("README.zh-CN.md"), tour("README.md"));
});

test("the pages the README ends its tour with are there", async () => {
  const text = readFileSync(join(root, "README.md"), "utf8");
  const pages = [...text.matchAll(/<(http:\/\/127\.0\.0\.1:8787[^>]+)>/g)].map(([, url]) => url ?? "");
  assert.ok(pages.length >= 2);
  for (const url of pages) {
    const reply = await fetch(url.replace(LOCAL, stack.gateway));
    assert.equal(reply.status, 200, url);
    await reply.body?.cancel();
  }
});
