// How should a function find the row of a request? `node bench/decide/router.ts [--rounds N]`
//
// The same eight routes with constant replies: by a table on matchit and by axum, both with nothing
// around them, and by `routes!` with the whole pipeline that every function has.

import { built, type Worker } from "../capnp.ts";
import { build, sizes } from "./build.ts";
import { compare, type Variant } from "./variants.ts";

const ROUTES: readonly [string, string][] = [
  ["GET", "/healthz"],
  ["GET", "/v1/orders"],
  ["POST", "/v1/orders"],
  ["GET", "/v1/orders/ord_01J"],
  ["DELETE", "/v1/orders/ord_01J"],
  ["POST", "/v1/orders/ord_01J/refund"],
  ["GET", "/v1/users/usr_01J"],
  ["GET", "/v1/users"],
];
const requests = ROUTES.map(([method, path]) => {
  const length = method === "POST" ? "Content-Length: 0\r\n" : "";
  return `${method} ${path} HTTP/1.1\r\nHost: bench.local\r\n${length}\r\n`;
});

const WAYS: Record<string, string> = {
  table: "matchit: a constant table of rows, nothing around it",
  axum: "axum, by worker's `axum` and `http` features, nothing around it",
  routes: "`routes!`: matchit and the whole pipeline, headers and log line included",
};

const variants = Object.entries(WAYS).map(([way, name]): Variant => {
  const made = build(`router/${way}`, `router-${way}`);
  const worker: Worker = { name: "worker", modules: built(made.folder), bindings: [] };
  return { name, worker: () => worker, requests, facts: sizes(made) };
});

await compare("router", variants, { connections: 8 });
