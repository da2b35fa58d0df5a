// The clients that people have: tus-js-client, killed and resumed, and the S3 way straight into the bucket. Not here: what the
// rows answer to single requests (uploads.test.ts); the page of Uppy (pipeline-cors.test.ts).

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import * as tus from "tus-js-client";
import { type Person, person, schedule, shared } from "./harness.ts";
import { reply } from "./organisations-client.ts";
import { begun, bytesOf, ingest, offsetOf, rowsOf, sha256, type Upload } from "./uploads-client.ts";

const stack = shared();
const MIB = 1024 * 1024;

/** An upload by tus-js-client to its end; the address it has then. */
function sent(who: Person, bytes: Buffer, options: Partial<tus.UploadOptions> = {}): Promise<string> {
  return new Promise((done, failed) => {
    const upload = new tus.Upload(bytes, {
      endpoint: `${stack.gateway}/v1/tus`,
      headers: who.headers,
      metadata: { filename: "à la carte.bin", filetype: "application/pdf", tags: "a,b" },
      retryDelays: null,
      onError: failed,
      onSuccess: () => done(upload.url ?? ""),
      ...options,
    });
    upload.start();
  });
}

const idOf = (url: string): string => url.split("/").at(-1) ?? "";

test("tus-js-client sends a file whole, in chunks, and with its creation", async () => {
  const who = await person();
  const bytes = randomBytes(2 * MIB + 1);
  for (const options of [{}, { chunkSize: 700_000 }, { uploadDataDuringCreation: true, chunkSize: MIB }]) {
    const id = idOf(await sent(who, bytes, options));
    assert.ok((await bytesOf(stack, who, id)).equals(bytes));
  }
});

test("tus-js-client that was killed is resumed by another one, to the same checksum", async () => {
  const who = await person();
  const bytes = randomBytes(12 * MIB);
  const url = await new Promise<string>((done, failed) => {
    const upload = new tus.Upload(bytes, {
      endpoint: `${stack.gateway}/v1/tus`,
      headers: who.headers,
      chunkSize: 5 * MIB,
      retryDelays: null,
      onError: failed,
      onChunkComplete: () => void upload.abort().then(() => done(upload.url ?? "")),
    });
    upload.start();
  });
  assert.ok((await offsetOf(stack, who, idOf(url))) >= 5 * MIB);
  assert.equal(await sent(who, bytes, { uploadUrl: url }), url);
  const kept = await bytesOf(stack, who, idOf(url));
  assert.equal(sha256(kept), sha256(bytes));
  assert.equal(rowsOf(stack, "files", idOf(url)), 1);
});

test("tus-js-client gives an upload up, and nothing is left", async () => {
  const who = await person();
  const upload = new tus.Upload(randomBytes(MIB), {
    endpoint: `${stack.gateway}/v1/tus`,
    headers: who.headers,
    chunkSize: 300_000,
    retryDelays: null,
  });
  await new Promise<void>((done) => {
    upload.options.onChunkComplete = () => done();
    upload.start();
  });
  await upload.abort(true);
  assert.equal(rowsOf(stack, "uploads", idOf(upload.url ?? "")), 0);
});

interface Direct {
  readonly part_bytes: number;
  readonly parts: readonly { readonly number: number; readonly bytes: number; readonly url: string }[];
}

function post<T>(who: Person, path: string, body: object): Promise<T> {
  const headers = { "content-type": "application/json" };
  return reply<T>(ingest(stack, who, "POST", path, JSON.stringify(body), headers), 200);
}

test("parts go straight into the bucket by signed URLs, and become the file", async () => {
  const who = await person();
  const bytes = randomBytes(17 * MIB);
  const id = await begun(stack, who, bytes.length, { sha256: sha256(bytes) });
  const direct = await post<Direct>(who, `uploads/${id}/direct`, {});
  assert.deepEqual(
    direct.parts.map((part) => part.bytes),
    [16 * MIB, MIB],
  );
  const parts = await Promise.all(
    direct.parts.map(async ({ number, url, bytes: length }) => {
      const from = (number - 1) * direct.part_bytes;
      // What is longer than was signed is not let in, nor what has another number.
      for (const [where, body] of [
        [url, bytes.subarray(0, length - 1)],
        [url.replace(/partNumber=\d/, "partNumber=9"), bytes.subarray(from, from + length)],
      ] as const) {
        assert.equal((await fetch(where, { method: "PUT", body: new Uint8Array(body) })).status, 403);
      }
      const put = await fetch(url, { method: "PUT", body: new Uint8Array(bytes.subarray(from, from + length)) });
      assert.equal(put.status, 200, await put.text());
      return { number, etag: (put.headers.get("etag") ?? "").replaceAll('"', "") };
    }),
  );
  const headers = { "content-type": "application/json" };
  const complete = (of: readonly object[]): Promise<Response> =>
    ingest(stack, who, "POST", `uploads/${id}/direct/complete`, JSON.stringify({ parts: of }), headers);
  assert.equal((await complete(parts.slice(0, 1).map(({ number }) => ({ number, etag: "0".repeat(32) })))).status, 422);
  const done = await reply<Upload>(complete(parts), 200);
  assert.deepEqual([done.status, done.file?.sha256], ["completed", sha256(bytes)]);
  assert.ok((await bytesOf(stack, who, id)).equals(bytes));
});

test("what came straight into the bucket and is not what was said is no file", async () => {
  const who = await person();
  const bytes = randomBytes(1000);
  const id = await begun(stack, who, bytes.length, { sha256: sha256(randomBytes(1)) });
  const { parts } = await post<Direct>(who, `uploads/${id}/direct`, {});
  const put = await fetch(parts[0]?.url ?? "", { method: "PUT", body: bytes });
  const etag = (put.headers.get("etag") ?? "").replaceAll('"', "");
  const body = JSON.stringify({ parts: [{ number: 1, etag }] });
  const headers = { "content-type": "application/json" };
  assert.equal((await ingest(stack, who, "POST", `uploads/${id}/direct/complete`, body, headers)).status, 422);
  assert.deepEqual([rowsOf(stack, "files", id), rowsOf(stack, "uploads", id)], [0, 0]);
  await schedule(stack, "files");
});
