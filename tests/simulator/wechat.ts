// WeChat's endpoints for mini-programs, with the rules that WeChat enforces: a code lives five minutes and once
// and belongs to one app, a wrong secret is 40125, unionid is told only when the app is bound to an Open Platform
// account. `/wechat/_sim/…` stands for the phone: it makes the codes. Not here: what a backend does with them.

import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { json as readJson } from "node:stream/consumers";

/** The apps WeChat knows, with their secrets. */
const APPS: Readonly<Record<string, string>> = {
  wx0000000000000001: "simulated-secret-1",
  wx0000000000000002: "simulated-secret-2",
};
const CODE_MS = 300_000;
const TOKEN_MS = 7_200_000;
const FIRST_APP = "wx0000000000000001";

/** A code that a phone was given. */
interface Code {
  readonly kind: "login" | "phone";
  readonly app: string;
  readonly madeAt: number;
  /** Answered instead of a success. */
  readonly fault: number;
  /** What is answered. */
  readonly reply: Readonly<Record<string, unknown>>;
  used: boolean;
}

interface Token {
  readonly text: string;
  readonly until: number;
  /** Refused although it is given: as after somebody else has ended it. */
  ended: boolean;
}

type Fields = Readonly<Record<string, unknown>>;
type Answer = Readonly<Record<string, unknown>>;

/** Handles everything under `/wechat/`. */
export type Wechat = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

const hash = (text: string): string => createHash("sha256").update(text).digest("base64url").slice(0, 28);
const random = (): string => randomBytes(16).toString("base64url");
const failure = (errcode: number, errmsg: string): Answer => ({ errcode, errmsg: `${errmsg}, rid: simulated` });
const text = (fields: Fields, name: string, or = ""): string =>
  typeof fields[name] === "string" ? (fields[name] as string) : or;

class Platform {
  readonly #codes = new Map<string, Code>();
  readonly #tokens = new Map<string, Token>();

  /** The phone: `POST /wechat/_sim/login {person, app_id?, bound?, age_s?, fault?}`, `…/phone {number, country?, …}`. */
  makeCode(kind: "login" | "phone", fields: Fields): Answer {
    const app = text(fields, "app_id", FIRST_APP);
    const code = random();
    const madeAt = Date.now() - Number(fields.age_s ?? 0) * 1000;
    const reply = kind === "login" ? this.#session(app, fields) : this.#phone(app, fields);
    this.#codes.set(code, { kind, app, madeAt, fault: Number(fields.fault ?? 0), reply, used: false });
    return { code };
  }

  #session(app: string, fields: Fields): Answer {
    const person = text(fields, "person", random());
    const session = { session_key: randomBytes(16).toString("base64"), openid: hash(`${app} ${person}`) };
    return fields.bound === true ? { ...session, unionid: hash(person) } : session;
  }

  #phone(app: string, fields: Fields): Answer {
    const [pure, country] = [text(fields, "number", "13800138000"), text(fields, "country", "86")];
    const watermark = { timestamp: Math.floor(Date.now() / 1000), appid: app };
    const phoneNumber = country === "86" ? pure : `+${country}${pure}`;
    return { phone_info: { phoneNumber, purePhoneNumber: pure, countryCode: country, watermark } };
  }

  /** `POST /wechat/_sim/end-token {app_id?}`: the app's token is refused from now on, though still given. */
  endToken(fields: Fields): Answer {
    const token = this.#tokens.get(text(fields, "app_id", FIRST_APP));
    if (token !== undefined) token.ended = true;
    return {};
  }

  jscode2session(query: URLSearchParams): Answer {
    const app = query.get("appid") ?? "";
    const refusal = this.#credentials(app, query.get("secret") ?? "");
    if (refusal !== undefined) return refusal;
    if (query.get("grant_type") !== "authorization_code") return failure(40002, "invalid grant_type");
    return this.#redeem("login", app, query.get("js_code") ?? "");
  }

  stableToken(fields: Fields): Answer {
    const app = text(fields, "appid");
    const refusal = this.#credentials(app, text(fields, "secret"));
    if (refusal !== undefined) return refusal;
    if (fields.grant_type !== "client_credential") return failure(40002, "invalid grant_type");
    const known = this.#tokens.get(app);
    const lives = known !== undefined && known.until > Date.now() && fields.force_refresh !== true;
    const token = lives ? known : { text: random(), until: Date.now() + TOKEN_MS, ended: false };
    this.#tokens.set(app, token);
    return { access_token: token.text, expires_in: Math.floor((token.until - Date.now()) / 1000) };
  }

  getuserphonenumber(query: URLSearchParams, fields: Fields): Answer {
    const given = query.get("access_token");
    const found = [...this.#tokens].find(([, token]) => token.text === given);
    if (found === undefined || found[1].ended) return failure(40001, "invalid credential, access_token is invalid");
    return this.#redeem("phone", found[0], text(fields, "code"));
  }

  #credentials(app: string, secret: string): Answer | undefined {
    if (APPS[app] === undefined) return failure(40013, "invalid appid");
    return APPS[app] === secret ? undefined : failure(40125, "invalid appsecret");
  }

  #redeem(kind: Code["kind"], app: string, name: string): Answer {
    if (name === "") return failure(41008, "missing code");
    const code = this.#codes.get(name);
    if (code === undefined || code.kind !== kind || code.app !== app) return failure(40029, "invalid code");
    if (code.used) return failure(40163, "code been used");
    if (Date.now() - code.madeAt >= CODE_MS) return failure(40029, "invalid code");
    code.used = true;
    return code.fault === 0 ? { errcode: 0, errmsg: "ok", ...code.reply } : failure(code.fault, "scripted");
  }
}

/** A WeChat that knows nobody yet. */
export function createWechat(): Wechat {
  const platform = new Platform();
  return async (req, res) => {
    const url = new URL(req.url ?? "/", "http://simulator");
    const fields = req.method === "POST" ? await fieldsOf(req) : {};
    const answer = route(platform, `${req.method} ${url.pathname}`, url.searchParams, fields);
    // WeChat calls its JSON text.
    res.writeHead(answer === undefined ? 404 : 200, { "content-type": "text/plain" });
    res.end(JSON.stringify(answer ?? {}));
  };
}

async function fieldsOf(req: IncomingMessage): Promise<Fields> {
  try {
    return (await readJson(req)) as Fields;
  } catch {
    return {};
  }
}

function route(platform: Platform, what: string, query: URLSearchParams, fields: Fields): Answer | undefined {
  switch (what) {
    case "GET /wechat/sns/jscode2session":
      return platform.jscode2session(query);
    case "POST /wechat/cgi-bin/stable_token":
      return platform.stableToken(fields);
    case "POST /wechat/wxa/business/getuserphonenumber":
      return platform.getuserphonenumber(query, fields);
    case "POST /wechat/_sim/login":
      return platform.makeCode("login", fields);
    case "POST /wechat/_sim/phone":
      return platform.makeCode("phone", fields);
    case "POST /wechat/_sim/end-token":
      return platform.endToken(fields);
    default:
      return undefined;
  }
}
