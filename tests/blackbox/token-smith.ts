// Makes access tokens, right and wrong, with a signing key the test gives to its stack: what is wrong with a token is
// then that alone, and not its signature. Not here: which forms there are (`token-forms.ts`).

import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** The members of a header or of claims. */
export type Members = Readonly<Record<string, unknown>>;

/** Base64url without padding. */
export const encoded = (value: string | Uint8Array): string => Buffer.from(value).toString("base64url");

/** The order of the group, RFC 8032 §5.1. */
export const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** The points of small order as they are encoded: for a key of them everybody can sign. */
export const SMALL_ORDER: readonly string[] = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000080",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
];

/** A key pair as a private JWK. */
export interface OwnKey {
  readonly kid: string;
  readonly key: KeyObject;
  /** The public half, base64url. */
  readonly x: string;
  /** The private half. */
  readonly d: string;
}

/** A fresh key of this name. */
export function newKey(kid: string): OwnKey {
  const { privateKey } = generateKeyPairSync("ed25519");
  const { x = "", d = "" } = privateKey.export({ format: "jwk" });
  return { kid, key: privateKey, x, d };
}

const jwk = ({ kid, x }: Pick<OwnKey, "kid" | "x">): Members => ({
  ...{ kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig" },
  kid,
  x,
});

/** The variables of a stack that signs with `own` and is told of keys of small order, too, as `weak0`…`weak7`. */
export function variables(own: OwnKey): Readonly<Record<string, string>> {
  const weak = SMALL_ORDER.map((hex, i) => jwk({ kid: `weak${i}`, x: encoded(Buffer.from(hex, "hex")) }));
  return {
    AUTH_KEYS: JSON.stringify([{ ...jwk(own), d: own.d }]),
    AUTH_JWKS: JSON.stringify({ keys: [jwk(own), ...weak] }),
  };
}

/** A signature over `input`. */
export function signature(input: string, key: KeyObject): Buffer {
  return sign(null, Buffer.from(input), key);
}

/** A token of these texts, signed. */
export function ofTexts(header: string | Uint8Array, claims: string | Uint8Array, key: KeyObject): string {
  const input = `${encoded(header)}.${encoded(claims)}`;
  return `${input}.${encoded(signature(input, key))}`;
}

/** A token whose first two parts are written as they stand, signed. */
export function ofParts(header: string, claims: string, key: KeyObject): string {
  return `${header}.${claims}.${encoded(signature(`${header}.${claims}`, key))}`;
}

/** The same signature with another `S`: RFC 8032 §5.1.7 wants it below the order. */
export function moved(signed: Buffer, times: bigint): Buffer {
  const s = BigInt(`0x${Buffer.from(signed.subarray(32)).reverse().toString("hex")}`) + ORDER * times;
  const other = Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse();
  return Buffer.concat([signed.subarray(0, 32), other]);
}

/** The members of a JSON object as text, with one of them twice: the second has `value`. */
export function twice(members: Members, name: string, value: unknown): string {
  const text = JSON.stringify(members);
  return `${text.slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(value)}}`;
}
