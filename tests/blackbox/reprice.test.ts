// Pricing calls again, by the row and by the command. Not here: what a price makes a call cost (tests of the function).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { asking, booked, chat, ledger, type Reply, unique } from "./ai-call.ts";
import { report } from "./ai-journal.ts";
import { admin, command, eventually, type Person, person, query, shared } from "./harness.ts";
import { changed, fresh, price, provider } from "./registry-client.ts";
import { asked, type CallDetail, type Repricing, told } from "./usage-rows.ts";

const stack = shared();

/** A change of the registry that is made again while others make theirs. */
function put(boss: Person, path: string, document: object): Promise<unknown> {
  return eventually(() => changed(stack, boss, "PUT", path, document).catch(() => undefined));
}

/** A model of its own that calls nobody else's provider, and a call of it. */
async function unpriced(boss: Person, who: Person): Promise<{ id: string; reply: Reply }> {
  const id = fresh("repriced");
  await put(boss, `/providers/${id}`, provider(id, `${stack.simulator}/v1`, { key_required: false }));
  const reply = await eventually(async () => {
    const reply = await chat(stack, who, asking(unique(), { model: `${id}/${id}-model` }));
    return reply.status === 200 ? reply : undefined;
  }, 20_000);
  await booked(stack, reply);
  return { id, reply };
}

function reprice(boss: Person, id: string, apply: boolean): Promise<Repricing> {
  const wish = { from: "2026-01-01", to: "2100-01-01", provider: id, apply };
  return told<Repricing>(stack, boss, "admin/ai/reprice", "POST", wish);
}

describe("pricing again", { concurrency: true }, () => {
  test("prices what had no price, keeps what it was, and changes nothing the second time", async () => {
    const [boss, who] = [await admin(), await person()];
    const { id, reply } = await unpriced(boss, who);
    assert.deepEqual((await reprice(boss, id, true)).without_price, 1);
    assert.equal((await report(stack, who)).total.unpriced_calls, 1);
    await put(boss, `/prices/${id}/${id}-model@v1`, price(id));
    const dry = await reprice(boss, id, false);
    assert.deepEqual([dry.calls, dry.changed, dry.applied], [1, 1, null]);
    assert.equal(ledger(stack, who)[0]?.cost_nano_usd, null);
    const first = await reprice(boss, id, true);
    assert.deepEqual([first.changed, first.applied, first.without_price], [1, 1, 0]);
    const row = ledger(stack, who)[0];
    const cost = 2 * (row?.prompt_tokens ?? 0) + 4 * (row?.completion_tokens ?? 0);
    assert.deepEqual([row?.cost_nano_usd, row?.price_version, first.data[0]?.cost_nano_usd], [cost, "v1", cost]);
    const again = await reprice(boss, id, true);
    assert.deepEqual([again.calls, again.changed, again.applied], [1, 0, 0]);
    // A version of the past that begins later than the one before.
    const rates = { input_pico_usd: 20_000, output_pico_usd: 40_000 };
    await put(boss, `/prices/${id}/${id}-model@v2`, { ...price(id, "v2"), valid_from: "2026-02-01", rates });
    const second = await reprice(boss, id, true);
    assert.deepEqual(
      second.data.map((change) => [change.former_version, change.price_version, change.former_nano_usd, change.calls]),
      [["v1", "v2", cost, 1]],
    );
    const sums = (await report(stack, who)).total;
    assert.deepEqual([sums.cost_nano_usd, sums.unpriced_calls], [10 * cost, 0]);
    const call = await told<CallDetail>(stack, who, `calls/${reply.headers.get("x-request-id")}`);
    assert.deepEqual(
      call.former_prices.map((former) => [former.price_version, former.cost_nano_usd]),
      [
        [null, null],
        ["v1", cost],
      ],
    );
    const events = query(stack, "SELECT 1 AS one FROM security_events WHERE kind = 'ledger_repriced' AND user_id = ?", [
      boss.id,
    ]);
    assert.equal(events.length, 2);
  });

  test("is a command that shows what would change, and with --apply changes it", async () => {
    const [boss, who] = [await admin(), await person()];
    const { id } = await unpriced(boss, who);
    await put(boss, `/prices/${id}/${id}-model@v1`, price(id));
    const run = (...more: string[]) => {
      const words = [
        "reprice",
        "--from",
        "2026-01-01",
        "--to",
        "2100-01-01",
        "--provider",
        id,
        "--origin",
        stack.gateway,
      ];
      process.env.SELVAGE_TOKEN = boss.access_token;
      return command([...words, ...more]).ended;
    };
    const dry = await run();
    assert.equal(dry.code, 0, dry.stderr);
    assert.ok(dry.stdout.includes(`${id}/${id}-model`) && dry.stdout.includes("nothing was changed"), dry.stdout);
    assert.equal(ledger(stack, who)[0]?.cost_nano_usd, null);
    const applied = await run("--apply");
    assert.ok(applied.stdout.includes("1 of 1 calls changed"), applied.stdout);
    assert.ok((ledger(stack, who)[0]?.cost_nano_usd ?? 0) > 0);
  });

  test("is refused for times that are none, and a cursor of somebody else", async () => {
    const boss = await admin();
    for (const wish of [
      { from: "once", to: "2026-01-01" },
      { from: "2026-02-01", to: "2026-01-01" },
      { from: "2026-01-01", to: "2026-01-02", cursor: "AAAA" },
      { from: "2026-01-01", to: "2026-01-02", colour: "blue" },
    ]) {
      assert.equal((await asked(stack, boss, "POST", "admin/ai/reprice", wish)).status, 422, JSON.stringify(wish));
    }
  });
});
