// What a document says of the code is what the code says: variables, problem codes, and the routes whose round
// trips are listed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { source, sources } from "./documents.ts";

/** Names and values of the rows of a table that follow a heading or mark; cells trimmed. */
function rows(text: string): string[][] {
  const lines = text.split("\n").filter((line) => line.startsWith("| "));
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
}

function quoted(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
}

/** Variables that the Workers read. */
function variables(): string[] {
  const names = new Set<string>();
  for (const path of sources("{shared,shared/uploads,functions/*}/src/**/*.rs")) {
    const text = source(path).replaceAll(/^\s*\/\/.*$/gm, "");
    const reads = /(?:\bvar|list|seconds|lookup|number)\(\s*"([A-Z][A-Z0-9_]+)"|_ENV: &str = "([A-Z0-9_]+)"/g;
    for (const [, direct, named] of text.matchAll(reads)) names.add(direct ?? named ?? "");
  }
  for (const path of sources("functions/ai/data/providers/*.json")) {
    for (const [, name = ""] of source(path).matchAll(/_env": "([A-Z0-9_]+)"/g)) names.add(name);
  }
  return [...names].sort();
}

test("every variable that the Workers read is described, and no other", () => {
  const text = source("docs/configuration.md");
  const [before = ""] = text.split("\n## Bindings");
  const described = rows(before).flatMap(([name = ""]) => quoted(name));
  assert.deepEqual([...new Set(described)].sort(), variables());
});

test("every variable in a wrangler.toml is described", () => {
  const described = new Set(quoted(source("docs/configuration.md")));
  const files = ["wrangler.toml", ...sources("functions/*/wrangler.toml")];
  for (const file of files) {
    const names = [...source(file).matchAll(/^([A-Z][A-Z_]+) = /gm)].map(([, name = ""]) => name);
    const secrets = [...source(file).matchAll(/^required = \[(.*)\]$/gm)].flatMap(([, list = ""]) =>
      [...list.matchAll(/"(\w+)"/g)].map(([, name = ""]) => name),
    );
    for (const name of [...names, ...secrets]) assert.ok(described.has(name), `${file}: ${name}`);
  }
});

test("every problem code is described with its status", () => {
  const facts = [...source("shared/src/problem/code.rs").matchAll(/\((\d{3}), "(\w+)", "/g)];
  const codes = facts.map(([, status = "", code = ""]) => `${status} ${code}`);
  const section =
    source("docs/api-design.md")
      .split("\n## ")
      .find((part) => part.startsWith("Errors")) ?? "";
  const described = rows(section)
    .filter(([status = ""]) => /^\d{3}$/.test(status))
    .flatMap(([status, names = ""]) => quoted(names).map((code) => `${status} ${code}`));
  assert.deepEqual(described.sort(), codes.sort());
});

test("the round trips are those of the budgets", () => {
  const section =
    source("budgets.toml")
      .split(/^\[/m)
      .find((part) => part.startsWith("round_trips]")) ?? "";
  const budget = [...section.matchAll(/^"([^"]+)" = "([^"]*)"$/gm)].map(
    ([, row = "", trips = ""]) => `${row}: ${trips}`,
  );
  const table = source("docs/limits.md").split("<!-- round-trips -->")[1] ?? "";
  const listed = rows(table).flatMap(([row = "", trips = ""]) =>
    quoted(row).map((one) => `${one}: ${quoted(trips)[0] ?? ""}`),
  );
  assert.deepEqual(listed.sort(), budget.sort());
});
