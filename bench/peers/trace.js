// The ids of a request. Equal to shared/src/trace.rs and id.rs: `X-Request-Id` taken over when well
// formed, W3C Trace Context continued when valid, sortable ids with a prefix.

const REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;
/** Version, trace, parent, flags; versions after 00 may have more (Trace Context §3.2.2). */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;

/** 32 hex digits of chance; six of their bits are a UUID's version. */
const hex = () => crypto.randomUUID().replaceAll("-", "");

export function traceOf(headers) {
  const own = hex();
  const asked = headers.get("x-request-id");
  const parent = TRACEPARENT.exec(headers.get("traceparent") ?? "");
  const valid = parent !== null && (parent[1] !== "00" || parent[3] === undefined);
  return {
    requestId: asked !== null && REQUEST_ID.test(asked) ? asked : `req_${own.slice(0, 24)}`,
    traceId: valid ? parent[2] : own,
    spanId: hex().slice(0, 16),
  };
}

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A ULID behind the kind of thing it names. */
export function newId(prefix, nowMs) {
  let time = "";
  for (let rest = nowMs, i = 0; i < 10; i++) {
    time = DIGITS[rest % 32] + time;
    rest = Math.floor(rest / 32);
  }
  let chance = "";
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) chance += DIGITS[byte & 31];
  return `${prefix}_${time}${chance}`;
}
