// The services one signs in with, or chooses a password by, each under its own path of the simulator. Not here: what they answer.

import type { IncomingMessage, ServerResponse } from "node:http";
import { createGithub } from "./github.ts";
import { createIssuer } from "./issuer.ts";
import { createPasswords } from "./passwords.ts";
import { createWechat } from "./wechat.ts";

/** Answers what is theirs; undefined for every other path. */
export function identityServices(): (req: IncomingMessage, res: ServerResponse) => Promise<void> | undefined {
  const [wechat, issuer, github, passwords] = [createWechat(), createIssuer(), createGithub(), createPasswords()];
  return (req, res) => {
    const { url = "/" } = req;
    if (url.startsWith("/wechat/")) return wechat(req, res);
    if (url.startsWith("/issuer")) return issuer(req, res);
    if (url.startsWith("/passwords/")) return passwords(req, res);
    return url.startsWith("/github/") ? github(req, res) : undefined;
  };
}
