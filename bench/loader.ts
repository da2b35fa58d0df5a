// A load generator for machines without `wrk`: raw sockets, one request at a time on each.
// `node bench/loader.ts ORIGIN FILE CONNECTIONS SECONDS` prints one line of JSON, as `wrk.lua` does.

import { readFileSync } from "node:fs";
import { connect } from "node:net";

const [origin = "", file = "", connections = "1", seconds = "1"] = process.argv.slice(2);
const { hostname, port } = new URL(origin);
const requests = readFileSync(file, "utf8").split("\n%%\n").slice(0, -1);
const latencies: number[] = [];
/** Until the first event of a stream. */
const firsts: number[] = [];
const until = performance.now() + Number(seconds) * 1000;
let [turn, refused, broken] = [0, 0, 0];

/** Bytes the answer at the beginning of `text` has, or 0 while it is not complete. */
function lengthOf(text: string): number {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return 0;
  const declared = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, headEnd));
  if (declared) return headEnd + 4 + Number(declared[1]);
  const last = text.indexOf("\r\n0\r\n\r\n", headEnd + 2);
  return last < 0 ? 0 : last + 7;
}

function open(): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let received = "";
    let began = 0;
    let first = 0;
    const send = (): void => {
      received = "";
      first = 0;
      began = performance.now();
      socket.write(requests[turn++ % requests.length] ?? "");
    };
    socket.setEncoding("latin1");
    socket.on("connect", send);
    socket.on("data", (data: string) => {
      received += data;
      if (first === 0 && received.includes("\ndata:")) first = performance.now() - began;
      const length = lengthOf(received);
      if (length === 0 || received.length < length) return;
      if (Number(received.slice(9, 12)) >= 400) refused++;
      latencies.push(performance.now() - began);
      firsts.push(first);
      if (performance.now() < until) send();
      else socket.end();
    });
    socket.on("error", () => broken++);
    socket.on("close", () => resolve());
  });
}

const began = performance.now();
await Promise.all(Array.from({ length: Number(connections) }, open));
const at = (part: number, of: number[]): number => of.sort((a, b) => a - b)[Math.floor(part * (of.length - 1))] ?? 0;
process.stdout.write(
  `${JSON.stringify({
    requests: latencies.length,
    duration_ms: performance.now() - began,
    p50_ms: at(0.5, latencies),
    p99_ms: at(0.99, latencies),
    first_p50_ms: at(0.5, firsts),
    refused,
    broken,
  })}\n`,
);
