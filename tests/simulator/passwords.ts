// A service of leaked passwords that is asked for ranges of digests, with the rules that the real one has: five
// hexadecimal letters, padding on demand. It knows one password of its own. Not here: what a backend does with it.

import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

/** The password that this service, and no list of ours, has seen leak. */
export const LEAKED = "the simulator saw this leak";
/** Passwords whose ranges are never answered, or with an error. */
export const SILENT = "the range of this hangs";
export const FAILING = "the range of this fails";

const digest = (password: string): string => createHash("sha1").update(password).digest("hex").toUpperCase();

/** Lines that count nothing: as many as make every answer about as long. */
function padding(prefix: string): string[] {
  return Array.from({ length: 800 }, (_, i) => `${digest(`padding ${prefix} ${i}`).slice(5)}:0`);
}

/** Handles everything under `/passwords/`. */
export function createPasswords(): (req: IncomingMessage, res: ServerResponse) => Promise<void> {
  return async (req, res) => {
    const prefix = /^\/passwords\/range\/([0-9A-F]{5})$/.exec(req.url ?? "")?.[1];
    if (req.method !== "GET" || prefix === undefined) {
      res.writeHead(404).end();
      return;
    }
    if (prefix === digest(SILENT).slice(0, 5)) return;
    if (prefix === digest(FAILING).slice(0, 5) || req.headers["add-padding"] !== "true") {
      res.writeHead(prefix === digest(FAILING).slice(0, 5) ? 503 : 400).end("refused");
      return;
    }
    const known = digest(LEAKED).startsWith(prefix) ? [`${digest(LEAKED).slice(5)}:42`] : [];
    const lines = [...padding(prefix), ...known].sort();
    res.writeHead(200, { "content-type": "text/plain" }).end(lines.join("\r\n"));
  };
}
