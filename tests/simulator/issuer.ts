// An OpenID Connect issuer that enforces the rules of the code flow: registered client and secret, PKCE with S256,
// redirect_uri as it was asked for, codes once and for one minute. Each path `/issuer…` is an issuer of its own. What
// a sign-in is to look like stands in the parameter `_sim` that a test adds to the authorization URL: who it is,
// claims that are wrong, signatures that are. Not here: GitHub (github.ts).

import {
  createHash,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text as readText } from "node:stream/consumers";

/** What a test wants of one sign-in. */
export interface IssuerScript {
  /** `sub`, and who the claims are about. */
  readonly person?: string;
  /** Claims that win over the right ones; null leaves one out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** How the token is signed: `RS256` by default. */
  readonly sign?: "RS256" | "ES256" | "EdDSA" | "none" | "HS256" | "stranger" | "unknown-kid" | "crit";
  /** What comes back instead of a code. */
  readonly error?: string;
  /** Another `iss` beside the code; null: none. */
  readonly iss?: string | null;
}

/** The client the issuers know. */
const CLIENT = { id: "selvage", secret: "simulated-client-secret" };
/** And one whose secret is a JWT signed by this key: its public half comes with `client_key` of the test. */
const KEYED_CLIENT = "keyed";
const CODE_MS = 60_000;

interface Grant {
  readonly query: URLSearchParams;
  readonly script: IssuerScript;
  readonly madeAt: number;
  used: boolean;
}

interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly location?: string;
}

const pairs: Readonly<Record<string, { privateKey: KeyObject; publicKey: KeyObject }>> = {
  RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  EdDSA: generateKeyPairSync("ed25519"),
  stranger: generateKeyPairSync("rsa", { modulusLength: 2048 }),
};
/** The key pair whose private half a deployment is given as `client_key`. */
const clientPair = generateKeyPairSync("ec", { namedCurve: "P-256" });

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const jwk = (name: string): JsonWebKey => ({
  ...pairs[name]?.publicKey.export({ format: "jwk" }),
  kid: name,
  alg: name,
  use: "sig",
});

function signature(how: NonNullable<IssuerScript["sign"]>, input: string): string {
  const data = Buffer.from(input);
  if (how === "none") return "";
  if (how === "HS256") {
    const pem = pairs.RS256?.publicKey.export({ type: "spki", format: "pem" }) ?? "";
    return createHmac("sha256", pem).update(data).digest("base64url");
  }
  const name = how === "unknown-kid" || how === "crit" ? "RS256" : how;
  const key = pairs[name]?.privateKey;
  if (key === undefined) throw new Error(`no key ${name}`);
  const algorithm = name === "EdDSA" ? null : "sha256";
  return sign(algorithm, data, { key, dsaEncoding: "ieee-p1363" }).toString("base64url");
}

function idToken(issuer: string, { query, script }: Grant): string {
  const how = script.sign ?? "RS256";
  const now = Math.floor(Date.now() / 1000);
  const person = script.person ?? "somebody";
  const usual = {
    iss: issuer,
    sub: person,
    aud: query.get("client_id"),
    iat: now,
    exp: now + 300,
    nonce: query.get("nonce"),
    email: `${person}@example.com`,
    email_verified: true,
    name: person,
  };
  const claims = Object.fromEntries(Object.entries({ ...usual, ...script.claims }).filter(([, v]) => v !== null));
  const named: Readonly<Record<string, string>> = { stranger: "RS256", "unknown-kid": "RS256", crit: "RS256" };
  const kid = how === "unknown-kid" ? "nobody" : how === "HS256" || how === "none" ? "RS256" : (named[how] ?? how);
  const header = { alg: named[how] ?? how, kid, ...(how === "crit" ? { crit: ["exp"] } : {}) };
  const input = `${base64url(header)}.${base64url(claims)}`;
  return `${input}.${signature(how, input)}`;
}

function authorize(issuer: string, query: URLSearchParams, grants: Map<string, Grant>): Reply {
  const redirect = query.get("redirect_uri");
  const known = [CLIENT.id, KEYED_CLIENT].includes(query.get("client_id") ?? "");
  if (!known || redirect === null || query.get("response_type") !== "code") return { status: 400, body: "bad request" };
  if (query.get("code_challenge_method") !== "S256") return { status: 400, body: "PKCE is missing" };
  const script = JSON.parse(query.get("_sim") ?? "{}") as IssuerScript;
  const code = randomBytes(16).toString("base64url");
  grants.set(code, { query, script, madeAt: Date.now(), used: false });
  const back = new URLSearchParams({ state: query.get("state") ?? "" });
  if (script.error === undefined) back.set("code", code);
  else back.set("error", script.error);
  if (script.iss !== null) back.set("iss", script.iss ?? issuer);
  return { status: 302, location: `${redirect}?${back}` };
}

