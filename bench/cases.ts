// What is measured: the requests of each case, and what their answers must be. How they are sent
// is in `load`.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SOCKETS } from "./config.ts";
import type { Issuer } from "./token.ts";

/** One case. */
export interface Case {
  id: string;
  /** For people. */
  title: string;
  /** The Worker that is called. */
  socket: (typeof SOCKETS)[number];
  method: "GET" | "POST";
  path: string;
  /** Connections of the burst that CPU is counted in. */
  connections: number;
  /** What proves who calls. */
  by: "token" | "key" | "nothing";
  body?: string;
  /** The answer is a stream. */
  stream: boolean;
}

/** Callers, each an organisation of one with an admission object of its own. */
export const CALLERS = 16;

const words = "Selvage keeps the edge of a cloth from fraying without a hem or a seam. ";

/** A chat request of about 1 KB. */
function chatBody(stream: boolean): string {
  return JSON.stringify({
    model: "gpt-4o-mini",
    messages: [
      { role: "system", content: `You answer in one sentence. ${words.repeat(5)}` },
      { role: "user", content: `What is a selvage, and what is it good for? 什么是布边？ ${words.repeat(5)}` },
    ],
    temperature: 0.2,
    max_tokens: 200,
    ...(stream ? { stream: true } : {}),
  });
}

const token = {
  method: "GET",
  path: "/v1/auth/token",
  by: "token",
  connections: 8,
  stream: false,
} as const;
const chat = { method: "POST", path: "/v1/chat/completions", by: "key", socket: "ai" } as const;

export const CASES: readonly Case[] = [
  {
    id: "constant",
    title: "constant JSON through the pipeline",
    socket: "auth",
    method: "GET",
    path: "/healthz",
    connections: 8,
    by: "nothing",
    stream: false,
  },
  { id: "token", title: "authenticated no-op", socket: "auth", ...token },
  { id: "chat", title: "plain chat", connections: 8, body: chatBody(false), stream: false, ...chat },
  // The upstream paces its events, so it takes many streams to keep one core busy.
  { id: "stream", title: "50-chunk stream", connections: 64, body: chatBody(true), stream: true, ...chat },
  { id: "gateway", title: "no-op through the gateway", socket: "gateway", ...token },
];

function proof({ by }: Case, issuer: Issuer, index: number): string {
  return by === "key" ? issuer.key(index) : issuer.token(index);
}

/** The headers of a case's request, by the `index`-th caller. */
export function headersOf(one: Case, issuer: Issuer, index: number): Record<string, string> {
  return {
    "User-Agent": "bench/1.0",
    "CF-Connecting-IP": "203.0.113.7",
    Traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ...(one.by === "nothing" ? {} : { Authorization: `Bearer ${proof(one, issuer, index)}` }),
    ...(one.body === undefined ? {} : { "Content-Type": "application/json" }),
  };
}

/** Writes the requests of a case as they go over the wire; returns the file. */
export function writeRequests(folder: string, one: Case, issuer: Issuer): string {
  const body = one.body ?? "";
  const lengths = body === "" ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const request = (index: number): string => {
    const headers = Object.entries(headersOf(one, issuer, index)).map(([name, value]) => `${name}: ${value}`);
    const head = [`${one.method} ${one.path} HTTP/1.1`, "Host: bench.local", ...headers, ...lengths];
    return `${head.join("\r\n")}\r\n\r\n${body}\n%%\n`;
  };
  const file = join(folder, `${one.id}.requests`);
  writeFileSync(file, Array.from({ length: CALLERS }, (_, i) => request(i)).join(""));
  return file;
}
