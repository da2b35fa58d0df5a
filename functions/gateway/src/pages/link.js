// Sends the token of a mailed link when its button is pressed. The token stands behind `#`, so that no
// server, log or mail scanner sees it, or uses it up, by opening the link.
const form = document.getElementById("link");
const outcome = document.getElementById("outcome");
const chinese = /^zh\b/i.test(navigator.language);

if (chinese) {
  document.documentElement.lang = "zh-CN";
  for (const element of document.querySelectorAll("[data-zh]")) element.textContent = element.dataset.zh;
}

const said = {
  link_refused: [
    "The link was used, has expired, or was ended by a newer one.",
    "链接已使用、已过期，或已被新的链接取代。",
  ],
  invalid_credentials: ["The password is wrong.", "密码不正确。"],
  email_taken: ["The address belongs to another account by now.", "该邮箱已属于另一个账号。"],
  rate_limited: ["Too many attempts. Wait a minute and try again.", "尝试过于频繁，请稍后再试。"],
  down: ["The server could not be reached. Try again.", "无法连接服务器，请重试。"],
  moment: ["One moment…", "请稍候…"],
  second: [
    "The link was right. Your account asks for a second proof: go on in the app.",
    "链接有效。您的账号还需要第二步验证，请在应用中继续。",
  ],
};

function show(name, otherwise = "") {
  outcome.textContent = said[name]?.[chinese ? 1 : 0] ?? otherwise;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = { token: location.hash.slice(1) };
  const field = form.elements.namedItem("password");
  if (field !== null) body.password = field.value;
  show("moment");
  form.querySelector("button").disabled = true;
  try {
    const response = await fetch(form.dataset.to, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const reply = await response.json();
    if (response.ok) {
      form.hidden = true;
      history.replaceState(null, "", location.pathname);
      // For an app of this origin, in this tab alone. An app of another origin has pages of its own (PUBLIC_URL).
      if (reply.access_token !== undefined) sessionStorage.setItem("selvage.session", JSON.stringify(reply));
      if (reply.status === "mfa_required") show("second");
      else outcome.textContent = chinese ? form.dataset.doneZh : form.dataset.done;
      return;
    }
    const detail = reply.errors?.[0]?.detail;
    show(reply.code, detail === undefined ? reply.title : `${reply.title}: ${detail}.`);
  } catch {
    show("down");
  }
  form.querySelector("button").disabled = false;
});
