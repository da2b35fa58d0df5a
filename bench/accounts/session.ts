// Who is signed in, asked in the same Miniflare with D1: a token that is verified without asking anybody, at most an
// eighth of better-auth's session check, and a row that asks D1 for the session, at most a third.

import { join } from "node:path";
import { startBetter } from "./better.ts";
import { type Effort, type Figure, figure, inTurn, middle, request, type Side, write } from "./figure.ts";
import { type Person, people, startStack } from "./stack.ts";

/** Each may call a `normal` row 600 times a minute. */
const PEOPLE = 200;

export async function session(folder: string, effort: Effort): Promise<Figure[]> {
  const better = await startBetter(join(folder, "better"), 16);
  // The same row twice: where the token is believed until it expires, and where every row asks D1 for the session.
  const trusting = await startStack(join(folder, "trusting"), {});
  const asking = await startStack(join(folder, "asking"), { SESSION_CHECK: "every" });
  try {
    const call =
      (path: string) =>
      (one: Person): string =>
        request("GET", path, { Authorization: `Bearer ${one.token}` });
    const [trusted, asked] = [await people(trusting, PEOPLE), await people(asking, PEOPLE)];
    const cookies = better.cookies.map((cookie) => request("GET", "/me", { Cookie: cookie }));
    const side = (name: string, pid: number, origin: string, requests: readonly string[]): Side => {
      return { name, pid, origin, requests: write(join(folder, name), requests), connections: 8 };
    };
    const sides = [
      side("better-auth", better.workerd, better.origin, cookies),
      side("token", trusting.workerd, trusting.auth, trusted.map(call("/v1/auth/token"))),
      side("d1", asking.workerd, asking.auth, asked.map(call("/v1/auth/token"))),
      side("me", trusting.workerd, trusting.auth, trusted.map(call("/v1/auth/me"))),
      side("constant", better.workerd, better.origin, [request("GET", "/constant", {})]),
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
