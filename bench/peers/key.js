// Who calls with an API key. Equal to shared/src/auth/{key,api_key}.rs: the text's form and checksum, one look-up that
// is believed for ten seconds, the hash compared, the owner's scopes, the note of the key's use. Known keys are found
// by their text, as one would in JavaScript; Rust keeps nothing but their hashes.

import { Problem } from "./problem.js";

const FORM = /^sk-slv1-([0-9A-HJKMNP-TV-Z]{26})[0-9A-HJKMNP-TV-Z]{32}[0-9A-HJKMNP-TV-Z]{7}$/;
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TRUST_MS = 10_000;
const MOST_KNOWN = 512;
const USE_STEP_MS = 60_000;

const KEY_STATE = `SELECT k.hash, k.user_id, k.scopes, k.expires_at, k.models, k.limits, u.email, u.epoch
FROM api_keys k JOIN users u ON u.id = k.user_id WHERE k.id = ?1 AND k.revoked_at IS NULL AND u.status = 'active'`;
const KEY_USED = "UPDATE api_keys SET last_used_at = ?2 WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at <= ?3)";

const known = new Map();
const encoder = new TextEncoder();

const refused = () =>
  new Problem("unauthenticated", { headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' } });

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** Seven digits of the CRC-32 of a text. */
function checksum(text) {
  let crc = 0xffffffff;
  for (let i = 0; i < text.length; i++) crc = (crc >>> 8) ^ CRC[(crc ^ text.charCodeAt(i)) & 255];
  let rest = ~crc >>> 0;
  let digits = "";
  for (let i = 0; i < 7; i++) {
    digits = DIGITS[rest % 32] + digits;
    rest = Math.floor(rest / 32);
  }
  return digits;
}

function sameText(one, other) {
  const [a, b] = [encoder.encode(one), encoder.encode(other)];
  return a.length === b.length && crypto.subtle.timingSafeEqual(a, b);
}

async function lookUp(cx, id, text) {
  const { env } = cx;
  const { success } = await env.LIMIT.limit({ key: `key ${cx.network}` });
  if (!success) throw new Problem("rate_limited", { headers: { "Retry-After": "60" } });
  cx.trip("d1");
  const row = await env.DB.prepare(KEY_STATE).bind(id).first();
  if (row === null) throw refused();
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text))).toHex();
  if (!sameText(hash, row.hash)) throw refused();
  const models = row.models === null ? undefined : JSON.parse(row.models);
  const limits = row.limits === null ? undefined : JSON.parse(row.limits);
  return {
    claims: { sub: row.user_id, email: row.email, permissions: JSON.parse(row.scopes), epoch: row.epoch },
    expiresMs: row.expires_at ?? Number.POSITIVE_INFINITY,
    key: { id, models, limits },
  };
}

async function find(cx, text) {
  const id = FORM.exec(text)?.[1];
  if (id === undefined || checksum(text.slice(0, -7)) !== text.slice(-7)) throw refused();
  const fresh = known.get(text);
  if (fresh !== undefined && cx.now < fresh.askedMs + TRUST_MS && cx.now < fresh.caller.expiresMs) return fresh.caller;
  const caller = await lookUp(cx, `key_${id}`, text);
  if (cx.now >= caller.expiresMs) throw refused();
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(text, { caller, askedMs: cx.now });
  const used = cx.env.DB.prepare(KEY_USED).bind(caller.key.id, cx.now, cx.now - USE_STEP_MS);
  cx.ctx.waitUntil(used.run().catch(() => {}));
  return caller;
}

/** The owner of a key that has this scope, or 401 and 403. */
export async function callerOfKey(cx, text, scope) {
  const caller = await find(cx, text);
  if (caller.claims.permissions.includes(scope)) return caller;
  const challenge = `Bearer error="insufficient_scope", scope="${scope}"`;
  throw new Problem("forbidden", { headers: { "WWW-Authenticate": challenge } });
}
