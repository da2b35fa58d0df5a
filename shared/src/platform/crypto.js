// The runtime's cryptography: sealing, signing, checking, digests. Which of it is used for what, and with which
// keys, is decided in Rust.

// AES-256-GCM (NIST SP 800-38D): twelve bytes of nonce, then the ciphertext and its tag, in base64.
export async function seal(key, text) {
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const sealing = await crypto.subtle.importKey("raw", key.slice(), "AES-GCM", false, ["encrypt"]);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, sealing, new TextEncoder().encode(text));
  const whole = new Uint8Array(nonce.length + sealed.byteLength);
  whole.set(nonce);
  whole.set(new Uint8Array(sealed), nonce.length);
  return whole.toBase64();
}

export async function unseal(key, sealed) {
  const opening = await crypto.subtle.importKey("raw", key.slice(), "AES-GCM", false, ["decrypt"]);
  const bytes = Uint8Array.fromBase64(sealed);
  const iv = bytes.subarray(0, 12);
  return new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, opening, bytes.subarray(12)));
}

// The algorithms of other issuers' tokens (RFC 7518 §3.3, §3.4, RFC 8037 §3.1).
const ALGORITHMS = {
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  ES256: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  EdDSA: { name: "Ed25519" },
};

// Keys that were imported before, the few that an isolate meets again and again.
const imported = new Map();
const MOST_KEYS = 64;

// Kept once it is there: no request may wait for another's promise.
async function keyOf(text, how, use) {
  const known = imported.get(text);
  if (known !== undefined) return known;
  const [format, data] = use === "verify" ? ["jwk", JSON.parse(text)] : ["pkcs8", Uint8Array.fromBase64(text)];
  const key = await crypto.subtle.importKey(format, data, how, false, [use]);
  if (imported.size >= MOST_KEYS) imported.clear();
  imported.set(text, key);
  return key;
}

// Whether a public key (a JSON Web Key) made this signature. The bytes are copied before anything is waited for:
// they lie in the module's memory, which may move.
export async function verify(algorithm, jwk, data, signature) {
  const [message, signed] = [data.slice(), signature.slice()];
  const how = ALGORITHMS[algorithm];
  return crypto.subtle.verify(how, await keyOf(jwk, how, "verify"), signed, message);
}

// SHA-256 or SHA-512 of bytes that may be many: the runtime's own is far quicker than one in the module.
export async function digest(algorithm, bytes) {
  return new Uint8Array(await crypto.subtle.digest(algorithm, bytes.slice()));
}

// A signature by a private key in PKCS #8, base64; with ES256 64 bytes, as JWS wants them.
export async function sign(algorithm, pkcs8, data) {
  const message = data.slice();
  const how = ALGORITHMS[algorithm];
  return new Uint8Array(await crypto.subtle.sign(how, await keyOf(pkcs8, how, "sign"), message));
}
