// The directives a test writes into its last user message: `[sim:…]` and `[tool:NAME]`. Here they are
// read; what they do stands in answer.ts (contents), plan.ts (faults of delivery) and server.ts (status).
// README.md lists them all.

import { Refusal } from "./dialect.ts";

/** Where a stall or a cut happens. */
export type Place = "headers" | "first" | "mid" | "between" | "clean" | "end";

/** Where a stream tells its usage. */
export type UsageForm = "none" | "empty-choices" | "in-last-choice" | "on-finish" | "running" | "both" | "start";

/** Everything a message can ask of the simulator; `null` and `false` mean "as usual". */
export interface Script {
  // Faults: they happen only while `times`, `key` and `model` allow.
  status: number | null;
  retryAfter: string | null;
  code: string | null;
  stall: Place | null;
  cut: Place | null;
  error: boolean;
  malformed: boolean;
  badjson: boolean;
  html: boolean;
  /** The fixture to answer with, byte for byte. */
  fixture: string | null;
  times: number | null;
  key: string | null;
  model: string | null;
  // Delivery.
  at: number | null;
  split: number | null;
  crlf: boolean;
  delay: number | null;
  comment: boolean;
  // Contents.
  usage: UsageForm | null;
  chunks: number | null;
  big: number | null;
  text: string | null;
  promptTokens: number | null;
  completionTokens: number | null;
  cachedTokens: number | null;
  cacheWriteTokens: number | null;
  reasoningTokens: number | null;
  /** Names asked for by `[tool:NAME]`, in order. */
  tools: string[];
  /** The message without its directives, trimmed. */
  rest: string;
}

const QUIET: Script = {
  status: null,
  retryAfter: null,
  code: null,
  stall: null,
  cut: null,
  error: false,
  malformed: false,
  badjson: false,
  html: false,
  fixture: null,
  times: null,
  key: null,
  model: null,
  at: null,
  split: null,
  crlf: false,
  delay: null,
  comment: false,
  usage: null,
  chunks: null,
  big: null,
  text: null,
  promptTokens: null,
  completionTokens: null,
  cachedTokens: null,
  cacheWriteTokens: null,
  reasoningTokens: null,
  tools: [],
  rest: "",
};

const STALLS: readonly Place[] = ["headers", "first", "mid", "end"];
const CUTS: readonly Place[] = ["headers", "first", "mid", "between", "clean"];
const FORMS: readonly UsageForm[] = [
  "none",
  "empty-choices",
  "in-last-choice",
  "on-finish",
  "running",
  "both",
  "start",
];
const MIB = 1024 * 1024;

type Setting = (script: Script, value: string, name: string) => void;

const SETTINGS: { [name: string]: Setting } = {
  status: (s, v, n) => {
    s.status = whole(v, n, 400, 599);
  },
  "retry-after": (s, v) => {
    s.retryAfter = v;
  },
  code: (s, v) => {
    s.code = v;
  },
  stall: (s, v, n) => {
    s.stall = oneOf(v, n, STALLS);
  },
  cut: (s, v, n) => {
    s.cut = oneOf(v, n, CUTS);
  },
  error: (s, v, n) => {
    s.error = oneOf(v, n, ["mid"]) === "mid";
  },
  malformed: (s) => {
    s.malformed = true;
  },
  badjson: (s) => {
    s.badjson = true;
  },
  html: (s) => {
    s.html = true;
  },
  fixture: (s, v) => {
    s.fixture = v;
  },
  times: (s, v, n) => {
    s.times = whole(v, n, 0, 1_000_000);
  },
  key: (s, v) => {
    s.key = v;
  },
  model: (s, v) => {
    s.model = v;
  },
  at: (s, v, n) => {
    s.at = whole(v, n, 0, 1_000_000);
  },
  split: (s, v, n) => {
    s.split = whole(v, n, 1, MIB);
  },
  crlf: (s) => {
    s.crlf = true;
  },
  delay: (s, v, n) => {
    s.delay = whole(v, n, 0, 600_000);
  },
  comment: (s) => {
    s.comment = true;
  },
  usage: (s, v, n) => {
    s.usage = oneOf(v, n, FORMS);
  },
  chunks: (s, v, n) => {
    s.chunks = whole(v, n, 1, 100_000);
  },
  big: (s, v, n) => {
    s.big = whole(v, n, 0, 64 * MIB);
  },
  text: (s, v) => {
    s.text = v;
  },
  "prompt-tokens": (s, v, n) => {
    s.promptTokens = whole(v, n, 0, Number.MAX_SAFE_INTEGER);
  },
  "completion-tokens": (s, v, n) => {
    s.completionTokens = whole(v, n, 0, Number.MAX_SAFE_INTEGER);
  },
  "cached-tokens": (s, v, n) => {
    s.cachedTokens = whole(v, n, 0, Number.MAX_SAFE_INTEGER);
  },
  "cache-write-tokens": (s, v, n) => {
    s.cacheWriteTokens = whole(v, n, 0, Number.MAX_SAFE_INTEGER);
  },
  "reasoning-tokens": (s, v, n) => {
    s.reasoningTokens = whole(v, n, 0, Number.MAX_SAFE_INTEGER);
  },
};

