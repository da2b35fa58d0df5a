// Leads an invited person into an organisation: signs in, shows which one it is, joins. The token stands behind `#`,
// so that no server, log or mail scanner sees it, or uses it up, by opening the link.
const part = (id) => document.getElementById(id);
const chinese = /^zh\b/i.test(navigator.language);
let bearer = "";
let pending = "";

if (chinese) {
  document.documentElement.lang = "zh-CN";
  for (const element of document.querySelectorAll("[data-zh]")) element.textContent = element.dataset.zh;
}

const said = {
  invitation_refused: [
    "The invitation was used, taken back or has expired, or it is for another address; yours must be confirmed.",
    "邀请已使用、已撤回或已过期，或者不是发给这个邮箱的；您的邮箱还必须已确认。",
  ],
  invalid_credentials: ["The address or the password is wrong.", "邮箱或密码不正确。"],
  code_refused: ["The code is wrong, or was used before.", "验证码不正确或已使用。"],
  email_unverified: ["Confirm your address first.", "请先确认邮箱。"],
  rate_limited: ["Too many attempts. Wait a minute and try again.", "尝试过于频繁，请稍后再试。"],
  down: ["The server could not be reached. Try again.", "无法连接服务器，请重试。"],
  moment: ["One moment…", "请稍候…"],
  joined: ["Done: you are a member now.", "完成：您已加入该组织。"],
};

function show(name, otherwise = "") {
  part("outcome").textContent = said[name]?.[chinese ? 1 : 0] ?? otherwise;
}

function only(id) {
  for (const form of ["sign-in", "second", "join"]) part(form).hidden = form !== id;
}

async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  if (bearer !== "") headers.Authorization = `Bearer ${bearer}`;
  const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  const reply = await response.json();
  if (!response.ok) throw reply;
  return reply;
}

async function enter(reply) {
  if (reply.status === "mfa_required") {
    pending = reply.pending_token;
    only("second");
    return show("");
  }
  bearer = reply.access_token;
  const invitation = await post("/v1/invitations/preview", { token: location.hash.slice(1) });
  part("organisation").textContent = invitation.organisation_name;
  part("role").textContent = invitation.role;
  only("join");
  show("");
}

function when(id, work) {
  part(id).addEventListener("submit", async (event) => {
    event.preventDefault();
    show("moment");
    const button = part(id).querySelector("button");
    button.disabled = true;
    try {
      await work();
    } catch (reply) {
      if (reply.code === undefined) show("down");
      else show(reply.code, reply.title);
    }
    button.disabled = false;
  });
}

when("sign-in", async () =>
  enter(await post("/v1/auth/login", { email: part("email").value, password: part("password").value })),
);
when("second", async () =>
  enter(await post("/v1/auth/mfa/verify", { pending_token: pending, code: part("code").value.trim() })),
);
when("join", async () => {
  await post("/v1/invitations/accept", { token: location.hash.slice(1) });
  only("");
  history.replaceState(null, "", location.pathname);
  show("joined");
});
