// Guests, for tests. Not here: assertions about them.

import { auth, type TokenReply, tokens } from "./auth-client.ts";
import type { Stack } from "./harness.ts";

/** Somebody without an address. */
export async function guest(stack: Stack): Promise<TokenReply> {
  return tokens(await auth(stack, "anonymous", {}), 201);
}

/** Gives a guest an address. */
export function guestUpgrade(
  stack: Stack,
  { access_token }: TokenReply,
  wish: { readonly email: string; readonly password: string },
): Promise<Response> {
  return auth(stack, "anonymous/upgrade", wish, { authorization: `Bearer ${access_token}` });
}
