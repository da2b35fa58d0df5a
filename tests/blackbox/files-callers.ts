// Everybody who may stand before a file, and everything that can be asked of it, for the test that lets each do each. Not here:
// what becomes of it (`files-outcomes.ts`).

import { network, type Person, person, post, type Stack } from "./harness.ts";
import { files, type StoredFile, shares } from "./jobs-client.ts";
import { bearing, newKey } from "./keys-client.ts";
import { app, code, form } from "./oidc-client.ts";
import { joined, organisationOf, organisations, reply, standIn } from "./organisations-client.ts";
import { at, painted, pictures, signed } from "./pictures-client.ts";

type Headers = Record<string, string>;

/** How somebody calls: by headers, and by what a link adds to an address. */
export interface Caller {
  readonly headers: Headers;
  /** Whether they have a link to the file. */
  readonly linked?: boolean;
}

/** A file that everybody asks about. */
export interface Target {
  readonly id: string;
  /** The query of a link to it. */
  readonly link: string;
}

/** People around one owner's files. */
export interface Cast {
  readonly owner: Person;
  readonly friend: Person;
  readonly organisation: string;
  readonly callers: Readonly<Record<string, Caller>>;
}

/** A file of the owner's for the organisation: a picture of which one variant was made, shared and linked. */
export async function target(stack: Stack, cast: Cast, visibility: string): Promise<Target> {
  const { owner, friend, organisation } = cast;
  const form = new FormData();
  form.set("purpose", "user_data");
  form.set("visibility", visibility);
  form.set("organisation_id", organisation);
  form.set("file", new File([new Uint8Array(await painted(80, 60).png().toBuffer())], "a.png"));
  const { id } = await reply<StoredFile>(files(stack, owner, "POST", "files", form), 200);
  await reply(shares(stack, owner, "PUT", `${id}/shares/${friend.id}`));
  await reply(pictures(stack, owner, "GET", `files/${id}/picture`), 200);
  const made = await at(stack, (await signed(stack, owner, id, { width: 16, format: "png" })).url);
  if (made.status !== 200) throw new Error(`the variant answered ${made.status}`);
  await made.arrayBuffer();
  const link = await reply<{ url: string }>(shares(stack, owner, "POST", `${id}/links`, { expires_in: 600 }), 201);
  return { id, link: new URL(link.url).search };
}

/** An app's access token. */
async function appToken(stack: Stack, who: Person, scope: string): Promise<Headers> {
  const one = await app(stack, { scope });
  const grant = await form(stack, one, "/oauth/token", await code(stack, one, who, { scope }));
  return { authorization: `Bearer ${String(grant.body.access_token)}` };
}

/** Has an administrator suspend somebody, whose tokens are there still. */
export async function suspended(stack: Stack, boss: Person, who: Person): Promise<void> {
  await reply(post(`${stack.functions.users}/v1/admin/users/${who.id}/suspend`, {}, boss.headers));
}

/** An owner with an organisation, and everybody around them. */
export async function cast(stack: Stack, boss: Person): Promise<Cast> {
  const somebody = (): Promise<Person> => person(stack);
  const [owner, member, lead, reader] = await Promise.all([somebody(), somebody(), somebody(), somebody()]);
  const [ended, friend, stranger, other] = await Promise.all([somebody(), somebody(), somebody(), somebody()]);
  const [organisation, elsewhere] = [await organisationOf(stack, owner), await organisationOf(stack, owner)];
  await reply(organisations(stack, owner, "PUT", `/${organisation}/roles/outsider`, { permissions: [] }));
  await joined(stack, organisation, member, "member");
  await joined(stack, organisation, lead, "admin");
  await joined(stack, organisation, reader, "outsider");
  await joined(stack, organisation, ended, "member");
  await joined(stack, elsewhere, other, "owner");
  const key = async (wish: object): Promise<Caller> => {
    const made = await newKey(stack, owner, { scopes: ["use:files"], ...wish });
    return { headers: bearing(made.key) };
  };
  const by = (who: { headers: Headers }): Caller => ({ headers: { ...who.headers } });
  const callers = {
    nobody: { headers: {} },
    stranger: by(stranger),
    owner: by(owner),
    member: by(member),
    lead: by(lead),
    outsider: by(reader),
    "suspended member": by(ended),
    "other member": by(other),
    friend: by(friend),
    link: { headers: {}, linked: true },
    key: await key({}),
    "unfit key": await key({ scopes: ["read:usage"] }),
    "organisation's key": await key({ organisation_id: organisation }),
    "other's key": await key({ organisation_id: elsewhere }),
    app: { headers: await appToken(stack, owner, "openid use:files") },
    "unfit app": { headers: await appToken(stack, owner, "openid read:usage") },
    nonsense: { headers: { authorization: "Bearer nonsense" } },
    administrator: by(boss),
    "stand-in": by(await standIn(stack, boss, owner)),
  };
  await suspended(stack, boss, ended);
  return { owner, friend, organisation, callers };
}

/** What can be asked of a file, in the order of `files-outcomes.ts`. */
export const ACTIONS = ["read", "content", "picture", "variant", "sign", "links", "change", "share", "delete"] as const;

/** Asks all of it, one after the other; the statuses. */
export async function outcomes(stack: Stack, { headers, linked }: Caller, { id, link }: Target): Promise<string> {
  const query = linked === true ? link : "";
  const from = { "cf-connecting-ip": network(), ...headers };
  const { files: kept, pictures: drawn, shares: opened } = stack.functions;
  const send = (method: string, url: string, body?: object): Promise<Response> => {
    if (body === undefined) return fetch(url, { method, headers: from });
    const typed = { "content-type": "application/json", ...from };
    return fetch(url, { method, headers: typed, body: JSON.stringify(body) });
  };
  const calls: Record<(typeof ACTIONS)[number], () => Promise<Response>> = {
    read: () => send("GET", `${kept}/v1/files/${id}`),
    content: () => send("GET", `${kept}/v1/files/${id}/content${query}`),
    picture: () => send("GET", `${drawn}/v1/files/${id}/picture${query}`),
    variant: () => send("GET", `${drawn}/v1/files/${id}/variants/w16,png${query}`),
    sign: () => send("POST", `${drawn}/v1/files/${id}/variants${query}`, { variant: { width: 16 } }),
    links: () => send("POST", `${opened}/v1/files/${id}/links`, { expires_in: 60 }),
    change: () => send("PATCH", `${kept}/v1/files/${id}`, { tags: ["seen"] }),
    share: () => send("PUT", `${opened}/v1/files/${id}/shares/somebody@example.com`),
    delete: () => send("DELETE", `${kept}/v1/files/${id}`),
  };
  const statuses: number[] = [];
  for (const action of ACTIONS) {
    const answer = await calls[action]();
    await answer.arrayBuffer();
    statuses.push(answer.status);
  }
  return statuses.join(" ");
}
