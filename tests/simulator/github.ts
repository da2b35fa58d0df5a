// GitHub's way of signing in: OAuth with PKCE, errors with status 200, and an API that tells who it is and which
// addresses are theirs. The parameter `_sim` of the authorization URL says who. Not here: OpenID Connect (issuer.ts).

import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text as readText } from "node:stream/consumers";

/** Who signs in. */
export interface GithubScript {
  readonly id: number;
  readonly login: string;
  readonly emails: readonly { readonly email: string; readonly primary: boolean; readonly verified: boolean }[];
}

interface Grant {
  readonly challenge: string;
  readonly redirect: string;
  readonly script: GithubScript;
}

/** A GitHub without any sign-in yet; handles everything under `/github/`. */
export function createGithub(): (req: IncomingMessage, res: ServerResponse) => Promise<void> {
  const codes = new Map<string, Grant>();
  const tokens = new Map<string, GithubScript>();
  return async (req, res) => {
    const url = new URL(req.url ?? "/", "http://simulator");
    const form = new URLSearchParams(req.method === "POST" ? await readText(req) : "");
    const send = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void => {
      res.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
    };
    switch (`${req.method} ${url.pathname}`) {
      case "GET /github/login/oauth/authorize":
        return send(302, "", { location: authorize(url.searchParams, codes) });
      case "POST /github/login/oauth/access_token":
        return send(200, accessToken(form, codes, tokens));
      case "GET /github/api/user":
      case "GET /github/api/user/emails": {
        const script = tokens.get((req.headers.authorization ?? "").replace("Bearer ", ""));
        if (script === undefined || !req.headers["user-agent"]) return send(401, { message: "Bad credentials" });
        const { id, login, emails } = script;
        return send(200, url.pathname.endsWith("emails") ? emails : { id, login, name: null, email: "public@x.y" });
      }
      default:
        return send(404, { message: "Not Found" });
    }
  };
}

function authorize(query: URLSearchParams, codes: Map<string, Grant>): string {
  const code = randomBytes(10).toString("hex");
  const redirect = query.get("redirect_uri") ?? "";
  const script = JSON.parse(query.get("_sim") ?? "null") as GithubScript;
  codes.set(code, { challenge: query.get("code_challenge") ?? "", redirect, script });
  return `${redirect}?${new URLSearchParams({ code, state: query.get("state") ?? "" })}`;
}

function accessToken(form: URLSearchParams, codes: Map<string, Grant>, tokens: Map<string, GithubScript>): unknown {
  if (form.get("client_secret") !== "simulated-client-secret") return { error: "incorrect_client_credentials" };
  const grant = codes.get(form.get("code") ?? "");
  codes.delete(form.get("code") ?? "");
  const challenge = createHash("sha256")
    .update(form.get("code_verifier") ?? "")
    .digest("base64url");
  if (grant === undefined || grant.challenge !== challenge || grant.redirect !== form.get("redirect_uri")) {
    return { error: "bad_verification_code", error_description: "The code passed is incorrect or expired." };
  }
  const token = randomBytes(10).toString("hex");
  tokens.set(token, grant.script);
  return { access_token: token, token_type: "bearer", scope: "read:user,user:email" };
}
