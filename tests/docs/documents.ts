// The project's documents: where they are, and their headings, links, code and commands. Not here: what must
// be true of them (the tests beside).

import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The project's folder. */
export const root: string = join(import.meta.dirname, "../..");

/** A fenced block of code. */
export interface Block {
  /** What stands behind the fence: `sh run`. */
  readonly info: string;
  readonly text: string;
  /** The line of its fence, from 1 on. */
  readonly line: number;
}

/** A link to something in this repository. */
export interface Link {
  readonly target: string;
  readonly line: number;
}

/** A document, taken apart. */
export interface Document {
  /** Its path below the root. */
  readonly path: string;
  readonly text: string;
  /** What `#…` may name in it. */
  readonly anchors: ReadonlySet<string>;
  readonly links: readonly Link[];
  readonly blocks: readonly Block[];
  /** Code between backticks, outside of blocks. */
  readonly code: readonly Link[];
}

const SKIPPED = ["node_modules", "target", ".git", ".selvage", ".wrangler", "build"];

/** Every document of the repository. */
export const documents: readonly Document[] = globSync("**/*.md", {
  cwd: root,
  exclude: (name) => SKIPPED.some((folder) => name.split("/").includes(folder)),
})
  .sort()
  .map(read);

/** The document with this path. */
export function document(path: string): Document {
  const found = documents.find((one) => one.path === path);
  if (found === undefined) throw new Error(`${path} is missing`);
  return found;
}

/** A file of the repository. */
export function source(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** Files of the repository whose paths match. */
export function sources(pattern: string): readonly string[] {
  const found = globSync(pattern, {
    cwd: root,
    exclude: (name) => SKIPPED.some((folder) => name.split("/").includes(folder)),
  });
  const ignored = ignoredBy(found);
  return found.filter((path) => !ignored.has(path));
}

/** Those of the paths that git ignores: they are in this checkout by chance. */
function ignoredBy(paths: readonly string[]): ReadonlySet<string> {
  const options = { cwd: root, input: paths.join("\n"), encoding: "utf8" } as const;
  return new Set(spawnSync("git", ["check-ignore", "--stdin"], options).stdout.split("\n"));
}

function read(path: string): Document {
  const text = source(path);
  const anchors = new Set<string>();
  const links: Link[] = [];
  const blocks: Block[] = [];
  const code: Link[] = [];
  let open: { info: string; lines: string[]; line: number; indent: number } | undefined;
  for (const [at, raw] of text.split("\n").entries()) {
    const line = at + 1;
    const fence = /^( *)```(.*)$/.exec(raw);
    if (open !== undefined) {
      if (fence === null) open.lines.push(raw.slice(open.indent));
      else {
        blocks.push({ info: open.info, text: `${open.lines.join("\n")}\n`, line: open.line });
        open = undefined;
      }
    } else if (fence !== null) {
      open = { info: (fence[2] ?? "").trim(), lines: [], line, indent: (fence[1] ?? "").length };
    } else {
      const heading = /^#{1,6} (.+)$/.exec(raw);
      if (heading !== null) anchors.add(unique(slug(heading[1] ?? ""), anchors));
      for (const match of raw.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(match[1] ?? "");
      const prose = raw.replace(/`([^`]+)`/g, (_, inner: string) => {
        code.push({ target: inner, line });
        return "";
      });
      for (const match of prose.matchAll(/\]\(<?([^()\s>]+)>?(?: "[^"]*")?\)/g)) {
        links.push({ target: match[1] ?? "", line });
      }
    }
  }
  if (open !== undefined) throw new Error(`${path}:${open.line}: a block is not closed`);
  return { path, text, anchors, links, blocks, code };
}

/** A heading's anchor, as GitHub makes it. */
export function slug(heading: string): string {
  const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[`*]/g, "");
  return plain
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, "")
    .replaceAll(" ", "-");
}

function unique(anchor: string, taken: ReadonlySet<string>): string {
  let name = anchor;
  for (let i = 1; taken.has(name); i++) name = `${anchor}-${i}`;
  return name;
}
