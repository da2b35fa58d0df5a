// Every scripted fault of the simulator, seen from the far end of a real socket.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chat, content, events, post, start, streamed } from "./client.ts";
import type { Simulator } from "./server.ts";
import { startSimulator } from "./server.ts";

let simulator: Simulator;
let url: string;
before(async () => {
  simulator = await startSimulator();
  url = `${simulator.url}/v1/chat/completions`;
});
after(() => simulator.close());

const DONE = "data: [DONE]";

test("status_answers_with_that_status_and_an_error_body", async () => {
  for (const status of [400, 401, 403, 429, 500, 503]) {
    for (const body of [chat(`[sim:status=${status}]`), streamed(`[sim:status=${status}]`)]) {
      const reply = await post(url, body);
      assert.equal(reply.status, status);
      assert.equal(typeof JSON.parse(reply.text).error.message, "string");
    }
  }
});

test("retry_after_and_code_are_sent_as_scripted", async () => {
  const limited = await post(url, chat("[sim:status=429,retry-after=2]"));
  assert.equal(limited.headers["retry-after"], "2");
  assert.equal(limited.headers["x-ratelimit-remaining-requests"], "0");
  assert.equal(JSON.parse(limited.text).error.code, "rate_limit_exceeded");
  const quota = await post(url, chat("[sim:status=429,code=insufficient_quota]"));
  assert.equal(JSON.parse(quota.text).error.type, "insufficient_quota");
  assert.equal(quota.headers["retry-after"], undefined);
  const moonshot = await post(
    `${simulator.url}/moonshot/v1/chat/completions`,
    chat("[sim:status=429,code=exceeded_current_quota_error]"),
  );
  assert.equal(JSON.parse(moonshot.text).error.type, "exceeded_current_quota_error");
});

test("times_key_and_model_bound_a_fault", async () => {
  const statuses = [];
  for (let turn = 0; turn < 3; turn++) statuses.push((await post(url, chat("[sim:status=500,times=2] again"))).status);
  assert.deepEqual(statuses, [500, 500, 200]);
  const keyed = chat("[sim:status=429,key=-bad]");
  assert.equal((await post(url, keyed, { authorization: "Bearer sk-bad" })).status, 429);
  assert.equal((await post(url, keyed, { authorization: "Bearer sk-good" })).status, 200);
  assert.equal((await post(url, chat("[sim:status=500,model=first]", { model: "first" }))).status, 500);
  assert.equal((await post(url, chat("[sim:status=500,model=first]", { model: "second" }))).status, 200);
});

test("a_stall_lets_through_what_its_place_says_and_no_more", async () => {
  const silent = start(url, streamed("[sim:stall=headers] A"));
  await simulator.waitForCalls({ contains: "stall=headers] A", state: "open" });
  silent.leave();
  const [left] = await simulator.waitForCalls({ contains: "stall=headers] A", state: "client_left" });
  assert.equal(left?.status, null);

  const first = start(url, streamed("[sim:stall=first] B"));
  assert.equal(await first.headers, 200);
  first.leave();
  const [empty] = await simulator.waitForCalls({ contains: "stall=first] B", state: "client_left" });
  assert.equal(empty?.chunks_sent, 0);

  const mid = start(url, streamed("[sim:stall=mid;chunks=6] C"));
  assert.ok(!(await mid.until("content")).includes(DONE));
  mid.leave();
  const [half] = await simulator.waitForCalls({ contains: "stall=mid;chunks=6] C", state: "client_left" });
  assert.equal(half?.chunks_sent, 4);

  const end = start(url, streamed("[sim:stall=end] D"));
  await end.until(DONE);
  end.leave();
  await simulator.waitForCalls({ contains: "stall=end] D", state: "client_left" });
});

test("a_plain_reply_stalls_too", async () => {
  const hanging = start(url, chat("[sim:stall=mid] plain"));
  assert.equal(await hanging.headers, 200);
  await hanging.until("chatcmpl");
  hanging.leave();
  await simulator.waitForCalls({ contains: "stall=mid] plain", state: "client_left" });
});

test("cut_mid_breaks_off_inside_an_event", async () => {
  const reply = await post(url, streamed("[sim:cut=mid;at=3]"));
  assert.equal(reply.complete, false);
  assert.equal(reply.text.split("\n\n").length, 4);
  assert.ok(!reply.text.endsWith("\n\n"));
});

test("cut_between_breaks_off_after_a_whole_event", async () => {
  const reply = await post(url, streamed("[sim:cut=between;at=3]"));
  assert.equal(reply.complete, false);
  assert.equal(events(reply.text).length, 3);
  assert.ok(reply.text.endsWith("\n\n"));
});

test("cut_clean_ends_the_body_without_the_protocols_last_word", async () => {
  const reply = await post(url, streamed("[sim:cut=clean]"));
  assert.equal(reply.complete, true);
  assert.ok(reply.text.endsWith("\n\n") && !reply.text.includes(DONE));
});

test("cut_headers_and_cut_first_send_nothing_of_the_body", async () => {
  await assert.rejects(post(url, streamed("[sim:cut=headers]")));
  const reply = await post(url, streamed("[sim:cut=first]"));
  assert.deepEqual([reply.status, reply.text, reply.complete], [200, "", false]);
  const plain = await post(url, chat("[sim:cut=mid]"));
  assert.equal(plain.complete, false);
  assert.throws(() => JSON.parse(plain.text));
});