// A closing bracket or a backslash inside a value is written with a backslash before it.
const DIRECTIVE = /\[(sim|tool):((?:[^\]\\]|\\.)*)\]/gs;

/** Reads the directives of `message`; throws a 400 for one it does not know, so that a typo is not a passing test. */
export function readScript(message: string): Script {
  if (!message.includes("[sim:") && !message.includes("[tool:"))
    return { ...QUIET, rest: message.toWellFormed().trim() };
  const script: Script = { ...QUIET, tools: [] };
  script.rest = message
    .replace(DIRECTIVE, (_whole, kind: string, body: string) => {
      if (kind === "tool") script.tools.push(body.trim());
      else applySettings(script, body);
      return "";
    })
    .toWellFormed()
    .trim();
  if (script.rest.includes("[sim:")) throw unknown("a bracket is not closed");
  return script;
}

const FAULTS = ["status", "stall", "cut", "error", "malformed", "badjson", "html", "fixture"] as const;

/** The same script without its faults. */
export function withoutFaults(script: Script): Script {
  return { ...script, ...Object.fromEntries(FAULTS.map((name) => [name, QUIET[name]])) };
}

/** Whether the script asks for anything that counts as a fault. */
export function hasFaults(script: Script): boolean {
  return FAULTS.some((name) => script[name] !== QUIET[name]);
}

function applySettings(script: Script, body: string): void {
  let rest = body;
  while (rest !== "") {
    // A text is the last setting of its bracket: commas and semicolons belong to it.
    const end = rest.startsWith("text=") ? -1 : rest.search(/[;,]/);
    const setting = end < 0 ? rest : rest.slice(0, end);
    rest = end < 0 ? "" : rest.slice(end + 1).trimStart();
    const equals = setting.indexOf("=");
    const name = (equals < 0 ? setting : setting.slice(0, equals)).trim();
    const apply = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
    if (apply === undefined) throw unknown(`\`${name}\` is not known`);
    const value = equals < 0 ? "" : setting.slice(equals + 1);
    apply(script, name === "text" ? unescaped(value) : unescaped(value).trim(), name);
  }
}

function unescaped(value: string): string {
  return value.replace(/\\(.)/gs, (_whole, char: string) => (char === "n" ? "\n" : char));
}

function whole(value: string, name: string, least: number, most: number): number {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw unknown(`\`${name}\` takes a whole number from ${least} to ${most}`);
}

function oneOf<T extends string>(value: string, name: string, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === value);
  if (found !== undefined) return found;
  throw unknown(`\`${name}\` takes one of ${allowed.join(", ")}`);
}

function unknown(reason: string): Refusal {
  return new Refusal(400, `Simulator directive: ${reason}.`, "simulator_directive");
}
