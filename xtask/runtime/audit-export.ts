// Takes the audit chain out of a running stack: seals what is not sealed, then writes `head.json`, `keys.json` and
// `export.jsonl`. Not here: whether it is whole (`cargo xtask audit verify`).

import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [origin, out] = process.argv.slice(2);
if (origin === undefined || out === undefined) throw new Error("which stack, and where to?");
const headers = { authorization: `Bearer ${process.env.SELVAGE_TOKEN}` };

async function ask(path: string, method = "GET"): Promise<string> {
  const reply = await fetch(`${origin}${path}`, { method, headers });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${method} ${path} answered ${reply.status}: ${text}`);
  return text;
}

const head = await ask("/v1/admin/audit/seal", "POST");
writeFileSync(join(out, "head.json"), head);
writeFileSync(join(out, "keys.json"), await ask("/v1/audit/keys"));
const file = join(out, "export.jsonl");
writeFileSync(file, "");
for (let after = 0; ; ) {
  const lines = await ask(`/v1/admin/audit/export?after=${after}`);
  if (lines === "") break;
  appendFileSync(file, lines);
  const last = lines.trimEnd().split("\n").at(-1) ?? "{}";
  after = (JSON.parse(last) as { sequence: number }).sequence;
}
