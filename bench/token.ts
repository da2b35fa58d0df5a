// A signing key made for one run, with access tokens of it, and API keys: what the functions would issue.

import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { crc32 } from "node:zlib";

export const ISSUER = "selvage";
const KEY_ID = "bench";
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** The last digits of a number in Crockford's base 32. */
function base32(value: number, digits: number): string {
  const digit = (_: unknown, i: number): string => DIGITS[Math.floor(value / 32 ** (digits - 1 - i)) % 32] ?? "0";
  return Array.from({ length: digits }, digit).join("");
}

/** One key pair, as the functions are given it. */
export class Issuer {
  readonly #key: KeyObject;
  readonly #since = Math.floor(Date.now() / 1000);
  /** `AUTH_JWKS`. */
  readonly publicSet: string;
  /** `AUTH_KEYS`. */
  readonly privateKeys: string;

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const jwk = { kty: "OKP", crv: "Ed25519", kid: KEY_ID, x: publicKey.export({ format: "jwk" }).x };
    this.#key = privateKey;
    this.publicSet = JSON.stringify({ keys: [{ ...jwk, alg: "EdDSA", use: "sig" }] });
    this.privateKeys = JSON.stringify([{ ...jwk, d: privateKey.export({ format: "jwk" }).d }]);
  }

  /** The token of the `index`-th user, the same one every time; it outlives the run. */
  token(index: number): string {
    const id = index.toString().padStart(26, "0");
    const claims = {
      iss: ISSUER,
      aud: ISSUER,
      sub: `usr_${id}`,
      email: `user${index}@example.com`,
      roles: ["user"],
      permissions: ["use:ai", "read:usage", "use:files"],
      jti: `tok_${id}`,
      sid: `ses_${id}`,
      epoch: 0,
      iat: this.#since,
      exp: this.#since + 86_400,
    };
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const body = `${encode({ alg: "EdDSA", kid: KEY_ID, typ: "at+jwt" })}.${encode(claims)}`;
    return `${body}.${sign(null, Buffer.from(body), this.#key).toString("base64url")}`;
  }

  /** The API key of the `index`-th user. */
  key(index: number): string {
    const body = `sk-slv1-${base32(index, 26)}${base32(index + 7, 32)}`;
    return body + base32(crc32(body), 7);
  }

  /** The rows of the first keys as D1 would have them, by id: each with a budget of its own that is never spent. */
  keyRows(count: number): Record<string, unknown> {
    const row = (index: number): unknown => ({
      hash: createHash("sha256").update(this.key(index)).digest("hex"),
      public_key: null,
      user_id: `usr_${index.toString().padStart(26, "0")}`,
      scopes: '["use:ai"]',
      expires_at: null,
      email: `user${index}@example.com`,
      epoch: 0,
      models: null,
      limits: '{"version":1,"budget_nano_usd":9000000000000000}',
      organisation_id: null,
    });
    return Object.fromEntries(Array.from({ length: count }, (_, i) => [`key_${base32(i, 26)}`, row(i)]));
  }
}
