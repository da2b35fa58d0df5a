// The least that a durable admission costs on this runtime: the request goes on by handle as in `pass`, but after an
// object has kept a reservation, and before it has settled it and handed a record to the queue. Nothing is checked,
// read or counted: who must not overrun a budget though the runtime die cannot be cheaper.

import { DurableObject } from "cloudflare:workers";

export default {
  async fetch(request, env, ctx) {
    const object = env.ADMISSION.getByName(request.headers.get("authorization"));
    const ask = (path, body) => object.fetch(`http://admission${path}`, { method: "POST", body });
    const call = crypto.randomUUID();
    await (await ask("/reserve", call)).text();
    const response = await fetch(`${env.UPSTREAM}/v1/chat/completions`, request);
    ctx.waitUntil(ask("/settle", call));
    return response;
  },
};

export class Admission extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS calls (id TEXT PRIMARY KEY) STRICT");
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS totals (scope TEXT PRIMARY KEY, spent TEXT NOT NULL) STRICT");
  }

  async fetch(request) {
    const call = await request.text();
    const { sql } = this.ctx.storage;
    if (request.url.endsWith("/reserve")) {
      sql.exec("INSERT INTO calls (id) VALUES (?)", call);
      return new Response("admitted");
    }
    sql.exec("DELETE FROM calls WHERE id = ?", call);
    sql.exec("INSERT OR REPLACE INTO totals (scope, spent) VALUES ('org', '1')");
    await this.env.USAGE.send(call, { contentType: "text" });
    return new Response(null, { status: 204 });
  }
}
