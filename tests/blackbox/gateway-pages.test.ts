// The pages of the gateway: the reference, the API description and the form behind
// an admin's link. What they say is tested elsewhere (xtask/contract); here is how
// they are served.

import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";
import { shared } from "./harness.ts";

const { gateway } = shared();

const PAGES = {
  "/docs": "text/html; charset=utf-8",
  "/docs.css": "text/css; charset=utf-8",
  "/claim": "text/html; charset=utf-8",
  "/claim.js": "text/javascript; charset=utf-8",
  "/verify": "text/html; charset=utf-8",
  "/reset": "text/html; charset=utf-8",
  "/magic": "text/html; charset=utf-8",
  "/change-email": "text/html; charset=utf-8",
  "/invitation": "text/html; charset=utf-8",
  "/invitation.js": "text/javascript; charset=utf-8",
  "/link.js": "text/javascript; charset=utf-8",
  "/v1/openapi.json": "application/json",
};

for (const [path, media] of Object.entries(PAGES)) {
  test(`${path} is served with its media type, for anyone to keep`, async () => {
    const reply = await fetch(gateway + path);
    assert.equal(reply.status, 200);
    assert.equal(reply.headers.get("content-type"), media);
    assert.equal(reply.headers.get("cache-control"), "public, max-age=300");
    assert.equal(reply.headers.get("x-content-type-options"), "nosniff");
    assert.match(reply.headers.get("etag") ?? "", /^"[0-9a-f]{32}"$/);
    assert.notEqual((await reply.text()).length, 0);
  });

  test(`${path} may load from its own origin alone and be framed by nobody`, async () => {
    const reply = await fetch(gateway + path);
    const policy = new Map(
      (reply.headers.get("content-security-policy") ?? "").split("; ").map((directive) => {
        const [name, ...sources] = directive.split(" ");
        return [name, sources.join(" ")];
      }),
    );
    assert.equal(policy.get("default-src"), "'none'");
    assert.equal(policy.get("frame-ancestors"), "'none'");
    assert.equal(policy.get("base-uri"), "'none'");
    for (const name of ["script-src", "style-src", "connect-src", "img-src", "form-action"])
      assert.equal(policy.get(name), "'self'", name);
    await reply.arrayBuffer();
  });

  test(`${path} is 304 without a body to who has it`, async () => {
    const fresh = await fetch(gateway + path);
    await fresh.arrayBuffer();
    const tag = fresh.headers.get("etag") ?? "";
    for (const sent of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
      const reply = await conditional(path, sent);
      assert.deepEqual([reply.status, reply.body], [304, ""], sent);
      assert.equal(reply.tag, tag);
    }
    assert.equal((await conditional(path, '"other"')).status, 200);
  });

  test(`${path} answers HEAD with the head of GET`, async () => {
    const [get, head] = await Promise.all(["GET", "HEAD"].map((method) => fetch(gateway + path, { method })));
    assert.equal(head?.status, 200);
    assert.equal(await head?.text(), "");
    for (const name of ["content-type", "etag", "cache-control", "content-security-policy"])
      assert.equal(head?.headers.get(name), get?.headers.get(name), name);
    await get?.arrayBuffer();
  });
}

/** `GET` with `If-None-Match`, past the cache that `fetch` keeps to itself. */
function conditional(
  path: string,
  tags: string,
): Promise<{ status: number | undefined; tag: string | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(gateway + path, { headers: { "if-none-match": tags } }, (reply) => {
      let body = "";
      reply.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      reply.on("end", () => resolve({ status: reply.statusCode, tag: reply.headers.etag, body }));
    });
    sent.on("error", reject).end();
  });
}

test("the pages name nothing of another origin and hold no code or style of their own", async () => {
  for (const path of ["/docs", "/claim", "/verify", "/reset", "/magic", "/change-email", "/invitation"]) {
    const html = await (await fetch(gateway + path)).text();
    for (const [, target] of html.matchAll(/<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)="([^"]*)"/g)) {
      assert.match(target ?? "", /^\/[^/]/, `${path} loads ${target}`);
      const loaded = await fetch(gateway + target);
      assert.equal(loaded.status, 200, `${path} loads ${target}`);
      await loaded.arrayBuffer();
    }
    assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son\w+=/, path);
  }
});

test("the reference names every path of the description", async () => {
  const html = await (await fetch(`${gateway}/docs`)).text();
  const { paths } = (await (await fetch(`${gateway}/v1/openapi.json`)).json()) as { paths: object };
  const text = html.replace(/<[^>]+>/g, "");
  for (const path of Object.keys(paths)) assert.ok(text.includes(path), path);
});
