// How is a stream best forwarded and read on the way? `node bench/decide/stream.ts [--rounds N]`
//
// Fifty-odd events of a provider, each in a piece of its own, through Workers that differ in nothing but
// the way of forwarding. All but `bare` run the scanner of the JS peers over every piece.

import { join } from "node:path";
import { type Module, scripts, variable } from "../capnp.ts";
import { compare, type Variant } from "./variants.ts";

const FOLDER = join(import.meta.dirname, "stream");
const PEERS = join(import.meta.dirname, "../peers");

const DATA = join(import.meta.dirname, "../../functions/ai/data/prices.json");

const BODY = JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Hello" }], stream: true });
const REQUEST = `POST / HTTP/1.1\r\nHost: bench.local\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

const prices: Module = { name: "prices.json", kind: "json", file: DATA };

const WAYS: Record<string, string> = {
  bare: "bare: the response by handle, nothing is read",
  tee: "tee: one branch by handle, the other is read; nothing can be withheld",
  transform: "TransformStream: transform and flush in JavaScript",
  pump: "pump: a loop from reader to writer of an IdentityTransformStream",
  pull: "pull: a ReadableStream of bytes whose pull reads the next piece",
};

const variants = Object.entries(WAYS).map(([way, name]): Variant => {
  return {
    name,
    requests: [REQUEST],
    worker: (upstream) => ({
      name: "worker",
      modules: [...scripts(FOLDER, way, "reading"), ...scripts(PEERS, "scan", "price"), prices],
      bindings: [variable("UPSTREAM", `http://${upstream}/v1/chat/completions`)],
    }),
  };
});

await compare("stream", variants, { connections: 64, finish: true });
