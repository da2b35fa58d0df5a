// EdDSA or ES256 for access tokens? `node bench/decide/jwt.ts [--rounds N]`
//
// One token is verified for each request, without a cache, by jwt-compact in wasm; what `none` costs is
// what the others cost beside the signature. WebCrypto is measured beside them: it verifies outside of
// wasm, but only asynchronously.

import { generateKeyPairSync, sign } from "node:crypto";
import { join } from "node:path";
import { built, scripts, variable, type Worker } from "../capnp.ts";
import { build, sizes } from "./build.ts";
import { compare, type Variant } from "./variants.ts";

interface Signed {
  alg: "EdDSA" | "ES256";
  token: string;
  /** The public key: raw (EdDSA) or as SEC 1 has it (ES256), base64url. */
  key: string;
  jwk: string;
}

function signed(alg: Signed["alg"]): Signed {
  const { privateKey, publicKey } =
    alg === "EdDSA" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = publicKey.export({ format: "jwk" });
  const bytes = (text = ""): Buffer => Buffer.from(text, "base64url");
  const raw = alg === "EdDSA" ? bytes(jwk.x) : Buffer.concat([Buffer.of(4), bytes(jwk.x), bytes(jwk.y)]);
  const claims = { sub: "usr_00000000000000000000000001", exp: Math.floor(Date.now() / 1000) + 86_400 };
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const body = `${encode({ alg, typ: "at+jwt" })}.${encode(claims)}`;
  const hash = alg === "EdDSA" ? null : "sha256";
  const signature = sign(hash, Buffer.from(body), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return {
    alg,
    token: `${body}.${signature.toString("base64url")}`,
    key: raw.toString("base64url"),
    jwk: JSON.stringify(jwk),
  };
}

const request = (token: string): string =>
  `GET / HTTP/1.1\r\nHost: bench.local\r\nAuthorization: Bearer ${token}\r\n\r\n`;

function inWasm(name: string, { token, key }: Signed, features: readonly string[]): Variant {
  const made = build("jwt", `jwt-${features[0] ?? "none"}`, features);
  const worker: Worker = { name: "worker", modules: built(made.folder), bindings: [variable("KEY", key)] };
  return { name, worker: () => worker, requests: [request(token)], facts: sizes(made) };
}

function inRuntime({ alg, token, jwk }: Signed): Variant {
  const modules = scripts(join(import.meta.dirname, "jwt"), "webcrypto");
  const worker: Worker = { name: "worker", modules, bindings: [variable("ALG", alg), variable("JWK", jwk)] };
  return { name: `${alg} by WebCrypto, in JavaScript`, worker: () => worker, requests: [request(token)] };
}

const [eddsa, es256] = [signed("EdDSA"), signed("ES256")];
await compare(
  "jwt",
  [
    inWasm("none: the header is read, nothing is verified", eddsa, []),
    inWasm("EdDSA: jwt-compact on ed25519-dalek", eddsa, ["eddsa"]),
    inWasm("ES256: jwt-compact on p256", es256, ["es256"]),
    inRuntime(eddsa),
    inRuntime(es256),
  ],
  { connections: 8 },
);
