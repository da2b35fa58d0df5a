// `cargo xtask bench files`: what bytes cost on their way in and out beside a Worker that only pipes them, and whether a list
// costs the same however many files there are. See docs/bench.md.

import { tell } from "../figures.ts";
import { bytes } from "./bytes.ts";
import { lists } from "./lists.ts";
import { memory } from "./memory.ts";

await tell("files", { bytes, lists, memory });