test("error_mid_sends_an_error_event_and_no_last_word", async () => {
  const reply = await post(url, streamed("[sim:error=mid]"));
  assert.ok(events(reply.text).at(-1).error.message);
  assert.ok(!reply.text.includes(DONE));
});

test("malformed_adds_one_broken_event_and_goes_on", async () => {
  const usual = (await post(url, streamed("twin"))).text;
  const { text } = await post(url, streamed("[sim:malformed]twin"));
  const broken = text.split("\n\n").filter((event) => event.startsWith("data: {") && !parses(event.slice(6)));
  assert.equal(broken.length, 1);
  assert.ok(text.endsWith(`${DONE}\n\n`));
  assert.equal(content(text.replace(`${broken[0]}\n\n`, "")), content(usual));
});

function parses(json: string): boolean {
  try {
    JSON.parse(json);
    return true;
  } catch {
    return false;
  }
}

test("split_changes_the_pieces_and_not_the_bytes", async () => {
  for (const size of [1, 2, 3, 7, 1000]) {
    const directive = `[sim:split=${size};crlf;text=价格 💰 naïve]`;
    const reply = await post(url, streamed(directive, { model: "m" }));
    const all = Buffer.concat(reply.chunks);
    assert.ok(reply.chunks.slice(0, -1).every((chunk) => chunk.length === size));
    assert.equal(content(reply.text), "价格 💰 naïve");
    const [call] = simulator.calls({ contains: `split=${size};crlf` });
    assert.equal(call?.chunks_sent, events(reply.text).length);
    if (size === 1) assert.ok(all.includes("\r\n\r\n"));
  }
});

test("split_falls_inside_code_points_and_between_cr_and_lf", async () => {
  const { chunks } = await post(url, streamed("[sim:split=1;crlf]"));
  assert.ok(chunks.some((chunk) => ((chunk[0] ?? 0) & 0xc0) === 0x80));
  assert.ok(chunks.some((chunk, index) => chunk.toString() === "\r" && chunks[index + 1]?.toString() === "\n"));
});

test("crlf_ends_every_line_with_cr_lf", async () => {
  const { text } = await post(url, streamed("[sim:crlf]"));
  assert.equal(text.split("\n").length, text.split("\r\n").length);
  assert.ok(text.endsWith("\r\n\r\n"));
});

test("usage_stands_where_the_script_wants_it", async () => {
  const places = async (form: string): Promise<string[]> => {
    const list = events((await post(url, streamed(`[sim:usage=${form}]`))).text);
    return list.flatMap((event) => [
      ...(event.usage ? [event.choices.length === 0 ? "empty" : "finish"] : []),
      ...(event.choices[0]?.usage ? ["choice"] : []),
    ]);
  };
  assert.deepEqual(await places("none"), []);
  assert.deepEqual(await places("empty-choices"), ["empty"]);
  assert.deepEqual(await places("in-last-choice"), ["choice"]);
  assert.deepEqual(await places("on-finish"), ["finish"]);
  assert.deepEqual(await places("both"), ["choice", "empty"]);
  assert.equal(JSON.parse((await post(url, chat("[sim:usage=none]"))).text).usage, undefined);
});

test("scripted_token_counts_replace_the_counted_ones", async () => {
  const { usage } = JSON.parse(
    (await post(url, chat("[sim:prompt-tokens=1000;completion-tokens=70,cached-tokens=400;reasoning-tokens=30]"))).text,
  );
  assert.deepEqual(
    [usage.prompt_tokens, usage.completion_tokens, usage.prompt_tokens_details.cached_tokens],
    [1000, 70, 400],
  );
  assert.equal(usage.completion_tokens_details.reasoning_tokens, 30);
});

test("comments_stand_between_the_events", async () => {
  const { text } = await post(url, streamed("[sim:comment]"));
  assert.equal(text.split(": ping\n\n").length - 1, text.split("data: ").length - 1);
});

test("delay_sends_each_event_by_itself", async () => {
  const before = performance.now();
  const { chunks } = await post(url, streamed("[sim:delay=5;chunks=4]"));
  assert.equal(chunks.length, 8);
  assert.ok(performance.now() - before >= 7 * 4);
});

test("badjson_is_a_200_with_half_a_body_and_html_a_502", async () => {
  const bad = await post(url, chat("[sim:badjson]"));
  assert.deepEqual([bad.status, bad.complete, parses(bad.text)], [200, true, false]);
  const html = await post(url, streamed("[sim:html]"));
  assert.equal(html.status, 502);
  assert.match(String(html.headers["content-type"]), /^text\/html/);
});

test("big_and_text_give_exactly_that_text", async () => {
  for (const body of [chat("[sim:big=3000000]"), streamed("[sim:big=3000000]")]) {
    const { text } = await post(url, body);
    const said = body["stream"] === true ? content(text) : JSON.parse(text).choices[0].message.content;
    assert.equal(Buffer.byteLength(said), 3_000_000);
  }
  const said = content((await post(url, streamed(String.raw`[sim:text=a, b; c\] "d"\n\\]`))).text);
  assert.equal(said, 'a, b; c] "d"\n\\');
});
