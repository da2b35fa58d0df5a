// A scanner of files on loopback, as docs/files/files.md tells one to be: it believes what is signed, reads the bytes and knows the
// test text that every scanner knows. Not here: what becomes of its verdicts.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";

/** The test text of the European Institute for Computer Antivirus Research, in pieces: scanners would take this file away. */
export const EICAR = ["X5O!P%@AP[4\\PZX54(P^)", "7CC)7}$EICAR-STANDARD", "-ANTIVIRUS-TEST-", "FILE!$H+H*"].join("");

/** What it is told of a file. */
export interface Announced {
  readonly file_id: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly media_type: string;
  readonly content_url: string;
  readonly verdict_url: string;
}

/** How it answers: at once, in its own time, by nothing at all, or by something that is no verdict. */
export type Manner = "at once" | "later" | "hangs up" | "talks nonsense";

export interface Scanner extends AsyncDisposable {
  readonly url: string;
  /** Where the addresses that it is given lead: the stack is started after it. */
  front: string;
  manner: Manner;
  /** What it was told of this file, oldest first. */
  told(id: string): readonly Announced[];
  /** Calls whose signature was not made with its secret. */
  readonly forged: () => number;
  /** Reads the bytes and says what they are. */
  verdict(of: Announced): Promise<"clean" | "infected">;
}

/** The same address at another origin. */
export function led(url: string, origin: string): string {
  const { pathname, search } = new URL(url);
  return origin + pathname + search;
}

/** Starts one that shares this secret. */
export async function startScanner(secret: string): Promise<Scanner> {
  const announced: Announced[] = [];
  const webhook = new Webhook(secret);
  let forged = 0;
  const scanner = {
    url: "",
    front: "",
    manner: "at once" as Manner,
    told: (id: string) => announced.filter((one) => one.file_id === id),
    forged: () => forged,
    async verdict({ content_url }: Announced): Promise<"clean" | "infected"> {
      const content = await fetch(led(content_url, scanner.front));
      if (content.status !== 200) throw new Error(`the scanner was answered ${content.status}`);
      return (await content.text()).includes(EICAR) ? "infected" : "clean";
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  const server = createServer(async (asked, reply) => {
    const body = await text(asked);
    try {
      webhook.verify(body, asked.headers as Record<string, string>);
    } catch {
      forged += 1;
      reply.writeHead(401).end();
      return;
    }
    const one = JSON.parse(body) as Announced;
    announced.push(one);
    if (scanner.manner === "hangs up") asked.socket.destroy();
    else if (scanner.manner === "later") reply.writeHead(202).end();
    else {
      const nonsense = scanner.manner === "talks nonsense";
      const verdict = nonsense ? "fine" : await scanner.verdict(one).catch((error: unknown) => String(error));
      reply.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ verdict }));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  scanner.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/scan`;
  return scanner;
}
