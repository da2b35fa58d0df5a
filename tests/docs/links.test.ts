// Links between documents lead somewhere, and files that a document names exist.

import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { test } from "node:test";
import { document, documents, root, slug, sources } from "./documents.ts";

/** Made by a command, and so not in every checkout. */
const MADE = /^(?:target\/|node_modules\/|functions\/\w+\/build\/|stack\.json$)/;

/** A path of a file or folder in this repository, as prose names one. */
const PATH = /^(?:shared|functions|xtask|tests|bench|docs|migrations|\.github|\.ci)\/[\w./-]*$/;

/** A file's name alone: some folder must hold one that is called so. */
const NAME = /^[\w-]+\.(?:toml|json|md|rs|ts|js|sql|yml|sse)$/;

const NAMES = new Set(sources("**/*.{toml,json,md,rs,ts,js,sql,yml,sse}").map((path) => basename(path)));

test("an anchor is made as GitHub makes it", () => {
  assert.equal(slug("What a client gets: `a_b`, and *when*?"), "what-a-client-gets-a_b-and-when");
  assert.equal(slug("API 设计 (v1)"), "api-设计-v1");
});

test("the books are there", () => {
  for (const name of ["README", "README.zh-CN", "ARCHITECTURE", "CONTRIBUTING", "SECURITY", "CHANGELOG"]) {
    document(`${name}.md`);
  }
  for (const name of ["LICENSE-MIT", "LICENSE-APACHE"]) assert.ok(existsSync(join(root, name)), name);
});

for (const { path, links } of documents) {
  test(`every link of ${path} leads somewhere`, () => {
    const broken = links.filter(({ target }) => !leads(path, target));
    assert.deepEqual(
      broken.map(({ target, line }) => `${path}:${line}: ${target}`),
      [],
    );
  });
}

function leads(from: string, target: string): boolean {
  if (/^(?:https?|mailto):/.test(target)) return true;
  const [file = "", anchor] = target.split("#");
  const path = file === "" ? from : relative(root, join(root, dirname(from), decodeURIComponent(file)));
  if (path.startsWith("..") || !existsSync(join(root, path))) return false;
  if (anchor === undefined) return true;
  return documents.some((one) => one.path === path && one.anchors.has(decodeURIComponent(anchor)));
}

for (const { path, code } of documents) {
  test(`every file that ${path} names exists`, () => {
    const missing = code.filter(({ target }) => {
      if (MADE.test(target)) return false;
      if (PATH.test(target)) return !exists(target) && !exists(join(dirname(path), target));
      return NAME.test(target) && !NAMES.has(target);
    });
    assert.deepEqual(
      missing.map(({ target, line }) => `${path}:${line}: ${target}`),
      [],
    );
  });
}

function exists(path: string): boolean {
  const place = join(root, path);
  return existsSync(place) && (!path.endsWith("/") || statSync(place).isDirectory());
}
