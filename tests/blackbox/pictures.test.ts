// Pictures over HTTP, in the runtime's own emulation of the service that makes them. What comes out is read by another
// program. Not here: every torn or changed byte, which is tried on the host.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { decode, isBlurhashValid } from "blurhash";
import sharp from "sharp";
import { change, person, post, query, schedule, shared } from "./harness.ts";
import { fileOf, files, shares } from "./jobs-client.ts";
import { reply } from "./organisations-client.ts";
import {
  ANYBODY,
  at,
  bytesOf,
  type PictureFacts,
  painted,
  pictureOf,
  pictures,
  publish,
  renders,
  signed,
} from "./pictures-client.ts";

const stack = shared();

/** Asserts a refusal; what it said. */
async function refused(response: Promise<Response>, status: number, code: string): Promise<string> {
  const told = await reply<{ code: string; detail: string }>(response, status);
  assert.equal(told.code, code, told.detail);
  return told.detail;
}

test("what a picture is comes from its content, turned as it is shown, with a BlurHash that paints it", async () => {
  const who = await person();
  const jpeg = await painted(400, 300).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  const id = await pictureOf(stack, who, jpeg, "not-a.png");
  const facts = await reply<PictureFacts>(pictures(stack, who, "GET", `files/${id}/picture`), 200);
  assert.deepEqual([facts.kind, facts.media_type, facts.animated], ["jpeg", "image/jpeg", false]);
  assert.deepEqual([facts.width, facts.height, facts.orientation], [300, 400, 6]);
  assert.ok(isBlurhashValid(facts.blurhash ?? "").result);
  // Turned upright, what was left is above: red above, blue below.
  const painting = decode(facts.blurhash ?? "", 8, 8);
  const [top, bottom] = [0, 7 * 8 * 4].map((place) => [...painting.slice(place + 16, place + 19)]);
  assert.ok((top?.[0] ?? 0) > 180 && (top?.[2] ?? 255) < 90, `red above: ${top}`);
  assert.ok((bottom?.[0] ?? 255) < 90 && (bottom?.[2] ?? 0) > 180, `blue below: ${bottom}`);
  const again = await pictures(stack, who, "GET", `files/${id}/picture`);
  assert.equal(renders(again), 0, "what is known is not made again");
  assert.equal(((await again.json()) as PictureFacts).blurhash, facts.blurhash);
});

test("variants have the size, the shape and the kind that were asked for", async () => {
  const who = await person();
  const id = await pictureOf(stack, who, await painted(400, 300).png().toBuffer());
  const cases = [
    [{ width: 160 }, [160, 120, "avif"]],
    [{ width: 640, format: "webp" }, [400, 300, "webp"]],
    [{ width: 800, fit: "contain", format: "jpeg" }, [800, 600, "jpeg"]],
    [{ width: 64, height: 64, fit: "cover", gravity: "left", format: "png" }, [64, 64, "png"]],
    [{ height: 96, format: "avif", quality: 50 }, [128, 96, "avif"]],
  ] as const;
  for (const [variant, [width, height, kind]] of cases) {
    const { url } = await signed(stack, who, id, variant);
    const made = await at(stack, url, { accept: "image/avif,image/webp,*/*" });
    assert.equal(made.status, 200, url);
    const read = await sharp(await bytesOf(made)).metadata();
    const format = read.format === "heif" ? "avif" : read.format;
    assert.deepEqual([read.width, read.height, format], [width, height, kind]);
    assert.equal(made.headers.get("content-type"), `image/${kind}`);
    assert.equal(made.headers.get("x-content-type-options"), "nosniff");
  }
  const { url } = await signed(stack, who, id, { width: 64, height: 64, fit: "cover", gravity: "left", format: "png" });
  const left = await sharp(await bytesOf(await at(stack, url))).stats();
  assert.ok((left.channels[0]?.mean ?? 0) > 120, "the left stays, which is red");
});

test("a variant is made once, for many who ask at once, and kept with an ETag", async () => {
  const who = await person();
  const id = await pictureOf(stack, who, await painted(900, 700).png().toBuffer());
  const { url } = await signed(stack, who, id, { width: 480, format: "webp" });
  const all = await Promise.all(Array.from({ length: 6 }, () => at(stack, url)));
  assert.deepEqual(
    all.map(({ status }) => status),
    Array(6).fill(200),
  );
  assert.equal(
    all.reduce((sum, one) => sum + renders(one), 0),
    1,
  );
  const sums = await Promise.all(
    all.map(async (one) =>
      createHash("sha256")
        .update(await bytesOf(one))
        .digest("hex"),
    ),
  );
  assert.equal(new Set(sums).size, 1);
  const tag = all[0]?.headers.get("etag") ?? "";
  assert.equal(tag, `"${sums[0]}"`);
  const unchanged = await at(stack, url, { "if-none-match": tag });
  assert.deepEqual([unchanged.status, await unchanged.text()], [304, ""]);
  // Its owner needs no signature for what is there, and one for what is not.
  const kept = await pictures(stack, who, "GET", `files/${id}/variants/w480,webp`);
  assert.deepEqual([kept.status, renders(kept)], [200, 0]);
  await kept.arrayBuffer();
  await refused(pictures(stack, who, "GET", `files/${id}/variants/w320,webp`), 403, "forbidden");
});

