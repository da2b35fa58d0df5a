// The pure parts of the simulator: counting, clipping, cutting, and the reading of directives.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readScript } from "./script.ts";
import { clip, countTokens, filler, pieces, quotedPieces, stretch } from "./text.ts";

const SAMPLES = [
  "",
  "a",
  "世",
  "🧵",
  "a世🧵",
  'naïve 你好 👩🏽‍💻 "q" \\ \n end',
  "🧵".repeat(40),
  "x".repeat(1001),
  "x🧵".repeat(300),
];

test("pieces_put_together_are_the_text_and_none_is_empty_where_there_are_code_points_enough", () => {
  for (const text of SAMPLES) {
    const points = Array.from(text).length;
    for (const count of [1, 2, 3, 7, 50, 999]) {
      const parts = pieces(text, count);
      assert.equal(parts.length, count);
      assert.equal(parts.join(""), text);
      assert.ok(parts.every((part) => part.isWellFormed()));
      if (points >= count)
        assert.ok(
          parts.every((part) => part !== ""),
          `${count} of ${text}`,
        );
    }
    assert.equal(
      quotedPieces(text, null)
        .map((piece) => JSON.parse(piece.json))
        .join(""),
      text,
    );
    assert.equal(
      quotedPieces(text, 5).reduce((sum, piece) => sum + piece.bytes, 0),
      Buffer.byteLength(text),
    );
  }
});

test("a_clipped_text_counts_exactly_its_bound", () => {
  for (const text of SAMPLES) {
    for (let most = 0; most < countTokens(text); most++) {
      const kept = clip(text, most);
      assert.ok(text.startsWith(kept) && kept.isWellFormed());
      assert.equal(countTokens(kept), most);
    }
    assert.equal(clip(text, countTokens(text)), text);
  }
});

test("filler_and_stretch_keep_their_sizes", () => {
  for (const size of [0, 1, 63, 64, 65, 70, 71, 72, 1000]) assert.equal(Buffer.byteLength(filler(size)), size);
  for (const text of SAMPLES) assert.ok(Array.from(stretch(text, 77)).length >= 77);
});

test("directives_combine_in_one_bracket_or_several", () => {
  const script = readScript("before [sim:status=429, retry-after=2; code=x] mid[sim:times=3][tool:a][tool:b] after");
  assert.deepEqual(
    [script.status, script.retryAfter, script.code, script.times, script.tools],
    [429, "2", "x", 3, ["a", "b"]],
  );
  assert.equal(script.rest, "before  mid after");
});

test("a_text_takes_the_rest_of_its_bracket", () => {
  assert.equal(readScript("[sim:chunks=3;text= a, b; c=d ]").text, " a, b; c=d ");
});

test("what_is_no_directive_is_left_alone", () => {
  assert.equal(
    readScript("see [1] and [tool kit] and sim:status=500").rest,
    "see [1] and [tool kit] and sim:status=500",
  );
});

test("unknown_names_and_values_are_refused", () => {
  for (const text of [
    "[sim:nope]",
    "[sim:status=200]",
    "[sim:stall=soon]",
    "[sim:chunks=-1]",
    "[sim:split=0]",
    "[sim:constructor]",
    "[sim:open",
  ]) {
    assert.throws(() => readScript(text), { name: "Error" }, text);
  }
});
