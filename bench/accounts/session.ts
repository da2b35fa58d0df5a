// Who is signed in, asked in the same Miniflare with D1: a token that is verified without asking anybody, at most an
// eighth of better-auth's session check, and a row that asks D1 for the session, at most a third.

import { join } from "node:path";
import { type Effort, type Figure, figure, inTurn, middle, request, type Side, write } from "../figure.ts";
import { startBetter } from "./better.ts";
import { type Ours, startOurs } from "./ours.ts";

const PEOPLE = 16;

export async function session(folder: string, effort: Effort): Promise<Figure[]> {
  const better = await startBetter(join(folder, "better"), PEOPLE);
  // The same row twice: where the token is believed until it expires, and where every row asks D1 for the session.
  const trusting = await startOurs({}, PEOPLE);
  const asking = await startOurs({ SESSION_CHECK: "every" }, PEOPLE);
  try {
    const side = (name: string, pid: number, origin: string, requests: readonly string[]): Side => {
      return { name, pid, origin, requests: write(join(folder, name), requests), connections: 8 };
    };
    const ours = (name: string, { workerd, origin, tokens }: Ours, path: string): Side => {
      const calls = tokens.map((token) => request("GET", path, { Authorization: `Bearer ${token}` }));
      return side(name, workerd, origin, calls);
    };
    const cookies = better.cookies.map((cookie) => request("GET", "/me", { Cookie: cookie }));
    const sides = [
      side("better-auth", better.workerd, better.origin, cookies),
      ours("token", trusting, "/v1/auth/token"),
      ours("d1", asking, "/v1/auth/token"),
      ours("me", trusting, "/v1/auth/me"),
      side("constant", better.workerd, better.origin, [request("GET", "/constant", {})]),
      side("d1-alone", better.workerd, better.origin, [request("GET", "/d1", {})]),
    ];
    const seen = await inTurn(sides, effort);
    const [theirs = [], token = [], d1 = []] = seen;
    const cpu = Object.fromEntries(sides.map(({ name }, i) => [name, middle(seen[i] ?? [])]));
    return [
      figure("token", "a token on a row that asks nobody : better-auth's session check", 1 / 8, token, theirs, cpu),
      figure("d1", "a row that asks D1 for the session : better-auth's session check", 1 / 3, d1, theirs, cpu),
    ];
  } finally {
    await Promise.all([better.stop(), trusting.stop(), asking.stop()]);
  }
}
