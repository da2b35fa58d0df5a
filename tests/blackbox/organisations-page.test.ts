// The page behind an invitation, in a real browser: signing in, seeing which organisation it is, joining. Not here:
// who may accept (organisations.test.ts).

import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage } from "./browser.ts";
import { eventually, person, shared } from "./harness.ts";
import { invitedBy, organisationOf, organisations } from "./organisations-client.ts";

const stack = shared();

test("an invited person joins on the page of the letter, and opening it uses nothing up", async () => {
  const by = await person();
  const id = await organisationOf(stack, by);
  const { who, token } = await invitedBy(stack, by, id);
  await using page = await openPage();
  await page.go(`${stack.gateway}/invitation#${token}`);
  const shows = (script: string): Promise<unknown> => eventually(async () => (await page.run(script)) || undefined);
  const open = (form: string): string => `document.getElementById("${form}")?.hidden === false`;
  await shows(open("sign-in"));
  await page.run(`document.getElementById("email").value = ${JSON.stringify(who.email)};
    document.getElementById("password").value = ${JSON.stringify(who.password)};
    document.querySelector("#sign-in button").click()`);
  await shows(open("join"));
  assert.equal(await page.run(`document.getElementById("organisation").textContent`), "Acme");
  assert.equal((await organisations(stack, who, "GET", `/${id}`)).status, 404);
  await page.run(`document.querySelector("#join button").click()`);
  await shows(`!${open("join")} && document.getElementById("outcome").textContent.length > 3`);
  assert.equal((await organisations(stack, who, "GET", `/${id}`)).status, 200);
});
