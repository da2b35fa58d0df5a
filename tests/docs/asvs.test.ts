// docs/security/asvs.md has a line for each requirement of its chapters at levels 1 and 2 of ASVS 5.0.0, and what each
// line names exists: files, and tests in them. Not here: whether the verdicts are right.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./documents.ts";

const PAGE = "docs/security/asvs.md";

/** The last number of each section at the levels 1 and 2, as the standard counts, and the numbers of level 1. */
const SECTIONS: Readonly<Record<string, readonly [last: number, one: readonly number[]]>> = {
  "6.1": [3, [1]],
  "6.2": [12, [1, 2, 3, 4, 5, 6, 7, 8]],
  "6.3": [4, [1, 2]],
  "6.4": [4, [1, 2]],
  "6.5": [5, []],
  "6.6": [3, []],
  "6.8": [4, []],
  "7.1": [3, []],
  "7.2": [4, [1, 2, 3, 4]],
  "7.3": [2, []],
  "7.4": [5, [1, 2]],
  "7.5": [2, []],
  "7.6": [2, []],
  "9.1": [3, [1, 2, 3]],
  "9.2": [4, [1]],
  "10.1": [2, []],
  "10.2": [2, []],
  "10.3": [4, []],
  "10.4": [11, [1, 2, 3, 4, 5]],
  "10.5": [5, []],
  "10.6": [2, []],
  "10.7": [3, []],
};

const VERDICTS = ["yes", "part", "no", "n/a"];

interface Line {
  readonly id: string;
  readonly level: string;
  readonly verdict: string;
  readonly shown: string;
}

const text = readFileSync(join(root, PAGE), "utf8");

const lines: readonly Line[] = text.split("\n").flatMap((line) => {
  const [, id = "", level = "", , verdict = "", shown = ""] = line.split(" | ").flatMap((cell) => cell.split("| "));
  return /^\d+\.\d+\.\d+$/.test(id) && /^[12]$/.test(level) ? [{ id, level, verdict, shown }] : [];
});

test("each requirement of levels 1 and 2 has one line, with its level", () => {
  const wanted = Object.entries(SECTIONS).flatMap(([section, [last, one]]) =>
    Array.from({ length: last }, (_, i) => `${section}.${i + 1} ${one.includes(i + 1) ? 1 : 2}`),
  );
  assert.deepEqual(
    lines.map(({ id, level }) => `${id} ${level}`),
    wanted,
  );
});

test("each verdict is one of four, and what is done says where", () => {
  for (const { id, verdict, shown } of lines) {
    assert.ok(VERDICTS.includes(verdict), `${id}: ${verdict}`);
    if (verdict === "yes") assert.notEqual(shown.replaceAll(/[| ]/g, ""), "", id);
  }
});

test("what falls short by our own doing is told in one place with the reason", () => {
  const [, section = ""] = text.split("## What falls short");
  const told = new Set(section.split("## V6")[0]?.match(/\b\d+\.\d+\.\d+\b/g) ?? []);
  const missing = lines.filter(({ id, verdict }) => verdict === "no" && !told.has(id)).map(({ id }) => id);
  assert.deepEqual(missing, []);
});

test("each file that a line names exists, and has the tests that stand behind it", () => {
  const wrong: string[] = [];
  for (const { id, shown } of lines) {
    for (const [, file = "", tests = ""] of shown.matchAll(
      /`([\w.-]+(?:\/[\w.-]+)*\/[\w-]+\.[\w.]+)`(?: \(([^)]*)\))?/g,
    )) {
      if (!existsSync(join(root, file))) {
        wrong.push(`${id}: no ${file}`);
        continue;
      }
      const source = readFileSync(join(root, file), "utf8");
      const names = [...tests.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
      wrong.push(...names.filter((name) => !source.includes(name)).map((name) => `${id}: ${file} has no ${name}`));
    }
  }
  assert.deepEqual(wrong, []);
});
