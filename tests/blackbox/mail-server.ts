// A real mail server on loopback that keeps what it is given, with certificates of an authority made for
// one test. Not here: what should be in the letters.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { eventually } from "./harness.ts";

/** A letter as the server got it. */
export interface Received {
  readonly from: string;
  readonly to: string;
  /** Whether it came under TLS. */
  readonly secure: boolean;
  /** Who had logged in. */
  readonly user: string | undefined;
  readonly headers: ReadonlyMap<string, string>;
  /** The alternatives by media type, decoded. */
  readonly parts: ReadonlyMap<string, string>;
}

export interface ServerOptions {
  readonly tls?: "none" | "starttls" | "implicit";
  readonly identity?: Identity;
  readonly login?: { readonly username: string; readonly password: string };
  /** The port of a server before. */
  readonly port?: number;
  /** Recipients it refuses with 550. */
  readonly refuses?: RegExp;
  /** Milliseconds it takes to take a letter. */
  readonly slow?: number;
}

/** A key with its certificate. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
}

export interface MailServer extends AsyncDisposable {
  readonly port: number;
  readonly received: readonly Received[];
  /** Waits for the newest letter to this address with a subject like this. */
  letter(to: string, subject: RegExp): Promise<Received>;
}

/** Starts a server on a free port. */
export async function startMailServer(options: ServerOptions = {}): Promise<MailServer> {
  const received: Received[] = [];
  const server = new SMTPServer(settings(options, received));
  // A client that trusts nobody hangs up in the middle of the handshake.
  server.on("error", () => {});
  await new Promise<void>((done) => server.listen(options.port ?? 0, "127.0.0.1", done));
  return {
    port: (server.server.address() as AddressInfo).port,
    received,
    letter: (to, subject) =>
      eventually(() => received.findLast((one) => one.to === to && subject.test(one.headers.get("subject") ?? ""))),
    [Symbol.asyncDispose]: () => new Promise<void>((done) => server.close(done)),
  };
}

function settings(options: ServerOptions, received: Received[]): SMTPServerOptions {
  const { tls = "none", identity, login, refuses, slow = 0 } = options;
  return {
    ...identity,
    secure: tls === "implicit",
    disabledCommands: [...(tls === "starttls" ? [] : ["STARTTLS"]), ...(login === undefined ? ["AUTH"] : [])],
    authOptional: login === undefined,
    logger: false,
    onAuth: ({ username, password }, _, done) => {
      const known = username === login?.username && password === login?.password;
      if (known) done(null, { user: username });
      else done(Object.assign(new Error("who are you"), { responseCode: 535 }));
    },
    onRcptTo: ({ address }, _, done) => {
      if (refuses?.test(address)) done(Object.assign(new Error("no such user"), { responseCode: 550 }));
      else done();
    },
    onData: async (stream, session, done) => {
      const raw = await text(stream);
      const { mailFrom, rcptTo } = session.envelope;
      const from = mailFrom === false ? "" : mailFrom.address;
      const { headers, parts } = read(raw);
      const user = typeof session.user === "string" ? session.user : undefined;
      received.push({ from, to: rcptTo[0]?.address ?? "", secure: session.secure, user, headers, parts });
      setTimeout(done, slow);
    },
  };
}

/** Takes a message of two alternatives in quoted-printable apart. */
function read(raw: string): Pick<Received, "headers" | "parts"> {
  const [head = "", ...rest] = raw.split("\r\n\r\n");
  const headers = fields(head);
  const boundary = /boundary="([^"]+)"/.exec(headers.get("content-type") ?? "")?.[1] ?? "";
  const parts = new Map<string, string>();
  for (const part of rest.join("\r\n\r\n").split(`--${boundary}`)) {
    const [inner = "", ...body] = part.trimStart().split("\r\n\r\n");
    const media = fields(inner).get("content-type")?.split(";")[0];
    if (media !== undefined) parts.set(media, decoded(body.join("\r\n\r\n")));
  }
  return { headers, parts };
}

function fields(head: string): Map<string, string> {
  const lines = head.replaceAll(/\r\n[ \t]/g, " ").split("\r\n");
  return new Map(
    lines
      .filter((line) => line.includes(":"))
      .map((line) => {
        const at = line.indexOf(":");
        return [line.slice(0, at).toLowerCase(), words(line.slice(at + 1).trim())];
      }),
  );
}

/** Encoded words of RFC 2047. */
function words(value: string): string {
  const joined = value.replaceAll(/\?= =\?utf-8\?B\?/g, "?==?utf-8?B?");
  return joined.replaceAll(/=\?utf-8\?B\?([^?]*)\?=/g, (_, digits: string) => Buffer.from(digits, "base64").toString());
}

function decoded(body: string): string {
  const bytes = body.replaceAll("=\r\n", "").replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => {
    return String.fromCharCode(Number.parseInt(hex, 16));
  });
  return Buffer.from(bytes, "latin1").toString();
}

/** The link in a letter: where it leads, and its token. */
export function linkOf(letter: Received): { page: string; token: string } {
  const link = /^(https?:\/\/\S+)#(lt_[\w-]+)\r?$/m.exec(letter.parts.get("text/plain") ?? "");
  if (link === null) throw new Error(`no link in: ${letter.parts.get("text/plain")}`);
  return { page: link[1] ?? "", token: link[2] ?? "" };
}

/** Makes an authority and a certificate of it for `localhost`; the authority's is written to a file. */
export function makeAuthority(): { file: string; identity: Identity } {
  const folder = mkdtempSync(join(tmpdir(), "selvage-authority-"));
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: readonly string[]): void => void execFileSync("openssl", args, { stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const authority = ["-x509", "-days", "2", "-subj", "/CN=Test authority"];
  openssl("req", ...key, ...authority, "-keyout", at("ca.key"), "-out", at("ca.pem"));
  openssl("req", ...key, "-subj", "/CN=localhost", "-keyout", at("key.pem"), "-out", at("request.pem"));
  writeFileSync(at("names"), "subjectAltName=DNS:localhost\n");
  const signed = ["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-days", "2"];
  openssl("x509", "-req", "-in", at("request.pem"), ...signed, "-extfile", at("names"), "-out", at("cert.pem"));
  const identity = { key: readFileSync(at("key.pem"), "utf8"), cert: readFileSync(at("cert.pem"), "utf8") };
  return { file: at("ca.pem"), identity };
}
