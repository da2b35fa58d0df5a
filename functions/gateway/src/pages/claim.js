// Sends the link's token and the new password. The token stands behind `#`, so that no server,
// log or mail scanner sees it by opening the link.
const form = document.getElementById("claim");
const outcome = document.getElementById("outcome");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const token = location.hash.slice(1);
  const password = form.elements.password.value;
  outcome.textContent = "One moment…";
  try {
    const response = await fetch("/v1/auth/claim", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token, password }),
    });
    const reply = await response.json();
    if (response.ok) {
      form.hidden = true;
      history.replaceState(null, "", location.pathname);
      outcome.textContent = `Done: ${reply.user.email} is the administrator. Sign in with POST /v1/auth/login.`;
    } else {
      outcome.textContent = reply.errors?.[0]?.detail ? `The password ${reply.errors[0].detail}.` : reply.title;
    }
  } catch {
    outcome.textContent = "The server could not be reached. Try again.";
  }
});
