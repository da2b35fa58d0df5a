// Links as the shared stack's local mailbox has them. Not here: asking for them, using them.

import { auth } from "./auth-client.ts";
import { eventually, person, query, type Stack } from "./harness.ts";

/** The newest letter to an address that has a link to this page. */
export async function letter(stack: Stack, to: string, page: string): Promise<{ id: string; token: string }> {
  const sql =
    "SELECT letter_id, text FROM mailbox WHERE recipient = ? AND text LIKE ? ORDER BY arrived_at DESC LIMIT 1";
  const row = await eventually(() => query(stack, sql, [to, `%${page}#%`])[0]);
  return { id: row.letter_id as string, token: /#(lt_[\w-]+)/.exec(row.text as string)?.[1] ?? "" };
}

/** A new account, and a link that was mailed to it. */
export async function mailed(stack: Stack, row: string, page: string) {
  const someone = await person(stack);
  const reply = await auth(stack, row, { email: someone.email });
  if (reply.status !== 202) throw new Error(`${row} answered ${reply.status}: ${await reply.text()}`);
  return { ...someone, ...(await letter(stack, someone.email, page)) };
}

/** How each row that uses a link, or a letter, succeeds. */
export function mailCalls(stack: Stack): Readonly<Record<string, () => Promise<Response>>> {
  const change = async (email: string) => {
    const someone = await person(stack);
    const reply = await auth(stack, "email/change", { email, password: someone.password }, someone.headers);
    return { someone, reply };
  };
  return {
    ...Object.fromEntries(
      ["email/verification", "password/forgot", "magic"].map((row) => [
        `POST /v1/auth/${row}`,
        async () => auth(stack, row, { email: (await person(stack)).email }),
      ]),
    ),
    "POST /v1/auth/email/verify": async () => {
      const { token, password } = await mailed(stack, "email/verification", "/verify");
      return auth(stack, "email/verify", { token, password });
    },
    "POST /v1/auth/password/reset": async () => {
      const { token, password } = await mailed(stack, "password/forgot", "/reset");
      return auth(stack, "password/reset", { token, password });
    },
    "POST /v1/auth/magic/consume": async () => {
      const { token } = await mailed(stack, "magic", "/magic");
      return auth(stack, "magic/consume", { token });
    },
    "POST /v1/auth/email/change": async () => (await change(`new-${Date.now()}@example.com`)).reply,
    "POST /v1/auth/email/change/confirm": async () => {
      const email = `newer-${Date.now()}@example.com`;
      const { someone, reply } = await change(email);
      await reply.arrayBuffer();
      const { token } = await letter(stack, email, "/change-email");
      return auth(stack, "email/change/confirm", { token, password: someone.password });
    },
    "GET /dev/mailbox/{letter}": async () => {
      const { id } = await mailed(stack, "magic", "/magic");
      return fetch(`${stack.gateway}/dev/mailbox/${id}`);
    },
  };
}
