// The provider's pages in a real browser: somebody signs in there, with a second factor or a passkey, and lets an app
// or a device in, or does not. Pictures go to SELVAGE_SHOTS, where it names a folder. Not here: what apps' libraries do.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openPage, type Page } from "./browser.ts";
import { App as Authenticator, guarded, rewind } from "./factors-client.ts";
import { change, eventually, type OwnStack, person, startStack } from "./harness.ts";
import { type AppPage, app, appPage, form, pkce, requestUrl } from "./oidc-client.ts";

let stack: OwnStack;
let page: Page;

before(async () => {
  // Passkeys are for names, not for addresses of machines.
  [stack, page] = await Promise.all([startStack({ vars: { STRICT_QUOTA: "1000" } }), openPage()]);
});

after(() => Promise.all([stack, page].map((one) => one?.[Symbol.asyncDispose]())));

/** Waits until an expression of the page is true; says what the page shows if it never is. */
async function comes(expression: string): Promise<void> {
  await eventually(async () => {
    const seen = `${expression} ? "" : document.body.innerText`;
    assert.equal(await page.run(seen), "", expression);
    return true;
  });
}

const one = (selector: string): string => `document.querySelector(${JSON.stringify(selector)})`;

async function shows(selector: string): Promise<void> {
  await comes(`${one(selector)}?.checkVisibility()`);
}

async function says(...texts: readonly string[]): Promise<void> {
  for (const text of texts) await comes(`document.body.innerText.includes(${JSON.stringify(text)})`);
}

async function type(selector: string, text: string): Promise<void> {
  await shows(selector);
  await page.run(`${one(selector)}.value = ${JSON.stringify(text)}`);
}

async function press(selector: string): Promise<void> {
  await comes(`${one(selector)}?.checkVisibility() && !${one(selector)}.disabled`);
  await page.run(`${one(selector)}.click()`);
}

async function picture(name: string): Promise<void> {
  const folder = process.env.SELVAGE_SHOTS;
  if (folder === undefined) return;
  const { data } = await page.send("Page.captureScreenshot", { format: "png" });
  await writeFile(join(folder, `${name}.png`), Buffer.from(String(data), "base64"));
}

/** Signs out of the page: its session is kept for this tab alone. */
async function fresh(): Promise<void> {
  await page.go(`${stack.gateway}/device`);
  await page.run("sessionStorage.clear()");
}

/** An app whose address is a page of these tests, and the request it sends people with. */
async function request(back: AppPage, but: Readonly<Record<string, string>> = {}) {
  const one = await app(stack, { client_name: "Loom & <Co>", redirect_uris: [back.url] });
  const { verifier, challenge } = pkce();
  return { one, verifier, url: requestUrl(stack, one, challenge, { redirect_uri: back.url, ...but }) };
}

async function signInWith(email: string, password: string): Promise<void> {
  await type("#email", email);
  await type("#password", password);
  await press("#sign-in button[type=submit]");
}

test("somebody signs in on the page, sees who asks for what, and is sent back with a code that works", async () => {
  await using back = await appPage();
  await fresh();
  const who = await person(stack);
  const { one, verifier, url } = await request(back, { scope: "openid email offline_access use:ai" });
  await page.go(url);
  await shows("#sign-in");
  await picture("sign-in");
  await signInWith(who.email, "not the password");
  await says("The e-mail address or the password is wrong");
  await signInWith(who.email, who.password);
  await shows("#consent");
  await says("Loom & <Co> wants to use your account", who.email, "spend on it");
  await picture("consent");
  await press("#allow");
  const called = await back.called;
  assert.deepEqual([called.searchParams.get("state"), called.searchParams.get("iss")], ["s", stack.gateway]);
  const code = called.searchParams.get("code") ?? "";
  const fields = { grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: back.url };
  const { status, body } = await form(stack, one, "/oauth/token", fields);
  assert.equal(status, 200, JSON.stringify(body));
  // The second time nobody is asked, and the tab is still signed in.
  await using again = await appPage();
  const other = await app(stack, { redirect_uris: [again.url] });
  await page.go(requestUrl(stack, other, pkce().challenge, { redirect_uri: again.url, scope: "openid" }));
  await shows("#consent");
});

test("a second factor is asked for before anything is shown", async () => {
  await using back = await appPage();
  await fresh();
  const one = await guarded(stack);
  await page.go((await request(back)).url);
  await signInWith(one.who.email, one.who.password);
  await shows("#second");
  assert.equal(await page.run("document.getElementById('consent').checkVisibility()"), false);
  await picture("second");
  await type("#code", one.app.wrong());
  await press("#second button");
  await says("The code is wrong");
  await rewind(stack, one);
  await type("#code", one.app.code());
  await press("#second button");
  await shows("#consent");
  await press("#deny");
  const called = await back.called;
  assert.deepEqual([called.searchParams.get("error"), called.searchParams.get("code")], ["access_denied", null]);
  assert.ok(one.app instanceof Authenticator);
});

test("who does not want to sign in goes back with a refusal", async () => {
  await using back = await appPage();
  await fresh();
  await page.go((await request(back)).url);
  await press("#cancel");
  assert.equal((await back.called).searchParams.get("error"), "access_denied");
});

test("the page speaks Chinese, warns of an app that registered itself, and does nothing in a frame", async () => {
  await using back = await appPage();
  await fresh();
  const { url, one } = await request(back, { ui_locales: "zh-CN" });
  await change(stack, "UPDATE oauth_clients SET verified = 0 WHERE id = ?", [one.id]);
  await page.go(url);
  await says("想使用您的账号", "此应用为自行注册");
  await picture("chinese");
  await page.go(back.url.replace("/back", "/frame"));
  const framed = `new Promise((done) => {
    const frame = document.createElement("iframe");
    frame.onload = () => { try { done(frame.contentDocument === null ? "refused" : frame.contentWindow.location.href); } catch { done("refused"); } };
    frame.src = ${JSON.stringify(url)};
    document.body.append(frame);
  })`;
  assert.equal(await page.run(framed), "refused");
});

test("a device is let in by the code it shows, in a browser", async () => {
  await fresh();
  const who = await person(stack);
  const grant = "urn:ietf:params:oauth:grant-type:device_code";
  const one = await app(stack, { client_name: "Television", grant_types: [grant], redirect_uris: [] });
  const { body: begun } = await form(stack, one, "/oauth/device", { scope: "openid things:read" });
  await page.go(`${stack.gateway}/oauth/page.css`);
  await page.go(String(begun.verification_uri_complete));
  await signInWith(who.email, who.password);
  await shows("#device");
  assert.equal(await page.run("document.getElementById('user-code').value"), begun.user_code);
  await press("#device button");
  await shows("#consent");
  await says("Television wants", "know who you are here", "things:read");
  assert.doesNotMatch(String(await page.run("document.body.innerText")), /spend on it/);
  await picture("device");
  await press("#allow");
  await says("the device goes on by itself");
  const fields = { grant_type: grant, device_code: String(begun.device_code) };
  assert.equal((await form(stack, one, "/oauth/token", fields)).status, 200);
});
