// The simulator's journal, its routes under `/_sim/`, and the simulator as a program.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import type { Loose } from "./client.ts";
import { chat, post, start, streamed } from "./client.ts";
import { Journal } from "./journal.ts";
import type { Simulator } from "./server.ts";
import { startSimulator } from "./server.ts";

let simulator: Simulator;
let url: string;
before(async () => {
  simulator = await startSimulator();
  url = `${simulator.url}/v1/chat/completions`;
});
after(() => simulator.close());

const get = async (path: string): Promise<Loose> => (await fetch(`${simulator.url}/_sim/${path}`)).json();

test("a_call_is_kept_with_its_unknown_fields_and_without_its_key", async () => {
  await post(url, chat("keep this 保存", { unheard_of: { of: [1, "二"] } }), {
    authorization: "Bearer sk-secret-abcd",
    "x-api-key": "other-wxyz",
  });
  const calls = await get(`calls?contains=${encodeURIComponent("keep this 保存")}`);
  assert.equal(calls.length, 1);
  const [call] = calls;
  assert.deepEqual(call.body.unheard_of, { of: [1, "二"] });
  assert.deepEqual([call.headers.authorization, call.headers["x-api-key"]], ["…abcd", "…wxyz"]);
  assert.deepEqual([call.path, call.state, call.status], ["/v1/chat/completions", "finished", 200]);
  assert.ok(Date.parse(call.started_at) > 0);
  assert.deepEqual(await get("calls?contains=nothing-like-it"), []);
});

test("the_journals_usage_is_that_of_the_reply", async () => {
  const reply: Loose = JSON.parse((await post(url, chat("count me", { model: "simulated-reasoning" }))).text);
  const [call] = await get("calls?contains=count+me");
  const { usage } = reply;
  assert.deepEqual(call.usage, {
    prompt_tokens: usage.prompt_tokens,
    completion_tokens: usage.completion_tokens,
    total_tokens: usage.total_tokens,
    cached_tokens: usage.prompt_tokens_details.cached_tokens,
    cache_write_tokens: 0,
    reasoning_tokens: usage.completion_tokens_details.reasoning_tokens,
  });
});

test("a_cut_call_tells_what_was_sent_and_what_the_whole_would_have_cost", async () => {
  await post(url, streamed("cut and count [sim:cut=between;at=3;chunks=4;text=12345678]"));
  const [call] = simulator.calls({ contains: "cut and count" });
  assert.deepEqual(
    [call?.state, call?.chunks_sent, call?.tokens_sent, call?.usage?.completion_tokens],
    ["faulted", 3, 1, 2],
  );
});

test("refusals_and_scripted_errors_are_kept_apart", async () => {
  await post(url, chat("refused", { model: "missing-y" }));
  await post(url, chat("scripted [sim:status=500]"));
  assert.deepEqual(
    simulator.calls({ contains: "refused" }).map((call) => [call.state, call.status, call.usage]),
    [["finished", 404, null]],
  );
  assert.deepEqual(
    simulator.calls({ contains: "scripted" }).map((call) => [call.state, call.status]),
    [["faulted", 500]],
  );
});

test("waiting_returns_as_soon_as_the_client_has_left", async () => {
  const wait = get("calls/wait?contains=leave+me&state=client_left&timeout_ms=5000");
  const hanging = start(url, streamed("leave me [sim:delay=60000]"));
  await hanging.until("data: ");
  hanging.leave();
  const calls = await wait;
  assert.equal(calls.length, 1);
  assert.equal(calls[0].chunks_sent, 1);
});

test("waiting_for_several_calls_needs_all_of_them", async () => {
  const wait = simulator.waitForCalls({ contains: "several", state: "finished" }, 3);
  await Promise.all([1, 2, 3].map((turn) => post(url, chat(`several ${turn}`))));
  assert.equal((await wait).length, 3);
});

test("waiting_in_vain_is_408_and_says_what_did_arrive", async () => {
  await post(url, chat("in vain"));
  const reply = await fetch(`${simulator.url}/_sim/calls/wait?contains=in+vain&state=client_left&timeout_ms=20`);
  assert.equal(reply.status, 408);
  const body: Loose = await reply.json();
  assert.equal(body.calls[0].state, "finished");
  await assert.rejects(simulator.waitForCalls({ contains: "never" }, 1, 10));
});

test("deleting_forgets_calls_and_restarts_times", async () => {
  const own = await startSimulator();
  try {
    const body = chat("[sim:status=500,times=1]");
    const ask = async (): Promise<number> => (await post(`${own.url}/v1/chat/completions`, body)).status;
    assert.deepEqual([await ask(), await ask()], [500, 200]);
    assert.equal((await fetch(`${own.url}/_sim/calls`, { method: "DELETE" })).status, 204);
    assert.deepEqual(own.calls(), []);
    assert.equal(await ask(), 500);
  } finally {
    await own.close();
  }
});

test("wrong_control_requests_are_refused", async () => {
  assert.equal((await fetch(`${simulator.url}/_sim/calls?state=asleep`)).status, 400);
  assert.equal((await fetch(`${simulator.url}/_sim/nothing`)).status, 404);
});

test("the_journal_is_bounded_by_number_and_by_size", () => {
  const many = new Journal();
  for (let turn = 0; turn < 12_345; turn++) many.open("POST", "/p", {}, `${turn}`, "");
  const kept = many.list();
  assert.deepEqual([kept.length, kept[0]?.body, kept.at(-1)?.body], [10_000, 2345, 12_344]);
  const large = new Journal();
  for (let turn = 0; turn < 20; turn++) large.open("POST", "/p", {}, "x".repeat(8 * 1024 * 1024), "");
  assert.equal(large.list().length, 8);
});

test("the_program_prints_one_line_and_ends_on_a_signal", async () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    const child = spawn(process.execPath, [new URL("main.ts", import.meta.url).pathname, "--port", "0"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let out = "";
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
    });
    while (!out.includes("\n")) await once(child.stdout, "data");
    assert.match(out, /^simulator listening on http:\/\/127\.0\.0\.1:\d+\n$/);
    const held = start(`${out.trim().split(" ").at(-1)}/v1/chat/completions`, streamed("[sim:stall=first]"));
    await held.headers;
    child.kill(signal);
    assert.deepEqual(await once(child, "exit"), [0, null]);
  }
});

test("a_taken_port_or_a_wrong_argument_is_one_sentence_and_exit_1", async () => {
  const port = new URL(simulator.url).port;
  for (const args of [
    ["--port", port],
    ["--port", "many"],
    ["--prot", "1"],
  ]) {
    const child = spawn(process.execPath, [new URL("main.ts", import.meta.url).pathname, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let err = "";
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString();
    });
    const [code] = await once(child, "close");
    assert.equal(code, 1);
    assert.match(err, /simulator: /);
  }
});
