// Two hundred calls of every kind at once, in random order: afterwards the ledger, the report, the admission
// object and the provider's own journal tell the same story, call by call and in sum. What nobody could know
// exactly is labelled `estimated`.

import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import type { CallRecord } from "../simulator/journal.ts";
import { asking, type Body, bookedBy, type LedgerRow, open, read, unique } from "./ai-call.ts";
import { journal, report } from "./ai-journal.ts";
import { type Person, person, type Stack, startStack } from "./harness.ts";
import { books } from "./ledger-books.ts";

const CALLS = 200;

const TOOLS = [{ type: "function", function: { name: "weather", parameters: { type: "object" } } }];

/** A kind of call: directives, more of the body, and how it is to be booked. */
interface Kind {
  readonly directives: string;
  readonly more?: Body;
  readonly leaves?: boolean;
  /** Status and settlement, of a plain call and of a stream. */
  readonly plain: string;
  readonly stream?: string;
}

const OK = "succeeded reported";
const REFUSED = "failed reported";
const KINDS: readonly Kind[] = [
  { directives: "", plain: OK },
  { directives: "", more: { n: 3 }, plain: OK },
  { directives: "", more: { model: "simulated-reasoning" }, plain: OK },
  { directives: "", more: { model: "simulated-unpriced" }, plain: OK },
  { directives: "[tool:weather]", more: { tools: TOOLS }, plain: OK },
  { directives: "[sim:split=3]", plain: OK },
  { directives: "[sim:crlf;comment]", plain: OK },
  { directives: "[sim:malformed]", plain: OK },
  { directives: "[sim:usage=in-last-choice]", plain: OK },
  { directives: "[sim:delay=10]", plain: OK },
  { directives: "[sim:prompt-tokens=900;cached-tokens=400;reasoning-tokens=3]", plain: OK },
  { directives: "[sim:usage=none]", plain: "succeeded estimated" },
  { directives: "[sim:status=500]", plain: REFUSED },
  { directives: "[sim:status=429;retry-after=1]", plain: REFUSED },
  { directives: "[sim:status=400]", plain: REFUSED },
  { directives: "[sim:html]", plain: REFUSED },
  { directives: "[sim:badjson]", plain: "failed estimated", stream: "truncated estimated" },
  { directives: "[sim:cut=first]", plain: "failed estimated" },
  { directives: "[sim:cut=mid]", plain: "failed estimated", stream: "truncated estimated" },
  { directives: "[sim:cut=clean]", plain: "failed estimated", stream: "truncated estimated" },
  { directives: "[sim:error=mid]", plain: OK, stream: "truncated estimated" },
  { directives: "[sim:delay=10;chunks=3000]", leaves: true, plain: "client_left estimated" },
];

/** One call of the two hundred. */
interface Made {
  readonly word: string;
  readonly requestId: string;
  readonly expected: string;
}

async function make(stack: Stack, who: Person, kind: Kind, stream: boolean): Promise<Made> {
  const word = unique();
  const bounded = { max_tokens: kind.leaves ? 3_000 : 100, ...kind.more };
  const more = stream ? { ...bounded, stream } : bounded;
  const leave = new AbortController();
  const body = asking(`${word} ${kind.directives}`, more);
  const reply = await open(stack, who, body, { signal: leave.signal });
  const requestId = reply.headers.get("x-request-id") ?? "";
  if (kind.leaves) leave.abort();
  else await read(reply);
  return { word, requestId, expected: stream ? (kind.stream ?? kind.plain) : kind.plain };
}

/** All kinds, plain and streamed, over and over, in random order. */
function shuffled(): [Kind, boolean][] {
  const all = KINDS.flatMap((kind): [Kind, boolean][] =>
    kind.leaves
      ? [[kind, true]]
      : [
          [kind, false],
          [kind, true],
        ],
  );
  const calls = Array.from({ length: CALLS }, (_, i) => all[i % all.length] as [Kind, boolean]);
  for (let i = calls.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [calls[i], calls[j]] = [calls[j] as [Kind, boolean], calls[i] as [Kind, boolean]];
  }
  return calls;
}

function sum<T>(all: readonly T[], value: (one: T) => number | null | undefined): number {
  return all.reduce((total, one) => total + (value(one) ?? 0), 0);
}

/** Whether the row has what the provider counted for the call, or nothing where it answered with an error. */
function agrees(row: LedgerRow, call: CallRecord): void {
  const { usage } = call;
  assert.deepEqual(
    [row.prompt_tokens, row.cached_tokens, row.completion_tokens, row.reasoning_tokens],
    usage === null
      ? [0, 0, 0, 0]
      : [usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens, usage.reasoning_tokens],
  );
}

test("two hundred calls at once are booked as the provider counted them", async () => {
  await using stack = await startStack();
  const who = await person(stack);
  const made = await Promise.all(shuffled().map(([kind, stream]) => make(stack, who, kind, stream)));
  const rows = await bookedBy(stack, who, CALLS, 30_000);
  assert.equal(rows.length, CALLS);
  assert.equal(new Set(rows.map((row) => row.call_id)).size, CALLS);

  const reported: [LedgerRow, CallRecord][] = [];
  for (const { word, requestId, expected } of made) {
    const row = rows.find((one) => one.request_id === requestId);
    const [call, ...more] = await journal(stack, word);
    assert.ok(row && call, `${word} is in the ledger and in the journal`);
    // An outage is tried once more, for nothing.
    const tries = [call, ...more].filter(({ state }) => state !== "faulted");
    assert.ok(more.length === 0 || (tries.length === 0 && row.cost_nano_usd === 0), `${word} was answered once`);
    assert.equal(`${row.status} ${row.settlement}`, expected);
    if (row.settlement === "reported") {
      agrees(row, call);
      reported.push([row, call]);
    }
  }

  const counted = sum(reported, ([, call]) => call.usage?.total_tokens);
  const told = sum(reported, ([row]) => row.prompt_tokens + row.completion_tokens);
  assert.equal(told, counted);
  assert.ok(reported.length > CALLS / 2 && counted > 0);

  const { total } = await report(stack, who);
  assert.deepEqual(total, {
    calls: CALLS,
    failed_calls: rows.filter(({ status }) => !["succeeded", "client_left"].includes(status)).length,
    prompt_tokens: sum(rows, (row) => row.prompt_tokens),
    cached_tokens: sum(rows, (row) => row.cached_tokens),
    completion_tokens: sum(rows, (row) => row.completion_tokens),
    reasoning_tokens: sum(rows, (row) => row.reasoning_tokens),
    cost_nano_usd: sum(rows, (row) => row.cost_nano_usd),
    unpriced_calls: rows.filter((row) => row.cost_nano_usd === null).length,
  });

  // The budget's own book, from which calls are admitted, has spent what the ledger says was spent.
  const settled = { spent: total.cost_nano_usd, reserved: 0, open: 0, waiting: 0 };
  assert.deepEqual({ ...books(stack) }, settled);
});
