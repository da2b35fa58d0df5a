// A token that was seen before, on a `normal` row that asks nobody: at most 1.3 times the CPU of the same row made
// public, and no I/O.

import { join } from "node:path";
import { binding, built, variable, type Worker, writeCapnp } from "../capnp.ts";
import { build } from "../decide/build.ts";
import { type Effort, type Figure, figure, inTurn, middle, request, type Side, write } from "../figure.ts";
import { Runtime } from "../runtime.ts";
import { ISSUER, Issuer } from "../token.ts";

const CALLERS = 16;

export async function warm(folder: string, effort: Effort): Promise<Figure[]> {
  const issuer = new Issuer();
  const { folder: wasm } = build("../accounts/rows", "rows");
  const worker: Worker = {
    name: "worker",
    modules: built(wasm),
    bindings: [
      variable("ENVIRONMENT", "local"),
      variable("JWT_ISSUER", ISSUER),
      variable("AUTH_JWKS", issuer.publicSet),
      binding("LIMIT", 'wrapped = (moduleName = "bench:limiter")'),
    ],
  };
  const limiter = join(import.meta.dirname, "../peers/limiter.js");
  const runtimes: Runtime[] = [];
  // A process each, so that their CPU can be told apart.
  const start = async (row: string): Promise<Side> => {
    const own = join(folder, row);
    writeCapnp(own, [worker], { upstream: "127.0.0.1:9", standIns: { limiter } });
    const runtime = await Runtime.start(own, ["worker"]);
    runtimes.push(runtime);
    // Both are sent the token: reading a head is not what is compared.
    const call = (index: number): string =>
      request("GET", `/v1/${row}`, { Authorization: `Bearer ${issuer.token(index)}` });
    const requests = write(
      join(own, "requests"),
      Array.from({ length: CALLERS }, (_, index) => call(index)),
    );
    const origin = runtime.origin("worker");
    const reply = await fetch(`${origin}/v1/${row}`, { headers: { authorization: `Bearer ${issuer.token(0)}` } });
    const timing = reply.headers.get("server-timing") ?? "";
    if (reply.status !== 200 || timing.includes("io;")) throw new Error(`${row}: ${reply.status}, ${timing}`);
    return { name: row, pid: runtime.pid, origin, requests, connections: 8 };
  };
  try {
    const sides = [await start("user"), await start("public")];
    const [user = [], open = []] = await inTurn(sides, effort);
    const title = "a warm token on a `normal` row : the same row made public";
    return [figure("warm", title, 1.3, user, open, { user: middle(user), public: middle(open) })];
  } finally {
    await Promise.all(runtimes.map((runtime) => runtime.stop()));
  }
}
