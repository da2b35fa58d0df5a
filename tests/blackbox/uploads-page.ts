// Uppy in a browser's page, as its users write it. Not here: assertions about what comes of it.

import { build } from "esbuild";
import type { Page } from "./browser.ts";

const SCRIPT = `import Uppy from "@uppy/core";
import Tus from "@uppy/tus";
globalThis.sendByUppy = async (endpoint, authorization, length) => {
  const uppy = new Uppy().use(Tus, { endpoint, headers: { authorization }, chunkSize: 400_000, retryDelays: null });
  uppy.addFile({ name: "photo.png", type: "image/png", data: new Blob([new Uint8Array(length).fill(7)]) });
  const { successful, failed } = await uppy.upload();
  return JSON.stringify({ url: successful[0]?.uploadURL, failed: failed.map(({ error }) => error) });
};`;

/** What became of a file of so many sevens. */
export interface Sent {
  readonly url?: string;
  readonly failed: readonly unknown[];
}

/** Has Uppy send a file from this page. */
export async function sentByUppy(page: Page, endpoint: string, authorization: string, length: number): Promise<Sent> {
  const bundle = await build({
    stdin: { contents: SCRIPT, resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    logLevel: "silent",
  });
  await page.run(bundle.outputFiles[0]?.text ?? "");
  const call = [endpoint, authorization, length].map((one) => JSON.stringify(one));
  return JSON.parse(String(await page.run(`sendByUppy(${call.join(", ")})`))) as Sent;
}
