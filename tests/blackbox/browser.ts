// A headless Chromium, driven over the Chrome DevTools Protocol, with virtual authenticators. Not here: what pages do.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

type Json = Readonly<Record<string, unknown>>;

interface Waiting {
  readonly done: (result: Json) => void;
  readonly failed: (error: Error) => void;
}

/** A page of a browser of its own: `await using page = await openPage()`. */
export class Page implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  #session: string | undefined;
  #target = "";
  #last = 0;

  constructor(child: ChildProcess, folder: string, socket: WebSocket) {
    this.#child = child;
    this.#folder = folder;
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#hear(JSON.parse(String(data)) as Json));
  }

  #hear({ id, result, error }: Json): void {
    const waiting = this.#waiting.get(Number(id));
    if (waiting === undefined) return;
    this.#waiting.delete(Number(id));
    if (error === undefined) waiting.done((result ?? {}) as Json);
    else waiting.failed(new Error(JSON.stringify(error)));
  }

  /** Sends one command of the protocol and waits for its result. */
  send(method: string, params: Json = {}): Promise<Json> {
    const id = ++this.#last;
    const session = this.#session === undefined ? {} : { sessionId: this.#session };
    return new Promise((done, failed) => {
      this.#waiting.set(id, { done, failed });
      this.#socket.send(JSON.stringify({ id, method, params, ...session }));
    });
  }

  /** Opens the one tab. */
  async attach(): Promise<void> {
    this.#session = undefined;
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    this.#target = String(targetId);
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    this.#session = String(sessionId);
    await this.send("WebAuthn.enable");
  }

  /** Closes the tab in the middle of what it does, and opens another of the same browser. What ran in it ends as failed. */
  async killed(): Promise<void> {
    const gone = this.#target;
    this.#session = undefined;
    await this.send("Target.closeTarget", { targetId: gone });
    for (const waiting of this.#waiting.values()) waiting.failed(new Error("the tab was closed"));
    this.#waiting.clear();
    await this.attach();
  }

  /** Lets no more than so many bytes a second out of the tab. */
  async slowed(bytes: number): Promise<void> {
    await this.send("Network.enable");
    const rates = { latency: 0, downloadThroughput: -1, uploadThroughput: bytes };
    await this.send("Network.emulateNetworkConditions", { offline: false, ...rates });
  }

  /** Goes to an address and waits until its script can run. */
  async go(url: string): Promise<void> {
    const { errorText } = await this.send("Page.navigate", { url });
    if (errorText !== undefined) throw new Error(`${url}: ${errorText}`);
    const origin = new URL(url).origin;
    while ((await this.run("location.origin + document.readyState")) !== `${origin}complete`);
  }

  /** What an expression comes to; a promise is waited for. */
  async run(expression: string): Promise<unknown> {
    const asked = { expression, awaitPromise: true, returnByValue: true, userGesture: true };
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", asked);
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as Json).value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    const ended = this.#child.exitCode === null ? once(this.#child, "exit") : Promise.resolve();
    this.#child.kill("SIGTERM");
    await ended;
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Starts a browser with one page. */
export async function openPage(): Promise<Page> {
  const folder = await mkdtemp(join(tmpdir(), "selvage-browser-"));
  const program = process.env.SELVAGE_CHROMIUM ?? "chromium";
  // A sandbox cannot be made by root, as whom tests run in containers; no page but the tests' own is opened.
  const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions"];
  const local = ["--remote-debugging-port=0", `--user-data-dir=${folder}`, "--disable-background-networking"];
  const child = spawn(program, [...flags, ...local, "about:blank"], { stdio: ["ignore", "ignore", "pipe"] });
  process.once("exit", () => child.kill("SIGKILL"));
  const url = await new Promise<string>((found, failed) => {
    let said = "";
    child.on("error", failed);
    child.on("exit", () => failed(new Error(`the browser ended: ${said}`)));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const match = /DevTools listening on (ws:\S+)/.exec(said);
      if (match?.[1] !== undefined) found(match[1]);
    });
  });
  const socket = new WebSocket(url);
  await once(socket, "open");
  const page = new Page(child, folder, socket);
  await page.attach();
  return page;
}

/** An empty page at a port of its own: `http://localhost:…`. */
export interface Site extends AsyncDisposable {
  readonly port: number;
  readonly origin: string;
}

/** Serves an empty page on loopback, under every name of this machine. */
export async function site(): Promise<Site> {
  const server: Server = createServer((_, reply) => {
    reply.setHeader("content-type", "text/html").end("<!doctype html><title>Test</title>");
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  return { port, origin: `http://localhost:${port}`, [Symbol.asyncDispose]: stop };
}
