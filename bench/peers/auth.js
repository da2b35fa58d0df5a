// The JS peer of functions/auth, for the rows that are measured.

import { json, serve } from "./pipeline.js";

const token = ({ caller }) => {
  const { sub, email, roles, permissions, sid } = caller.claims;
  const expiresAt = new Date(caller.expiresMs).toISOString();
  return json({ sub, email, roles, permissions, session_id: sid, expires_at: expiresAt });
};

export default serve("auth", [
  {
    method: "GET",
    path: "/healthz",
    who: "public",
    action: "health::live",
    handler: ({ service }) => json({ status: "ok", service }),
  },
  { method: "GET", path: "/v1/auth/token", who: "user", limit: "normal", action: "accounts::token", handler: token },
]);
