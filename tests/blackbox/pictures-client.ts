// Pictures for tests: made by another program, kept as files, asked about. Not here: assertions about what comes of them.

import sharp, { type Sharp } from "sharp";
import { change, type Person, type Stack } from "./harness.ts";
import { files, type StoredFile } from "./jobs-client.ts";
import { organisationOf, reply } from "./organisations-client.ts";

export type Caller = Pick<Person, "headers">;

export const ANYBODY: Caller = { headers: { authorization: "" } };

/** A signed address. */
export interface Address {
  readonly spec: string;
  readonly url: string;
  readonly expires_at: string | null;
}

/** What a file is as a picture. */
export interface PictureFacts {
  readonly file_id: string;
  readonly kind: string;
  readonly media_type: string;
  readonly width: number;
  readonly height: number;
  readonly orientation: number;
  readonly animated: boolean;
  readonly blurhash: string | null;
  readonly variants: readonly Address[];
}

/** A picture that is red at its left and blue at its right, with some texture. */
export function painted(width = 400, height = 300): Sharp {
  const bytes = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      bytes[at] = 255 - Math.floor((255 * x) / width);
      bytes[at + 1] = (x ^ y) & 31;
      bytes[at + 2] = Math.floor((255 * x) / width);
    }
  return sharp(bytes, { raw: { width, height, channels: 3 } });
}

/** Keeps bytes as a file; its id. */
export async function pictureOf(stack: Stack, who: Caller, bytes: Buffer, name = "a.png"): Promise<string> {
  const form = new FormData();
  form.set("purpose", "user_data");
  form.set("file", new File([new Uint8Array(bytes)], name));
  return (await reply<StoredFile>(files(stack, who, "POST", "files", form), 200)).id;
}

/** Opens a file to everybody, as its owner may by another function. */
export function publish(stack: Stack, id: string): Promise<unknown> {
  return change(stack, "UPDATE files SET visibility = 'public' WHERE id = ?", [id]);
}

/** `<method> /v1/<path>` of the function of pictures. */
export function pictures(
  stack: Stack,
  who: Caller,
  method: string,
  path: string,
  body?: unknown,
  more: Record<string, string> = {},
): Promise<Response> {
  const headers: Record<string, string> = { ...more };
  if (who.headers.authorization !== "") headers.authorization = who.headers.authorization;
  const init: RequestInit = { method, headers };
  if (body instanceof Buffer) init.body = new Uint8Array(body);
  else if (body !== undefined) {
    headers["content-type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  return fetch(`${stack.functions.pictures}/v1/${path}`, init);
}

/** A signed address of a variant. */
export function signed(stack: Stack, who: Caller, id: string, variant: object, seconds?: number): Promise<Address> {
  const wish = { variant, ...(seconds === undefined ? {} : { seconds }) };
  return reply<Address>(pictures(stack, who, "POST", `files/${id}/variants`, wish), 200);
}

/** The address on a running stack, whatever origin it names. */
export function at(stack: Stack, url: string, headers: Record<string, string> = {}): Promise<Response> {
  const { pathname, search } = new URL(url);
  return fetch(stack.functions.pictures + pathname + search, { headers });
}

/** The bytes of a reply. */
export async function bytesOf(reply: Response): Promise<Buffer> {
  return Buffer.from(await reply.arrayBuffer());
}

/** How often the service of pictures was called for a reply. */
export function renders(reply: Response): number {
  const found = /service=(\d+)/.exec(reply.headers.get("server-timing") ?? "");
  return found === null ? 0 : Number(found[1]);
}

/** How each row of pictures succeeds, of a picture that was asked about before. */
export function picturesCalls(stack: Stack, who: Caller): Readonly<Record<string, () => Promise<Response>>> {
  const png = () => painted(40, 30).png().toBuffer();
  const known = async () => {
    const id = await pictureOf(stack, who, await png());
    await reply(pictures(stack, who, "GET", `files/${id}/picture`), 200);
    return id;
  };
  const avatar = async () => pictures(stack, who, "PUT", "users/me/avatar", await png());
  const row = (method: string, rest: string, body?: unknown) => async () =>
    pictures(stack, who, method, `files/${await known()}/${rest}`, body);
  return {
    "GET /v1/files/{id}/picture": row("GET", "picture"),
    "POST /v1/files/{id}/variants": row("POST", "variants", { variant: { width: 16 } }),
    "GET /v1/files/{id}/variants/{spec}": async () => {
      const { url } = await signed(stack, who, await known(), { width: 16, format: "png" });
      await bytesOf(await at(stack, url));
      return at(stack, url);
    },
    "POST /v1/files/{id}/strip": async () => {
      const noted = await painted(40, 30)
        .withExif({ IFD0: { Copyright: "x" } })
        .png()
        .toBuffer();
      return pictures(stack, who, "POST", `files/${await pictureOf(stack, who, noted)}/strip`);
    },
    "PUT /v1/users/me/avatar": avatar,
    "DELETE /v1/users/me/avatar": () => pictures(stack, who, "DELETE", "users/me/avatar"),
    "PUT /v1/organisations/{id}/avatar": async () =>
      pictures(stack, who, "PUT", `organisations/${await organisationOf(stack, who)}/avatar`, await png()),
    "DELETE /v1/organisations/{id}/avatar": async () =>
      pictures(stack, who, "DELETE", `organisations/${await organisationOf(stack, who)}/avatar`),
    "GET /v1/avatars/{owner}/{size}": async () =>
      at(stack, (await reply<{ avatar_ref: string }>(avatar(), 200)).avatar_ref),
  };
}