test("a signature is for one variant of one file for its time, and nobody makes one", async () => {
  const who = await person();
  const png = await painted(200, 100).png().toBuffer();
  const [id, other] = [await pictureOf(stack, who, png), await pictureOf(stack, who, png)];
  const { url, expires_at } = await signed(stack, who, id, { width: 64, format: "png" }, 60);
  const soon = Date.parse(expires_at ?? "") - Date.now();
  assert.ok(soon > 50_000 && soon <= 61_000, `${soon}`);
  const forged = [
    url.replace(id, other),
    url.replace("w64", "w96"),
    url.replace(/until=\d+/, (until) => `${until}9`),
    url.replace(/until=\d+&/, ""),
    url.replace(/sign=./, (sign) => (sign === "sign=A" ? "sign=B" : "sign=A")),
    url.replace(/sign=.*/, "sign="),
    url.replace(id, `file_${"0".repeat(26)}`),
    `${url}&until=1`,
  ];
  for (const one of forged) await refused(at(stack, one), 403, "forbidden");
  assert.equal((await at(stack, url)).status, 200);
  await change(stack, "UPDATE files SET deleted_at = 1 WHERE id = ?", [id]);
  assert.equal((await at(stack, url)).status, 403, "it goes with its file");
});

test("what others do not read is not there for them, and what is public is there for everybody", async () => {
  const [owner, stranger] = [await person(), await person()];
  const id = await pictureOf(stack, owner, await painted(200, 100).png().toBuffer());
  for (const who of [stranger, ANYBODY]) {
    await refused(pictures(stack, who, "GET", `files/${id}/picture`), 404, "not_found");
    await refused(pictures(stack, who, "GET", `files/${id}/variants/w64,png`), 404, "not_found");
  }
  await refused(
    pictures(stack, stranger, "POST", `files/${id}/variants`, { variant: { width: 64 } }),
    404,
    "not_found",
  );
  await refused(pictures(stack, stranger, "POST", `files/${id}/strip`), 404, "not_found");
  const before = (await signed(stack, owner, id, { width: 64, format: "png" })).url;
  await publish(stack, id);
  const { url, expires_at } = await signed(stack, owner, id, { width: 64, format: "png" });
  assert.equal(expires_at, null);
  assert.equal((await at(stack, before)).status, 403, "an address ends with the visibility it was made for");
  const shown = await at(stack, url);
  assert.deepEqual([shown.status, shown.headers.get("cache-control")], [200, "public, max-age=604800"]);
  const facts = await reply<PictureFacts>(pictures(stack, ANYBODY, "GET", `files/${id}/picture`), 200);
  assert.equal((await at(stack, facts.variants[0]?.url ?? "")).status, 200);
  assert.equal((await pictures(stack, ANYBODY, "GET", `files/${id}/variants/w64,png`)).status, 200);
  await change(stack, "UPDATE files SET visibility = 'private' WHERE id = ?", [id]);
  assert.equal((await at(stack, url)).status, 403, "it ends when the file is public no more");
});

test("a link to a file opens what it is as a picture, and its addresses, until it is taken back", async () => {
  const who = await person();
  const id = await pictureOf(stack, who, await painted(200, 100).png().toBuffer());
  // By the front door, which is where links lead.
  const made = post(`${stack.gateway}/v1/files/${id}/links`, { scope: "picture", expires_in: 600 }, who.headers);
  const link = await reply<{ id: string; url: string }>(made, 201);
  const shown = () => fetch(link.url);
  const facts = await reply<PictureFacts>(shown(), 200);
  assert.equal((await at(stack, facts.variants[0]?.url ?? "")).status, 200);
  await refused(fetch(`${link.url}x`), 404, "not_found");
  assert.equal((await shares(stack, who, "DELETE", `${id}/links/${link.id}`)).status, 204);
  await refused(shown(), 404, "not_found");
});