function token(issuer: string, form: URLSearchParams, authorization: string, grants: Map<string, Grant>): Reply {
  if (!clientIsKnown(issuer, form, authorization)) return { status: 401, body: { error: "invalid_client" } };
  const grant = grants.get(form.get("code") ?? "");
  const refused = { status: 400, body: { error: "invalid_grant" } };
  if (grant === undefined || grant.used || Date.now() - grant.madeAt > CODE_MS) return refused;
  grant.used = true;
  if (form.get("redirect_uri") !== grant.query.get("redirect_uri")) return refused;
  const challenge = createHash("sha256")
    .update(form.get("code_verifier") ?? "")
    .digest("base64url");
  if (challenge !== grant.query.get("code_challenge")) return refused;
  return { status: 200, body: { access_token: "a", token_type: "Bearer", id_token: idToken(issuer, grant) } };
}

function clientIsKnown(issuer: string, form: URLSearchParams, authorization: string): boolean {
  if (authorization !== "") {
    const basic = Buffer.from(`${CLIENT.id}:${CLIENT.secret.replaceAll("-", "%2D")}`).toString("base64");
    return authorization === `Basic ${basic}`;
  }
  const secret = form.get("client_secret") ?? "";
  if (form.get("client_id") === KEYED_CLIENT) return isSignedSecret(issuer, secret);
  return form.get("client_id") === CLIENT.id && secret === CLIENT.secret;
}

/** As Apple has it: ES256, `iss` the team, `aud` the issuer, `sub` the client, minutes to live. */
function isSignedSecret(issuer: string, secret: string): boolean {
  const [header = "", claims = "", signed = ""] = secret.split(".");
  const data = Buffer.from(`${header}.${claims}`);
  const key = { key: createPublicKey(clientPair.privateKey), dsaEncoding: "ieee-p1363" as const };
  const read = (part: string): Record<string, unknown> => JSON.parse(Buffer.from(part, "base64url").toString());
  if (!verify("sha256", data, key, Buffer.from(signed, "base64url"))) return false;
  const { alg, kid } = read(header);
  const { iss, aud, sub, exp } = read(claims);
  const lives = typeof exp === "number" && exp > Date.now() / 1000 && exp < Date.now() / 1000 + 600;
  return alg === "ES256" && kid === "KEY1" && iss === "TEAM1" && aud === issuer && sub === KEYED_CLIENT && lives;
}

/** Handles everything under `/issuer…`. */
export type Issuer = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

/** Issuers without any sign-in yet. */
export function createIssuer(): Issuer {
  const grants = new Map<string, Grant>();
  return async (req, res) => {
    const url = new URL(req.url ?? "/", `http://${req.headers.host}`);
    const [, name = "", ...rest] = url.pathname.split("/");
    const issuer = `${url.origin}/${name}`;
    const form = new URLSearchParams(req.method === "POST" ? await readText(req) : "");
    const reply = route(issuer, `${req.method} ${rest.join("/")}`, url, form, req.headers.authorization ?? "", grants);
    const location = reply.location === undefined ? {} : { location: reply.location };
    res.writeHead(reply.status, { "content-type": "application/json", ...location });
    res.end(reply.body === undefined ? "" : JSON.stringify(reply.body));
  };
}

function route(
  issuer: string,
  what: string,
  url: URL,
  form: URLSearchParams,
  authorization: string,
  grants: Map<string, Grant>,
): Reply {
  switch (what) {
    case "GET .well-known/openid-configuration":
      return { status: 200, body: description(issuer) };
    case "GET jwks":
      return { status: 200, body: { keys: ["RS256", "ES256", "EdDSA"].map(jwk) } };
    case "GET authorize":
      return authorize(issuer, url.searchParams, grants);
    case "POST token":
      return token(issuer, form, authorization, grants);
    case "GET _sim/client-key":
      return { status: 200, body: clientPair.privateKey.export({ type: "pkcs8", format: "pem" }) };
    default:
      return { status: 404, body: { error: "no such route" } };
  }
}

/** The issuer `…/issuer-liar` says that it is another one. */
function description(issuer: string): unknown {
  return {
    issuer: issuer.endsWith("-liar") ? issuer.replace("-liar", "") : issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    authorization_response_iss_parameter_supported: true,
  };
}
