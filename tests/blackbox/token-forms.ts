// Every form of a token that must not open a row, by name. Each is made from the token of an administrator that opens
// all of them. Not here: the rows (`tokens.test.ts`), what is wrong with single members (`token-members.ts`).

import { createHmac, randomBytes } from "node:crypto";
import { claimsOf, type Forms, type Good, headers } from "./token-members.ts";
import { encoded, type Members, moved, newKey, ofParts, ofTexts, SMALL_ORDER, signature } from "./token-smith.ts";

function algorithms({ header, claims, own, token }: Good): Forms {
  const forms: Forms = {};
  const stranger = newKey(own.kid);
  const [, , signed = ""] = token.split(".");
  for (const alg of [
    "none",
    "None",
    "NONE",
    "nOnE",
    "",
    "HS256",
    "HS512",
    "RS256",
    "ES256",
    "PS256",
    "Ed448",
    "A128KW",
  ]) {
    const named = JSON.stringify({ ...header, alg });
    const input = `${encoded(named)}.${encoded(JSON.stringify(claims))}`;
    forms[`alg ${alg || "empty"}, no signature`] = `${input}.`;
    forms[`alg ${alg || "empty"}, signed by our key`] = ofTexts(named, JSON.stringify(claims), own.key);
    forms[`alg ${alg || "empty"}, the old signature`] = `${input}.${signed}`;
  }
  const raw = Buffer.from(own.x, "base64url");
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw]);
  const pem = `-----BEGIN PUBLIC KEY-----\n${spki.toString("base64")}\n-----END PUBLIC KEY-----\n`;
  const jwk = JSON.stringify({ kty: "OKP", crv: "Ed25519", kid: own.kid, x: own.x });
  const secrets = { raw, text: own.x, spki, pem, jwk, empty: "" };
  for (const [name, secret] of Object.entries(secrets)) {
    for (const hash of ["256", "384", "512"]) {
      const input = `${encoded(JSON.stringify({ ...header, alg: `HS${hash}` }))}.${encoded(JSON.stringify(claims))}`;
      const mac = createHmac(`sha${hash}`, secret).update(input).digest("base64url");
      forms[`HS${hash} with the public key as secret: ${name}`] = `${input}.${mac}`;
    }
  }
  forms["a stranger's key under our name"] = ofTexts(JSON.stringify(header), JSON.stringify(claims), stranger.key);
  return forms;
}

function encodings({ token, header, claims, own }: Good): Forms {
  const [h = "", c = "", s = ""] = token.split(".");
  const forms: Forms = {};
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (const digit of digits) {
    if (digit !== s.at(-1)) forms[`the signature ends with ${digit}`] = `${h}.${c}.${s.slice(0, -1)}${digit}`;
  }
  // Texts whose encodings have bits left over, which are then not zero.
  const loose = (value: Members): string => {
    let text = JSON.stringify(value);
    while (Buffer.byteLength(text) % 3 !== 1) text = ` ${text}`;
    const part = encoded(text);
    return part.slice(0, -1) + digits[digits.indexOf(part.at(-1) ?? "") + 1];
  };
  forms["bits left over in the header"] = ofParts(loose(header), c, own.key);
  forms["bits left over in the claims"] = ofParts(h, loose(claims), own.key);
  const padded = (part: string): string => part + "=".repeat(-part.length & 3 || 4);
  forms["padding behind the header"] = ofParts(padded(h), c, own.key);
  forms["padding behind the claims"] = ofParts(h, padded(c), own.key);
  forms["padding behind the signature"] = `${h}.${c}.${padded(s)}`;
  const standard = (value: Members): string =>
    Buffer.from(JSON.stringify({ ...value, x: "~~~???~~~???>>>" }))
      .toString("base64")
      .replaceAll("=", "");
  forms["the standard alphabet in the header"] = ofParts(standard(header), c, own.key);
  forms["the standard alphabet in the claims"] = ofParts(h, standard(claims), own.key);
  for (const extra of ["A", "AAAA", "%20", "+", "/", "!", " ", "\t", "=", "%", "é"]) {
    forms[`${JSON.stringify(extra)} behind the header`] = ofParts(`${h}${extra}`, c, own.key);
    forms[`${JSON.stringify(extra)} behind the claims`] = ofParts(h, `${c}${extra}`, own.key);
    // Spaces around a header's value are HTTP's, and gone before anybody reads it.
    if (extra.trim() !== "") forms[`${JSON.stringify(extra)} behind the signature`] = `${token}${extra}`;
    forms[`${JSON.stringify(extra)} before the token`] = extra.trim() === "" ? `${extra}.${token}` : `${extra}${token}`;
  }
  return forms;
}

