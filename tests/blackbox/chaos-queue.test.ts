// The way from the queue into the ledger when things go wrong on it: messages that come twice, that nobody can
// read, that the database refuses. Not here: how records get into the queue (`chaos-kill`).

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Consumer, record, startConsumer } from "./chaos-queue.ts";
import { eventually } from "./harness.ts";

const row = async (consumer: Consumer, id: unknown): Promise<Record<string, unknown>[]> =>
  consumer.sql("SELECT * FROM ledger WHERE call_id = ?", id);

describe("a batch that is handed over", () => {
  let consumer: Consumer;
  before(async () => {
    consumer = await startConsumer();
  });
  after(() => consumer[Symbol.asyncDispose]());

  test("with the same call ten times counts it once", async () => {
    const one = record();
    const text = JSON.stringify(one);
    const told = await consumer.deliver(Array.from({ length: 10 }, () => text));
    assert.equal(told.outcome, "ok");
    assert.equal(told.explicitAcks.length, 10);
    const rows = await row(consumer, one.call_id);
    assert.deepEqual(
      rows.map(({ cost_nano_usd }) => cost_nano_usd),
      [30_000],
    );
  });

  test("again and again, also ten at the same time, counts its calls once", async () => {
    const all = Array.from({ length: 20 }, () => record());
    const texts = all.map((one) => JSON.stringify(one));
    await consumer.deliver(texts);
    await Promise.all(Array.from({ length: 10 }, () => consumer.deliver(texts)));
    for (const { call_id } of all) assert.equal((await row(consumer, call_id)).length, 1);
  });

  test("with an estimate that was corrected keeps the correction, in any order and however often", async () => {
    const truth = record({ cost_nano_usd: 7 });
    const guess = { ...truth, status: "killed", settlement: "estimated", cost_nano_usd: 99 };
    for (const order of [
      [guess, truth],
      [truth, guess],
      [guess, truth, guess, guess, truth],
    ]) {
      const call_id = `${truth.call_id}${order.length}${order[0] === guess}`;
      for (const one of order) await consumer.deliver([JSON.stringify({ ...one, call_id })]);
      const [kept] = await row(consumer, call_id);
      assert.deepEqual([kept?.status, kept?.cost_nano_usd], ["succeeded", 7]);
    }
  });

  test("never lets a later copy of a finished call change it", async () => {
    const one = record();
    await consumer.deliver([JSON.stringify(one)]);
    await consumer.deliver([JSON.stringify({ ...one, cost_nano_usd: 1, user_id: "usr_2" })]);
    const [kept] = await row(consumer, one.call_id);
    assert.deepEqual([kept?.cost_nano_usd, kept?.user_id], [30_000, "usr_1"]);
  });

  test("with messages nobody can read takes all others and asks for those again", async () => {
    const all = Array.from({ length: 5 }, () => record());
    const odd = ["", "{", "[]", "null", '{"call_id":"call_1"}', 7, { call_id: "call_2" }, null];
    const told = await consumer.deliver([...all.map((one) => JSON.stringify(one)), ...odd]);
    assert.equal(told.outcome, "ok");
    assert.deepEqual([...told.explicitAcks].sort(), ["0", "1", "2", "3", "4"]);
    assert.deepEqual(
      told.retryMessages.map(({ msgId }) => Number(msgId)),
      odd.map((_, i) => i + 5),
    );
    for (const { call_id } of all) assert.equal((await row(consumer, call_id)).length, 1);
  });

  test("with one row the database refuses takes all others and asks for that one again", async () => {
    const bad = record({ started_at_ms: 2 ** 53 + 2 });
    const all = [record(), bad, record()];
    await consumer.sql(
      `CREATE TRIGGER refuse BEFORE INSERT ON ledger WHEN new.call_id = '${bad.call_id}' BEGIN SELECT RAISE(ABORT, 'refused'); END`,
    );
    const told = await consumer.deliver(all.map((one) => JSON.stringify(one)));
    assert.deepEqual([...told.explicitAcks].sort(), ["0", "2"]);
    assert.deepEqual(
      told.retryMessages.map(({ msgId }) => msgId),
      ["1"],
    );
    await consumer.sql("DROP TRIGGER refuse");
    assert.equal((await row(consumer, bad.call_id)).length, 0);
    assert.equal((await row(consumer, all[2]?.call_id)).length, 1);
  });

  test("with fields from a later version is understood", async () => {
    const one = record({ later: { more: true } });
    const told = await consumer.deliver([JSON.stringify(one)]);
    assert.deepEqual(told.explicitAcks, ["0"]);
    assert.equal((await row(consumer, one.call_id)).length, 1);
  });
});

test("a message nobody can read ends in the dead-letter queue and holds up no other", async () => {
  await using consumer = await startConsumer();
  const before = record();
  const after = record();
  await consumer.send([JSON.stringify(before), "no record", JSON.stringify(after)]);
  await eventually(async () => ((await row(consumer, after.call_id)).length === 1 ? true : undefined));
  assert.equal((await row(consumer, before.call_id)).length, 1);
  await eventually(() => (consumer.dead().length > 0 ? true : undefined), 30_000);
  assert.deepEqual(consumer.dead(), ["no record"]);
  const told = consumer.lines.filter((line) => line.action === "ledger::unreadable");
  assert.equal(told.length, 3, "tried once and again twice");
  assert.ok(told.every((line) => line.level === "error"));
  assert.doesNotMatch(JSON.stringify(told), /no record/);
});

test("a database that fails for a while loses nothing: the messages come again", async () => {
  await using consumer = await startConsumer(20);
  const all = Array.from({ length: 30 }, () => record());
  await consumer.sql("ALTER TABLE ledger RENAME TO elsewhere");
  await consumer.send(all.map((one) => JSON.stringify(one)));
  await eventually(() => consumer.lines.find((line) => line.action === "ledger::row"), 30_000);
  await consumer.sql("ALTER TABLE elsewhere RENAME TO ledger");
  const count = await eventually(async () => {
    const [one] = await consumer.sql("SELECT count(*) AS calls, sum(cost_nano_usd) AS cost FROM ledger");
    return one?.calls === all.length ? one : undefined;
  }, 30_000);
  assert.equal(count.cost, all.length * 30_000);
  assert.deepEqual(consumer.dead(), []);
});