test("bombs, torn pictures and what is none are told apart, and nothing of them is kept", async () => {
  const who = await person();
  const png = await painted(120, 90).png({ compressionLevel: 0 }).toBuffer();
  const bomb = Buffer.from(png);
  bomb.writeUInt32BE(60_000, 16);
  bomb.writeUInt32BE(60_000, 20);
  const frames = Buffer.from("2c0000000001000100000202440100", "hex");
  const gif = Buffer.concat([Buffer.from("GIF89a\x01\0\x01\0\0\0\0", "latin1"), ...Array(10_000).fill(frames)]);
  const cases = [
    [bomb, "picture_too_large"],
    [Buffer.concat([gif, Buffer.from(";")]), "picture_too_large"],
    [png.subarray(0, 2_000), "picture_unreadable"],
    [png.subarray(0, 20), "picture_unreadable"],
    [Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"), "not_a_picture"],
    [Buffer.from("GIF89a"), "not_a_picture"],
  ] as const;
  for (const [bytes, code] of cases) {
    const id = await pictureOf(stack, who, bytes);
    const sign = pictures(stack, who, "POST", `files/${id}/variants`, { variant: { width: 64, format: "png" } });
    const told = await sign;
    if (told.status === 200) {
      // Its head is a picture's; whoever decodes it finds out.
      const { url } = (await told.json()) as { url: string };
      await refused(at(stack, url), 422, code);
      const again = await at(stack, url);
      assert.deepEqual([again.status, renders(again)], [422, 0], "nobody tries again");
    } else await refused(Promise.resolve(told), 422, code);
    assert.deepEqual(query(stack, "SELECT spec FROM picture_variants WHERE file_id = ?", [id]), []);
    assert.equal((await files(stack, who, "GET", `files/${id}/content`)).status, 200, "the file itself is there");
  }
  const text = await fileOf(stack, who);
  await refused(pictures(stack, who, "GET", `files/${text}/picture`), 422, "not_a_picture");
});

test("stripping leaves every pixel, the colours and the way it is turned, and nothing else", async () => {
  const who = await person();
  const exif = { IFD0: { Copyright: "SECRET" }, IFD3: { GPSLatitudeRef: "N", GPSLatitude: "51/1 30/1 3230/100" } };
  const noted = () => painted(90, 60).withExif(exif).withMetadata({ orientation: 8 }).withIccProfile("p3");
  const made = [noted().jpeg(), noted().png(), noted().webp({ lossless: true }), painted(90, 60).withExif(exif).avif()];
  for (const one of made) {
    const bytes = await one.toBuffer();
    const id = await pictureOf(stack, who, Buffer.concat([bytes, Buffer.from("PK\x03\x04<script>")]));
    const { url } = await signed(stack, who, id, { width: 64, format: "png" });
    assert.equal((await at(stack, url)).status, 200);
    const told = await reply<{ bytes: number; sha256: string }>(pictures(stack, who, "POST", `files/${id}/strip`), 200);
    const bare = await bytesOf(await files(stack, who, "GET", `files/${id}/content`));
    assert.equal(createHash("sha256").update(bare).digest("hex"), told.sha256);
    assert.deepEqual([bare.length, bare.includes("SECRET"), bare.includes("<script>")], [told.bytes, false, false]);
    const [was, is] = [await sharp(bytes).metadata(), await sharp(bare).metadata()];
    assert.deepEqual([is.orientation, is.format, is.icc?.length], [was.orientation, was.format, was.icc?.length]);
    assert.deepEqual([is.xmp, is.iptc], [undefined, undefined]);
    assert.ok((await sharp(bare).raw().toBuffer()).equals(await sharp(bytes).raw().toBuffer()), was.format);
    assert.deepEqual(query(stack, "SELECT spec FROM picture_variants WHERE file_id = ?", [id]), []);
    assert.equal((await at(stack, url)).status, 200, "its addresses go on");
  }
  const remains = () => query(stack, "SELECT object FROM file_remains WHERE due_at = 0");
  await schedule(stack, "files");
  assert.deepEqual(remains(), [], "what it was made of goes with the sweep");
});

test("an avatar is a square without notes at addresses that change with it, open to everybody", async () => {
  const who = await person();
  const exif = { IFD0: { Copyright: "SECRET" } };
  const put = (bytes: Buffer) => pictures(stack, who, "PUT", "users/me/avatar", bytes);
  const face = await painted(700, 400).withExif(exif).jpeg().toBuffer();
  const first = await reply<{ avatar_ref: string; sizes: { size: number; url: string }[] }>(put(face), 200);
  assert.deepEqual(
    first.sizes.map(({ size }) => size),
    [64, 128, 256, 512],
  );
  for (const { size, url } of first.sizes) {
    const shown = await at(stack, url);
    assert.deepEqual([shown.status, shown.headers.get("cache-control")], [200, "public, max-age=604800"]);
    const read = await sharp(await bytesOf(shown)).metadata();
    assert.deepEqual([read.width, read.height, read.format, read.exif], [size, size, "webp", undefined]);
    const unchanged = await at(stack, url, { "if-none-match": shown.headers.get("etag") ?? "" });
    assert.equal(unchanged.status, 304);
  }
  const stored = () => query(stack, "SELECT avatar_ref FROM users WHERE id = ?", [who.id])[0]?.avatar_ref;
  assert.equal(stored(), first.avatar_ref);
  const second = await reply<{ avatar_ref: string }>(put(await painted(300, 300).png().toBuffer()), 200);
  assert.notEqual(second.avatar_ref, first.avatar_ref);
  for (const [bytes, status, code] of [
    [Buffer.from("<svg/>".repeat(9)), 422, "not_a_picture"],
    [face.subarray(0, 3_000), 422, "picture_unreadable"],
    [Buffer.alloc(5 * 1024 * 1024 + 1), 413, "payload_too_large"],
  ] as const)
    await refused(put(bytes), status, code);
  assert.equal(stored(), second.avatar_ref, "what is refused changes nothing");
  assert.equal((await pictures(stack, who, "DELETE", "users/me/avatar")).status, 204);
  assert.equal(stored(), null);
  assert.equal((await at(stack, second.avatar_ref)).status, 404);
});