function parts({ token, header, claims, own }: Good): Forms {
  const [h = "", c = "", s = ""] = token.split(".");
  const signed = Buffer.from(s, "base64url");
  const other = ofTexts(JSON.stringify(header), JSON.stringify({ ...claims, jti: "tok_other" }), own.key).split(".")[2];
  const flat = { payload: c, protected: h, signature: s };
  const general = { payload: c, signatures: [{ protected: h, signature: s }] };
  const forms: Forms = {
    "the signature of another token": `${h}.${c}.${other}`,
    "no signature": `${h}.${c}`,
    "an empty signature": `${h}.${c}.`,
    "claims that were changed": `${h}.${encoded(JSON.stringify({ ...claims, sub: "usr_other" }))}.${s}`,
    "the header alone": h,
    "claims detached": `${h}..${s}`,
    "no header": `.${c}.${s}`,
    "a dot at the end": `${token}.`,
    "a fourth part": `${token}.${s}`,
    "five parts, as of a JWE": `${encoded('{"alg":"dir","enc":"A256GCM","typ":"at+jwt"}')}..${c}.${c}.${s}`,
    "a JWE with a key of its own": `${encoded('{"alg":"A256KW","enc":"A256GCM","cty":"JWT"}')}.${c}.${c}.${c}.${s}`,
    "the flattened JSON form of JWS": JSON.stringify(flat),
    "the general JSON form of JWS": JSON.stringify(general),
    "a token within a token": ofTexts(JSON.stringify({ ...header, cty: "JWT" }), JSON.stringify(token), own.key),
    "the token twice": `${token},${token}`,
    "a token longer than ours": ofTexts(
      JSON.stringify(header),
      JSON.stringify({ ...claims, x: "x".repeat(4_096) }),
      own.key,
    ),
    "random letters": randomBytes(64).toString("base64url"),
    "dots alone": "..",
    "half a token": token.slice(0, token.length / 2),
  };
  for (const times of [1n, 2n, 7n, 14n]) forms[`S + ${times} L`] = `${h}.${c}.${encoded(moved(signed, times))}`;
  for (const [i, hex] of SMALL_ORDER.entries()) {
    const point = Buffer.from(hex, "hex");
    const zero = Buffer.alloc(32);
    forms[`R of small order, S = 0: ${i}`] = `${h}.${c}.${encoded(Buffer.concat([point, zero]))}`;
    // For such a key one of a few signatures fits any text.
    const weak = encoded(JSON.stringify({ ...header, kid: `weak${i}` }));
    for (const [k, r] of SMALL_ORDER.entries()) {
      forms[`a key of small order: ${i}, R ${k}`] =
        `${weak}.${c}.${encoded(Buffer.concat([Buffer.from(r, "hex"), zero]))}`;
    }
  }
  forms["a signature of 63 bytes"] = `${h}.${c}.${encoded(signed.subarray(0, 63))}`;
  forms["a signature of 65 bytes"] = `${h}.${c}.${encoded(Buffer.concat([signed, Buffer.alloc(1)]))}`;
  forms["a signature of zeros"] = `${h}.${c}.${encoded(Buffer.alloc(64))}`;
  forms["a signature over the claims alone"] = `${h}.${c}.${encoded(signature(c, own.key))}`;
  return forms;
}

/** Forms that no head of a request has room for: the runtime refuses them before anybody reads them. */
export function hugeForms({ token, header, claims, own }: Good): Forms {
  const filling = "x".repeat(750_000);
  return {
    "a megabyte of header": ofTexts(JSON.stringify({ ...header, x: filling }), JSON.stringify(claims), own.key),
    "a megabyte of claims": ofTexts(JSON.stringify(header), JSON.stringify({ ...claims, email: filling }), own.key),
    "a megabyte behind the signature": token + "A".repeat(1_000_000),
  };
}

/** Every form, by what is wrong with it. */
export function formsOf(good: Good): ReadonlyMap<string, string> {
  const kinds = { algorithm: algorithms, header: headers, claims: claimsOf, encoding: encodings, parts };
  return new Map(
    Object.entries(kinds).flatMap(([kind, make]) =>
      Object.entries(make(good)).map(([name, token]): [string, string] => [`${kind}: ${name}`, token]),
    ),
  );
}
