// Members of a header and claims that must not open a row: missing, twice, of another type, with another value. Not
// here: what is wrong with a token as a text (`token-forms.ts`).

import { type Members, newKey, type OwnKey, ofTexts, twice } from "./token-smith.ts";

/** What forms are made of. */
export interface Good {
  /** The token that opens every row. */
  readonly token: string;
  readonly header: Members;
  readonly claims: Members;
  /** The key it was signed with. */
  readonly own: OwnKey;
}

/** Tokens, by what is wrong with them. */
export type Forms = Record<string, string>;

/** Another value, and none, of every member. */
const FOREIGN: readonly unknown[] = [null, "", "other", 0, -1, 1.5, 1e300, true, [], {}, [["a"]]];

/** Headers. */
export function headers({ header, claims, own }: Good): Forms {
  const forms: Forms = {};
  const text = JSON.stringify(claims);
  const stranger = newKey("stranger");
  const url = "http://127.0.0.1:9/keys";
  const jwk = { kty: "OKP", crv: "Ed25519", kid: stranger.kid, x: stranger.x };
  const pointers = { jwk, jku: url, x5u: url, x5c: [stranger.x], x5t: stranger.x };
  for (const [name, value] of Object.entries(pointers)) {
    forms[`${name} of a stranger's key, our kid`] = ofTexts(
      JSON.stringify({ ...header, [name]: value }),
      text,
      stranger.key,
    );
    const theirs = JSON.stringify({ ...header, kid: stranger.kid, [name]: value });
    forms[`${name} of a stranger's key, their kid`] = ofTexts(theirs, text, stranger.key);
  }
  for (const crit of [["exp"], ["b64"], ["unknown"], [], "exp", null]) {
    const critical = { ...header, crit, b64: true, unknown: 1 };
    forms[`crit ${JSON.stringify(crit)}, signed by our key`] = ofTexts(JSON.stringify(critical), text, own.key);
  }
  for (const typ of ["JWT", "jwt", "rt+jwt", "id_token+jwt", "logout+jwt", "pending+jwt", "at+jwt ", ...FOREIGN]) {
    forms[`typ ${JSON.stringify(typ)}`] = ofTexts(JSON.stringify({ ...header, typ }), text, own.key);
  }
  const kids = ["k0", "../jwks.json", "' OR 1=1 --", own.kid.toUpperCase(), `${own.kid} `, "__proto__", ...FOREIGN];
  for (const kid of kids) {
    if (kid === own.kid) continue;
    forms[`kid ${JSON.stringify(kid)}`] = ofTexts(JSON.stringify({ ...header, kid }), text, own.key);
  }
  for (const name of Object.keys(header)) {
    const { [name]: _, ...rest } = header;
    forms[`no ${name}`] = ofTexts(JSON.stringify(rest), text, own.key);
    forms[`${name} twice, the last one wrong`] = ofTexts(twice(header, name, "other"), text, own.key);
    forms[`${name} twice, alike`] = ofTexts(twice(header, name, header[name]), text, own.key);
  }
  for (const other of ["[]", "null", '"at+jwt"', "1", "", "{", `${JSON.stringify(header)}x`]) {
    forms[`the header is ${other}`] = ofTexts(other, text, own.key);
  }
  return forms;
}

/** Values a claim must not have. */
function wrongValues(name: string, now: number): readonly unknown[] {
  switch (name) {
    case "exp":
      return [
        `${now + 600}`,
        now,
        now - 1,
        0,
        -1,
        now + 0.5,
        1e300,
        2 ** 63,
        2 ** 64,
        null,
        true,
        [now + 600],
        [[now + 600]],
        {},
      ];
    case "iat":
      return [`${now}`, now + 3_600, -1, now + 0.5, 1e300, 2 ** 64, null, true, [now], {}];
    case "epoch":
      return ["0", -1, 0.5, 1e300, 2 ** 64, null, true, [0], {}];
    case "roles":
    case "permissions":
      return ["admin", null, 0, [0], [["admin"]], [null], {}, { admin: true }];
    case "iss":
    case "aud":
      return ["selvage-staging", "selvage-production", "Selvage", "selvage ", ["selvage"], ...FOREIGN];
    default:
      return [null, 0, -1, 1.5, true, ["a"], [["a"]], {}];
  }
}

/** Claims. */
export function claimsOf({ header, claims, own }: Good): Forms {
  const forms: Forms = {};
  const head = JSON.stringify(header);
  const now = Math.floor(Date.now() / 1000);
  for (const name of Object.keys(claims)) {
    const { [name]: own_value, ...rest } = claims;
    forms[`no ${name}`] = ofTexts(head, JSON.stringify(rest), own.key);
    forms[`${name} twice, alike`] = ofTexts(head, twice(claims, name, own_value), own.key);
    for (const value of wrongValues(name, now)) {
      forms[`${name} ${JSON.stringify(value)}`] = ofTexts(head, JSON.stringify({ ...claims, [name]: value }), own.key);
    }
  }
  for (const nbf of [now + 3_600, `${now}`, -0.5, 1e300, 2 ** 64, true, [now], {}]) {
    forms[`nbf ${JSON.stringify(nbf)}`] = ofTexts(head, JSON.stringify({ ...claims, nbf }), own.key);
  }
  forms["exp twice, the last one later"] = ofTexts(head, twice({ ...claims, exp: now - 1 }, "exp", now + 600), own.key);
  forms["exp far beyond what a number holds"] = ofTexts(
    head,
    JSON.stringify(claims).replace(/"exp":\d+/, '"exp":1e999'),
    own.key,
  );
  forms["exp of a hundred digits"] = ofTexts(
    head,
    JSON.stringify(claims).replace(/"exp":\d+/, `"exp":${"9".repeat(100)}`),
    own.key,
  );
  const deep = `${JSON.stringify(claims).slice(0, -1)},"x":${"[".repeat(1_000)}${"]".repeat(1_000)}}`;
  forms["a claim of a thousand nested arrays"] = ofTexts(head, deep, own.key);
  for (const other of [
    "[]",
    "null",
    '"claims"',
    "1",
    "",
    "{",
    `${JSON.stringify(claims)}x`,
    `${JSON.stringify(claims)}{}`,
    `\u0000${JSON.stringify(claims)}`,
  ]) {
    forms[`the claims are ${other.slice(0, 20)}…${other.slice(-2)} of ${other.length}`] = ofTexts(head, other, own.key);
  }
  const latin = Buffer.from(JSON.stringify({ ...claims, email: "\u00ff" }), "latin1");
  forms["the claims are not UTF-8"] = ofTexts(head, latin, own.key);
  return forms;
}
