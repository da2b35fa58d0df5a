// What xtask and the runtime say to each other: one JSON document a line. The
// first line on stdin is the plan, every later line a command. Not here: what a
// command does.

/** One Worker of the stack. */
export interface WorkerPlan {
  /** The function's name, as in `functions/<name>`. */
  readonly name: string;
  /** The Worker's name, as in its `wrangler.toml` and in service bindings. */
  readonly worker: string;
  /** Absolute path of its `wrangler.toml`. */
  readonly config: string;
  /** Absolute path of the folder that holds `index.js` and `index_bg.wasm`. */
  readonly build: string;
  /** Port of its own origin on loopback; 0 lets the system choose. */
  readonly port: number;
  /** Vars and secrets; they win over `[vars]` of the `wrangler.toml`. */
  readonly vars: Readonly<Record<string, string>>;
}

/** Everything needed to run one stack. The first Worker answers on `port`. */
export interface Plan {
  readonly host: string;
  readonly port: number;
  /** Folder of D1, KV, queue and Durable Object state, as wrangler lays it out. */
  readonly persist: string;
  /** File that gets every log line of the Workers as it was written. */
  readonly log: string;
  /** Folder of the D1 migrations. */
  readonly migrations: string;
  readonly database: { readonly worker: string; readonly binding: string };
  /** Process groups that end with this program, also when its parent was killed. */
  readonly companions: readonly number[];
  readonly workers: readonly WorkerPlan[];
  /** Names of Workers that run in a process of their own, as isolates of other machines would. */
  readonly apart: readonly string[];
}

export type Command =
  | {
      readonly command: "reload";
      readonly id: number;
      readonly workers: readonly WorkerPlan[];
    }
  | {
      readonly command: "query";
      readonly id: number;
      readonly sql: string;
      readonly params: readonly unknown[];
    };

// The other side is our own xtask of the same checkout, so the shape is trusted.
export function parsePlan(line: string): Plan {
  return JSON.parse(line) as Plan;
}

export function parseCommand(line: string): Command {
  return JSON.parse(line) as Command;
}
