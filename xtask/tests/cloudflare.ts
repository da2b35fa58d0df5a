// A stand-in for the part of Cloudflare's API that a deployment calls. It keeps
// what was created and deployed. Not here: whether Cloudflare would agree.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** One uploaded Worker. */
export interface Upload {
  readonly name: string;
  readonly bindings: readonly Record<string, unknown>[];
}

/** Secrets that one Worker was given, without a deployment. */
export interface Given {
  readonly name: string;
  readonly secrets: Readonly<Record<string, string>>;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

const found = (result: unknown): Reply => ({
  status: 200,
  body: { success: true, errors: [], messages: [], result },
});
const missing = (code: number): Reply => ({
  status: 404,
  body: { success: false, errors: [{ code, message: "not found" }], messages: [], result: null },
});

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

type Entries = Map<string, Record<string, unknown>>;

function posted(body: string, key: string): string {
  return (JSON.parse(body) as Record<string, string>)[key] ?? "";
}

function page(all: Entries, { query }: Call): Reply {
  return found(Number(query.get("page") ?? 1) > 1 ? [] : [...all.values()]);
}

/** The stand-in, listening on loopback until it is disposed of. */
export class Cloudflare implements AsyncDisposable {
  /** Names of created resources, in order. */
  readonly created: string[] = [];
  /** Uploaded Workers, in order. */
  readonly uploads: Upload[] = [];
  /** Secrets that Workers were given, in order. */
  readonly given: Given[] = [];
  /** After so many gifts the next one fails, once. */
  failsAfter = Number.POSITIVE_INFINITY;
  readonly #queues: Entries = new Map();
  readonly #databases: Entries = new Map();
  readonly #namespaces: Entries = new Map();
  readonly #buckets: Entries = new Map();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<Cloudflare> {
    const cloudflare = new Cloudflare();
    await new Promise<void>((resolve) => cloudflare.#server.listen(0, "127.0.0.1", resolve));
    return cloudflare;
  }

  /** What wrangler needs to talk to this instead of to Cloudflare. */
  get environment(): NodeJS.ProcessEnv {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("not listening");
    return {
      CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${address.port}/client/v4`,
      CLOUDFLARE_API_TOKEN: "token",
      CLOUDFLARE_ACCOUNT_ID: "account",
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? "/", "http://api");
    const path = url.pathname.replace("/client/v4", "").replace("/accounts/account", "");
    const body = Buffer.concat(chunks).toString("latin1");
    const call = { method: request.method ?? "GET", path, query: url.searchParams, body };
    const reply = this.#resource(call) ?? this.#secrets(call) ?? this.#worker(call) ?? found([]);
    response.writeHead(reply.status, { "content-type": "application/json" });
    response.end(JSON.stringify(reply.body));
  }

  #resource(call: Call): Reply | undefined {
    return this.#queue(call) ?? this.#database(call) ?? this.#namespace(call) ?? this.#bucket(call);
  }

  #queue({ method, path, query, body }: Call): Reply | undefined {
    if (path !== "/queues") return undefined;
    if (method === "POST") {
      const name = posted(body, "queue_name");
      const queue = { queue_id: `queue-${name}`, queue_name: name, producers: [], consumers: [] };
      return this.#create(this.#queues, name, queue);
    }
    const named = this.#queues.get(query.get("name") ?? "");
    return found(named === undefined ? [] : [named]);
  }

  #database(call: Call): Reply | undefined {
    const { method, path, body } = call;
    if (path === "/d1/database" && method === "POST") {
      const name = posted(body, "name");
      const database = { uuid: `00000000-0000-0000-0000-${name}`, name, version: "production" };
      return this.#create(this.#databases, name, database);
    }
    if (path === "/d1/database") return page(this.#databases, call);
    if (/^\/d1\/database\/[^/]+\/query$/.test(path)) return found([{ results: [], success: true, meta: {} }]);
    const named = /^\/d1\/database\/([^/]+)$/.exec(path)?.[1];
    if (named === undefined) return undefined;
    const database = this.#databases.get(named);
    return database === undefined ? missing(7404) : found(database);
  }

  #namespace(call: Call): Reply | undefined {
    if (call.path !== "/storage/kv/namespaces") return undefined;
    if (call.method !== "POST") return page(this.#namespaces, call);
    const title = posted(call.body, "title");
    return this.#create(this.#namespaces, title, { id: `kv-${title}`, title });
  }

  #bucket({ method, path, body }: Call): Reply | undefined {
    if (path !== "/r2/buckets") return undefined;
    if (method !== "POST") return found({ buckets: [...this.#buckets.values()] });
    const name = posted(body, "name");
    return this.#create(this.#buckets, name, { name, creation_date: "2026-11-20T00:00:00Z" });
  }

  #create(all: Entries, name: string, entry: Record<string, unknown>): Reply {
    this.created.push(name);
    all.set(name, entry);
    return found(entry);
  }

  #secrets({ path, body }: Call): Reply | undefined {
    const name = /^\/workers\/scripts\/([^/]+)\/secrets-bulk$/.exec(path)?.[1];
    if (name === undefined) return undefined;
    if (this.given.length >= this.failsAfter) {
      this.failsAfter = Number.POSITIVE_INFINITY;
      return {
        status: 400,
        body: { success: false, errors: [{ code: 1, message: "no" }], messages: [], result: null },
      };
    }
    const { secrets } = JSON.parse(body) as { secrets: Record<string, { text: string }> };
    const texts = Object.entries(secrets).map(([secret, { text }]) => [secret, text]);
    this.given.push({ name, secrets: Object.fromEntries(texts) });
    return found({});
  }

  #worker({ method, path, body }: Call): Reply | undefined {
    const known = (name: string): boolean => this.uploads.some((upload) => upload.name === name);
    // The first upload of a Worker is a PUT, a later one makes a version of it.
    const uploaded = /^\/workers\/scripts\/([^/]+)(?:\/versions)?$/.exec(path)?.[1];
    if (uploaded !== undefined && (method === "PUT" || method === "POST")) {
      const metadata = /name="metadata"[^{]*(\{.*\})/.exec(body)?.[1] ?? "{}";
      const { bindings = [] } = JSON.parse(metadata) as { bindings?: Record<string, unknown>[] };
      this.uploads.push({ name: uploaded, bindings });
      const resources = { script: { etag: "e" } };
      return found({ id: uploaded, startup_time_ms: 5, metadata: {}, number: 1, resources });
    }
    const service = /^\/workers\/(?:services|scripts)\/([^/]+)(?:\/settings)?$/.exec(path)?.[1];
    const script = { last_deployed_from: "wrangler", tag: "t", tags: [] };
    const environment = { environment: "production", script };
    if (service !== undefined) {
      const code = path.endsWith("settings") ? 10007 : 10090;
      return known(service) ? found({ default_environment: environment, bindings: [] }) : missing(code);
    }
    if (/^\/workers\/services\/[^/]+\/environments\/[^/]+$/.test(path)) return found(environment);
    if (path.endsWith("/deployments")) return found({ deployments: [] });
    if (path.endsWith("/subdomain")) return found({ enabled: true, previews_enabled: false, subdomain: "me" });
    const worker = /^\/workers\/workers\/([^/]+)$/.exec(path)?.[1];
    if (worker === undefined) return undefined;
    return found({
      id: worker,
      name: worker,
      subdomain: { enabled: true, previews_enabled: false },
    });
  }
}
