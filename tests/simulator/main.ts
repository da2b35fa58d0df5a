// The simulator as a program: `node tests/simulator/main.ts --port 0 [--key KEY]`. Prints one line with its
// URL once it listens and ends on SIGTERM or SIGINT.

import { parseArgs } from "node:util";
import { startSimulator } from "./server.ts";

function readArguments(): { port: number; key: string | undefined } {
  const { values } = parseArgs({ options: { port: { type: "string", default: "0" }, key: { type: "string" } } });
  const port = /^\d+$/.test(values.port) ? Number(values.port) : Number.NaN;
  if (!(port <= 65_535)) throw new Error(`--port takes a number from 0 to 65535, not \`${values.port}\``);
  return { port, key: values.key };
}

try {
  const simulator = await startSimulator(readArguments());
  const end = (): void => {
    void simulator.close().then(() => process.exit(0));
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  process.stdout.write(`simulator listening on ${simulator.url}\n`);
} catch (error) {
  process.stderr.write(`simulator: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
