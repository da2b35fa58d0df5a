// Uppy in a browser's page, as its users write it. Not here: assertions about what comes of it.

import { build } from "esbuild";
import type { Page } from "./browser.ts";

const SCRIPT = `import Uppy from "@uppy/core";
import Tus from "@uppy/tus";
import XHRUpload from "@uppy/xhr-upload";

// The same file each time somebody chooses it: by that Uppy knows it again.
function chosen(length) {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 1) bytes[at] = at * 31 + (at >> 8);
  return new File([bytes], "photo.bin", { type: "application/octet-stream", lastModified: 1 });
}

async function sent(uppy, length) {
  const data = chosen(length);
  uppy.addFile({ name: data.name, type: data.type, data });
  const { successful, failed } = await uppy.upload();
  const [file] = successful;
  return { url: file?.uploadURL, body: file?.response?.body?.id, failed: failed.map(({ error }) => error) };
}

globalThis.byTus = async (endpoint, authorization, length, chunkSize) => {
  const offsets = [];
  const onAfterResponse = (asked) => void offsets.push(asked.getMethod() + " " + (asked.getHeader("Upload-Offset") ?? ""));
  const headers = { authorization };
  const options = { endpoint, headers, onAfterResponse, retryDelays: null, ...(chunkSize && { chunkSize }) };
  const uppy = new Uppy().use(Tus, options);
  uppy.on("upload-progress", (_, { bytesUploaded }) => { globalThis.uploaded = bytesUploaded; });
  return JSON.stringify({ ...(await sent(uppy, length)), offsets });
};

globalThis.byForm = async (endpoint, authorization, length) => {
  const uppy = new Uppy({ meta: { purpose: "user_data", visibility: "public" } });
  uppy.use(XHRUpload, { endpoint, headers: { authorization }, allowedMetaFields: ["purpose", "visibility"] });
  return JSON.stringify(await sent(uppy, length));
};`;

/** What became of a file. */
export interface Sent {
  /** Where it went by tus. */
  readonly url?: string;
  /** Its id, by a form. */
  readonly body?: string;
  readonly failed: readonly unknown[];
  /** Each request of tus and the place at which it went on. */
  readonly offsets?: readonly string[];
}

/** The file that a page sends. */
export function chosen(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, at) => at * 31 + (at >> 8)));
}

let bundled: Promise<string> | undefined;

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: SCRIPT, resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}

/** Has Uppy send a file from this page: by tus, whole or in chunks, or by a form. */
export async function sentByUppy(
  page: Page,
  way: "byTus" | "byForm",
  endpoint: string,
  authorization: string,
  length: number,
  chunkSize?: number,
): Promise<Sent> {
  bundled ??= bundle();
  await page.run(await bundled);
  const call = [endpoint, authorization, length, chunkSize ?? null].map((one) => JSON.stringify(one));
  return JSON.parse(String(await page.run(`${way}(${call.join(", ")})`))) as Sent;
}

/** How many bytes of a file the page has told its user to be sent. */
export async function progress(page: Page): Promise<number> {
  return Number(await page.run("globalThis.uploaded ?? 0"));
}
