// New passwords that stand in lists of leaked ones: the shipped list, one of the operator's in R2, and a service that
// is asked for ranges. Only new passwords are looked at.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { auth, problem, tokens } from "./auth-client.ts";
import { adminLink, command, credentials, logLines, type OwnStack, root, shared, startStack } from "./harness.ts";

/** Registers somebody new with this password. */
function register(stack: Parameters<typeof auth>[0], password: string): Promise<Response> {
  return auth(stack, "register", { ...credentials(), password });
}

describe("everywhere", { concurrency: true }, () => {
  const stack = shared();

  test("the most common passwords are refused, before it is known whose they would be", async () => {
    const taken = credentials();
    await tokens(await auth(stack, "register", taken), 201);
    for (const email of [taken.email, credentials().email]) {
      const reply = await auth(stack, "register", { email, password: "Password123!" });
      assert.match(reply.headers.get("server-timing") ?? "", /desc="object=1 service=1"$/, "no account was looked at");
      await problem(reply, 422, "password_leaked");
    }
    for (const password of ["12345678", "qwertyuiop", "P@$$w0rd1", "iloveyou"]) {
      await problem(await register(stack, password), 422, "password_leaked");
    }
  });

  test("a link is not used up by a leaked password", async () => {
    const { email, password } = credentials();
    const token = await adminLink(stack, email);
    await problem(await auth(stack, "claim", { token, password: "password1" }), 422, "password_leaked");
    await tokens(await auth(stack, "claim", { token, password }));
  });
});

describe("with a list and a service of the operator's", () => {
  let stack: OwnStack;
  let folder: string;
  const simulator = shared().simulator;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "selvage-leaked-"));
    const [list, filter] = [join(folder, "list.txt"), join(folder, "leaked.filter")];
    // Plain, and as the SHA-1 of "also leaked at ours" with a count.
    const digest = "0000000000000000000000000000000000000000:1";
    await writeFile(
      list,
      `leaked at ours\n${digest}\n${Array.from({ length: 9000 }, (_, i) => `filler ${i}`).join("\n")}\n`,
    );
    const { code } = await command(["passwords", "build", list, "-o", filter]).ended;
    assert.equal(code, 0);
    const put = ["r2", "object", "put", "selvage-passwords/leaked.filter", "--file", filter, "--local"];
    await promisify(execFile)(
      join(root, "node_modules/.bin/wrangler"),
      [...put, "--persist-to", join(folder, "state")],
      {
        cwd: folder,
        env: {
          ...process.env,
          PATH: `${join(root, "node_modules/.bin")}:${process.env.PATH}`,
          WRANGLER_SEND_METRICS: "false",
        },
      },
    );
    const vars = { PASSWORD_RANGE_URL: `${simulator}/passwords/range/` };
    stack = await startStack({ vars, persist: join(folder, "state") });
  });
  after(async () => {
    await stack?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test("both refuse what they hold, and nothing else is refused", async () => {
    for (const password of ["leaked at ours", "filler 8999", "the simulator saw this leak"]) {
      await problem(await register(stack, password), 422, "password_leaked");
    }
    for (const password of ["leaked at ours!", "filler 9000", "the simulator saw this leak."]) {
      await tokens(await register(stack, password), 201);
    }
  });

  test("a service that fails or hangs refuses nobody, and the log says so", async () => {
    for (const password of ["the range of this fails", "the range of this hangs"]) {
      await tokens(await register(stack, password), 201);
    }
    const lines = logLines(stack, ({ service, action }) => service === "hash" && action === "leaked");
    assert.deepEqual(
      lines.map(({ metadata }) => metadata.cause),
      ["status 503", "Deadline"],
    );
  });
});
