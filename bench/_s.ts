import { join } from "node:path";
import { type Module, scripts, variable } from "./capnp.ts";
import { compare, type Variant } from "./decide/variants.ts";
const FOLDER = join(import.meta.dirname, "decide/stream"), PEERS = join(import.meta.dirname, "peers");
const DATA = join(import.meta.dirname, "../functions/ai/data/prices.json");
const BODY = JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Hello" }], stream: true });
const REQUEST = `POST / HTTP/1.1\r\nHost: bench.local\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;
const prices: Module = { name: "prices.json", kind: "json", file: DATA };
const mk = (dir: string, way: string): Variant => ({ name: way, request: REQUEST, worker: (upstream) => ({ name: "worker",
  modules: [...scripts(dir, way), ...scripts(FOLDER, "reading"), ...scripts(PEERS, "scan", "price"), prices],
  bindings: [variable("UPSTREAM", `http://${upstream}/v1/chat/completions`)] }) });
await compare("exp", [mk(FOLDER, "pump"), mk(FOLDER,"tee"), ...(process.env.WAYS ?? "").split(",").map(w => mk("/tmp/i-exp", w))], { connections: 64, finish: true });
