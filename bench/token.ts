// A signing key made for one run, and access tokens of it: what the auth function would issue.

import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

export const ISSUER = "selvage";
const KEY_ID = "bench";

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
      permissions: ["use:ai", "read:usage"],
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
}
