// better-auth on Hono, as its documentation sets it up for Workers with D1: e-mail and password, sessions in the
// database. `/me` is the session check that is measured.

import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { Hono } from "hono";

let auth;

const options = (env, origin) => ({
  database: env.DB,
  secret: env.BETTER_AUTH_SECRET,
  baseURL: origin,
  emailAndPassword: { enabled: true },
  // Measured is what it does, not how often it lets itself be asked.
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
});

const app = new Hono();

app.use(async (c, next) => {
  auth ??= betterAuth(options(c.env, new URL(c.req.url).origin));
  await next();
});

app.get("/constant", (c) => c.json({ status: "ok" }));

// One statement of D1 and nothing else: what nobody who asks the database can be cheaper than.
app.get("/d1", async (c) => {
  const row = await c.env.DB.prepare("SELECT id FROM user WHERE email = ?1").bind("bench-0@example.com").first();
  return c.json(row);
});

app.get("/me", async (c) => {
  const session = await auth.api.getSession({ headers: c.req.raw.headers });
  return session === null ? c.json({ error: "unauthenticated" }, 401) : c.json({ id: session.user.id });
});

app.post("/migrate", async (c) => {
  const { runMigrations } = await getMigrations(options(c.env, new URL(c.req.url).origin));
  await runMigrations();
  return c.json({ status: "ok" });
});

app.on(["GET", "POST"], "/api/auth/*", (c) => auth.handler(c.req.raw));

export default app;
