// `cargo xtask bench accounts`: the figures of signing in and of knowing who calls, each a ratio of two things measured
// in one run. See docs/bench.md.

import { tell } from "../figures.ts";
import { session } from "./session.ts";
import { signIn } from "./sign-in.ts";
import { warm } from "./warm.ts";

await tell("accounts", { warm, "sign-in": signIn, session });
