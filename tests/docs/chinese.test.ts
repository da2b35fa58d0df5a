// The Chinese README says the same as the English one: the same sections, commands, links and rows, in the same
// order. The English one's commands are run by `tests/tour`, so these work, too.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Document, document } from "./documents.ts";

const english = document("README.md");
const chinese = document("README.zh-CN.md");

/** The blocks without comments, which are translated. */
function blocks(one: Document): string[] {
  return one.blocks.map(({ info, text }) => `${info}\n${text.replaceAll(/\s+# .*$/gm, "")}`);
}

/** Where the links lead, but for the one that leads to the other language. */
function links(one: Document): string[] {
  return one.links.map(({ target }) => target).filter((target) => !/^README(?:\.zh-CN)?\.md$/.test(target));
}

/** The level of each heading. */
function headings(one: Document): string[] {
  return [...one.text.matchAll(/^#+(?= )/gm)].map(([level]) => level);
}

/** The first cell of each row. */
function rows(one: Document): string[] {
  return [...one.text.matchAll(/^\| (`[^`]+`) \|/gm)].map(([, first = ""]) => first);
}

test("both have the same commands", () => assert.deepEqual(blocks(chinese), blocks(english)));

test("both lead to the same places", () => assert.deepEqual(links(chinese), links(english)));

test("both have the same sections", () => assert.deepEqual(headings(chinese), headings(english)));

test("both have the same rows", () => assert.deepEqual(rows(chinese), rows(english)));
