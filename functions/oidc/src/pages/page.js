// What the pages do where people let apps in: sign the person in by the API's own rows, show who asks for what, and
// send what they decide with their own access token. No cookie is set or sent, so no other page can decide for them.

const page = document.getElementById("page");
const chinese = document.documentElement.lang.startsWith("zh");
const outcome = document.getElementById("outcome");
const parts = ["sign-in", "second", "device", "consent"].map((id) => document.getElementById(id));
const KEPT = "selvage.session";

const said = {
  moment: ["One moment…", "请稍候…"],
  down: ["The server could not be reached. Try again.", "无法连接服务器，请重试。"],
  anew: ["The app wants to be sure: sign in again.", "该应用要求您重新登录。"],
  going: ["Done. You can close this page.", "完成，可以关闭此页面。"],
  allowed: ["Done: the device goes on by itself.", "完成：设备将自动继续。"],
  denied: ["Refused. The device gets nothing.", "已拒绝，设备不会获得任何访问权限。"],
  invalid_credentials: ["The e-mail address or the password is wrong.", "邮箱或密码不正确。"],
  code_refused: ["The code is wrong, or was used before.", "验证码不正确或已使用。"],
  sign_in_refused: ["That took too long: begin again.", "操作超时，请重新登录。"],
  passkey_refused: ["The passkey was not accepted.", "通行密钥未被接受。"],
  rate_limited: ["Too many attempts. Wait a moment and try again.", "尝试过于频繁，请稍后再试。"],
  not_found: ["No device waits with this code.", "没有设备在等待此代码。"],
  suspended: ["This account is suspended.", "该账号已被停用。"],
  email_unverified: ["Confirm the e-mail address first.", "请先验证邮箱地址。"],
  validation_failed: ["The page is too old: open it again from the app.", "页面已过期，请从应用重新打开。"],
};

function say(name, otherwise = "") {
  outcome.textContent = said[name]?.[chinese ? 1 : 0] ?? otherwise;
}

function show(id) {
  for (const part of parts) if (part !== null) part.hidden = part.id !== id;
  // Never a button: whoever still holds Enter down from signing in must not let anybody in.
  if (id !== undefined) (document.querySelector(`#${id} input`) ?? document.getElementById(id)).focus();
}

const session = {
  get: () => JSON.parse(sessionStorage.getItem(KEPT) ?? "null"),
  keep: (reply) => sessionStorage.setItem(KEPT, JSON.stringify(reply)),
  drop: () => sessionStorage.removeItem(KEPT),
};

async function post(path, body, token) {
  const headers = { "Content-Type": "application/json" };
  if (token !== undefined) headers.Authorization = `Bearer ${token}`;
  const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: response.status, ok: response.ok, reply: await response.json() };
}

/** Calls as the person who is signed in; their access token is renewed once. Without one: undefined. */
async function asPerson(path, body) {
  for (const last of [false, true]) {
    const kept = session.get();
    if (kept === null) return undefined;
    const called = await post(path, body, kept.access_token);
    if (called.status !== 401) return called;
    const renewed = last ? undefined : await post("/v1/auth/refresh", { refresh_token: kept.refresh_token });
    if (renewed?.ok) session.keep(renewed.reply);
    else session.drop();
  }
  return undefined;
}

function refused({ reply }) {
  say(reply.code, reply.title);
}

/** Runs what a button does; one at a time. */
async function busy(work) {
  const buttons = [...document.querySelectorAll("button")];
  for (const button of buttons) button.disabled = true;
  say("moment");
  try {
    await work();
  } catch {
    say("down");
  }
  for (const button of buttons) button.disabled = false;
}

let pending;

async function signedIn(called) {
  if (!called.ok) return refused(called);
  if (called.reply.status === "mfa_required") {
    pending = called.reply.pending_token;
    say("");
    return show("second");
  }
  session.keep(called.reply);
  return begin();
}

/** Signs in with a passkey; the browser asks which. */
async function withPasskey() {
  const asked = await post("/v1/auth/passkeys/sign-in/options", {});
  if (!asked.ok) return refused(asked);
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked.reply);
  const credential = await navigator.credentials.get({ publicKey }).catch(() => null);
  if (credential === null) return say("passkey_refused");
  return signedIn(await post("/v1/auth/passkeys/sign-in", { credential: credential.toJSON() }));
}

function signIn(why = "") {
  say(why);
  show("sign-in");
}

async function decideRequest(choice) {
  const { query, ticket } = page.dataset;
  const called = await asPerson("/v1/oauth/authorize", { query, ticket, choice });
  if (called === undefined) return signIn();
  if (!called.ok) return refused(called);
  const { status, redirect_to, account } = called.reply;
  if (status === "login_required") return signIn("anew");
  if (status === "done") {
    show();
    document.getElementById("cancel").hidden = true;
    say("going");
    return location.replace(redirect_to);
  }
  document.getElementById("account").textContent = account;
  say("");
  return show("consent");
}

async function decideDevice(choice) {
  const user_code = document.getElementById("user-code").value;
  const called = await asPerson("/v1/oauth/device", { user_code, choice });
  if (called === undefined) return signIn();
  if (!called.ok) return refused(called);
  const { decided, client_name, client_verified, scopes, account } = called.reply;
  if (decided) {
    show();
    return say(choice === "allow" ? "allowed" : "denied");
  }
  document.getElementById("client").textContent = client_name;
  document.getElementById("unverified").hidden = client_verified;
  document.getElementById("account").textContent = account;
  const list = document.getElementById("scopes");
  for (const item of list.children) item.hidden = !scopes.includes(item.dataset.scope);
  const known = [...list.children].map((item) => item.dataset.scope);
  for (const name of scopes.filter((scope) => !known.includes(scope))) {
    const item = list.appendChild(document.createElement("li"));
    item.textContent = name;
    item.dataset.scope = name;
  }
  say("");
  return show("consent");
}

const decide = page.dataset.kind === "device" ? decideDevice : decideRequest;

/** What comes once somebody is signed in, or seems to be. */
async function begin() {
  if (page.dataset.kind !== "device") return decide("ask");
  if (session.get() === null) return signIn();
  say("");
  return show("device");
}

function on(id, event, work) {
  document.getElementById(id)?.addEventListener(event, (happened) => {
    happened.preventDefault();
    void busy(() => work(happened.currentTarget ?? document.getElementById(id)));
  });
}

on("sign-in", "submit", async (form) => {
  const { email, password } = form.elements;
  const called = await post("/v1/auth/login", { email: email.value, password: password.value });
  password.value = "";
  await signedIn(called);
});
on("second", "submit", async (form) => {
  const code = form.elements.namedItem("code");
  const called = await post("/v1/auth/mfa/verify", { pending_token: pending, code: code.value });
  code.value = "";
  if (called.reply.code === "sign_in_refused") signIn("sign_in_refused");
  else await signedIn(called);
});
on("device", "submit", () => decide("ask"));
on("passkey", "click", withPasskey);
on("allow", "click", () => decide("allow"));
on("deny", "click", () => decide("deny"));
on("other", "click", async () => {
  session.drop();
  signIn();
});

document.getElementById("passkey").hidden = globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON === undefined;
const typed = document.getElementById("user-code");
if (typed !== null) typed.value = location.hash.slice(1);
void busy(begin);
