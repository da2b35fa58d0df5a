// Configuration files of raw workerd: Workers, bindings, services and sockets as capnp text. What is
// served is said elsewhere (`config`, `decide/`).

import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const COMPATIBILITY_DATE = "2026-11-01";

/** A file of a Worker. */
export interface Module {
  name: string;
  kind: "esModule" | "wasm" | "json";
  file: string;
}

/** A Worker to serve. */
export interface Worker {
  /** Its name as a service, and as a socket. */
  name: string;
  modules: Module[];
  /** Made by `binding`, `service` and `variable`. */
  bindings: string[];
  /** Classes of Durable Objects with SQLite; their files lie in the configuration's folder. */
  objects?: string[];
  /** Compatibility flags beside those that all have. */
  flags?: string[];
  /** Whether bindings alone reach it: it has no socket. */
  inner?: true;
}

/** capnp's text literals are C's; ours hold nothing but ASCII. */
const text = (value: string): string => JSON.stringify(value);

/** One binding; `rest` is capnp. */
export const binding = (name: string, rest: string): string => `(name = ${text(name)}, ${rest})`;
/** A service binding. */
export const service = (name: string, to: string): string => binding(name, `service = ${text(to)}`);
/** A variable or secret. */
export const variable = (name: string, value: string): string => binding(name, `text = ${text(value)}`);

/** A variable that is JSON. */
export const json = (name: string, value: unknown): string => binding(name, `json = ${text(JSON.stringify(value))}`);

/** The modules of a Worker as worker-build leaves it. */
export function built(folder: string): Module[] {
  return [
    { name: "index.js", kind: "esModule", file: join(folder, "index.js") },
    { name: "index_bg.wasm", kind: "wasm", file: join(folder, "index_bg.wasm") },
  ];
}

/** JavaScript modules of one folder, the entry first. */
export function scripts(folder: string, ...names: string[]): Module[] {
  return names.map((name) => ({ name: `${name}.js`, kind: "esModule", file: join(folder, `${name}.js`) }));
}

function objectsOf({ objects = [] }: Worker): string {
  if (objects.length === 0) return "";
  // On disk, because workerd has no SQL for objects that live in memory alone.
  const classes = objects.map((name) => `(className = ${text(name)}, uniqueKey = ${text(name)}, enableSql = true)`);
  return `,\n  durableObjectNamespaces = [${classes.join(", ")}],\n  durableObjectStorage = (localDisk = "objects")`;
}

/** A Worker's struct; its files are copied beside the configuration, where `embed` finds them. */
function struct(folder: string, worker: Worker): string {
  mkdirSync(join(folder, worker.name), { recursive: true });
  const modules = worker.modules.map(({ name, kind, file }) => {
    const copy = join(worker.name, basename(name));
    copyFileSync(file, join(folder, copy));
    return `(name = ${text(name)}, ${kind} = embed ${text(copy)})`;
  });
  const flags = ["no_nodejs_compat", "no_nodejs_compat_v2", ...(worker.flags ?? [])];
  return `const ${worker.name} :Workerd.Worker = (
  compatibilityDate = ${text(COMPATIBILITY_DATE)},
  compatibilityFlags = [${flags.map(text).join(", ")}],
  modules = [${modules.join(", ")}],
  bindings = [${worker.bindings.join(",\n    ")}]${objectsOf(worker)}
);`;
}

/** What a configuration holds beside its Workers. */
export interface Surroundings {
  /** `127.0.0.1:PORT` of the upstream process, which is also the queue's other end, the service `sink`. */
  upstream: string;
  /** Files of modules that become `bench:NAME`, for wrapped bindings. */
  standIns?: Record<string, string>;
}

/** Writes `folder/config.capnp`: every Worker with a socket of its own name, but inner ones. */
export function writeCapnp(
  folder: string,
  workers: readonly Worker[],
  { upstream, standIns = {} }: Surroundings,
): void {
  mkdirSync(join(folder, "objects"), { recursive: true });
  const names = workers.map(({ name }) => name);
  const open = workers.filter(({ inner }) => inner !== true).map(({ name }) => name);
  const structs = workers.map((worker) => struct(folder, worker));
  const modules = Object.entries(standIns).map(([name, file]) => {
    copyFileSync(file, join(folder, `${name}.js`));
    return `(name = "bench:${name}", internal = true, esModule = embed "${name}.js")`;
  });
  const extensions = modules.length === 0 ? "" : `,\n  extensions = [(modules = [${modules.join(", ")}])]`;
  const config = `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ${names.map((name) => `(name = ${text(name)}, worker = .${name})`).join(",\n    ")},
    (name = "sink", external = (address = ${text(upstream)}, http = ())),
    (name = "objects", disk = (path = "objects", writable = true)),
    (name = "internet", network = (allow = ["private"]))
  ],
  sockets = [${open.map((name) => `(name = ${text(name)}, http = (), service = ${text(name)})`).join(", ")}]${extensions}
);

${structs.join("\n\n")}
`;
  writeFileSync(join(folder, "config.capnp"), config);
}
