// Commands that a document names exist: those of `cargo xtask` with their flags, its suites, the crates of
// `cargo … -p`. The blocks marked `sh run` are run by `run.test.ts`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { documents, source, sources } from "./documents.ts";

/** Each command of `cargo xtask` with its flags, as its help tells. */
const COMMANDS = commands(source("xtask/src/main.rs"));

const SUITES = new Set(
  [...source("xtask/src/suites.rs").matchAll(/Suite \{\s+name: "(\w+)"/g)].map(([, name]) => name),
);

const CRATES = new Set(
  sources("{shared,xtask,xtask/contract,functions/*}/Cargo.toml").map((path) => {
    return /^name = "(.+)"$/m.exec(source(path))?.[1];
  }),
);

function commands(main: string): Map<string, Set<string>> {
  const help = /const HELP: &str = "([^"]*)"/.exec(main)?.[1] ?? "";
  const found = new Map<string, Set<string>>();
  let flags = new Set<string>();
  for (const line of help.split("\n")) {
    const name = /^ {2}(\w+) /.exec(line)?.[1];
    if (name !== undefined) {
      flags = new Set();
      found.set(name, flags);
    }
    for (const [flag] of line.matchAll(/--[a-z-]+/g)) flags.add(flag);
  }
  return found.set("help", new Set());
}

/** What is wrong with a text that holds commands. */
function faults(text: string): string[] {
  const wrong: string[] = [];
  for (const [whole, name = "", rest = ""] of text.matchAll(/cargo xtask ([^\s`]+)([^\n`|;&>#)]*)/g)) {
    // `cargo xtask …` and `cargo xtask build <name>` speak of commands in general.
    if (!/^\w+$/.test(name)) continue;
    const known = COMMANDS.get(name);
    if (known === undefined) {
      wrong.push(`${whole}: no such command`);
      continue;
    }
    // The arguments of `bench` are those of its own program.
    const flags = name === "bench" ? [] : [...rest.matchAll(/--[a-z-]+/g)].map(([flag]) => flag);
    wrong.push(...flags.filter((flag) => !known.has(flag)).map((flag) => `${whole}: no flag ${flag}`));
    const suites = / --only((?: \w+)+)/.exec(rest)?.[1]?.trim().split(" ") ?? [];
    if (name === "test") wrong.push(...suites.filter((one) => !SUITES.has(one)).map((one) => `no suite ${one}`));
  }
  for (const [whole, crate] of text.matchAll(/cargo (?:test|run) -p ([\w-]+)/g)) {
    if (!CRATES.has(crate)) wrong.push(`${whole}: no such crate`);
  }
  return wrong;
}

test("what is wrong is found", () => {
  assert.deepEqual(faults("cargo xtask dev --port 0 # fine, --nonsense\n`cargo xtask <command>`"), []);
  assert.equal(faults("`cargo xtask serve`").length, 1);
  assert.equal(faults("cargo xtask dev --prot 0").length, 1);
  assert.equal(faults("cargo xtask test --only fmt clipy").length, 1);
  assert.equal(faults("cargo test -p sharde").length, 1);
});

for (const { path, text } of documents) {
  test(`every command that ${path} names exists`, () => assert.deepEqual(faults(text), []));
}

test("every suite is described", () => {
  const text = source("docs/testing.md");
  assert.deepEqual(
    [...SUITES].filter((name) => !text.includes(`| \`${name}\` |`)),
    [],
  );
});
