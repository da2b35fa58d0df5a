// Faults that are scripted from outside of a request: by key, by model, by path, by what the body holds, for some
// calls and not for others. The routes that set them are in control.ts.

import type { JsonObject } from "./dialect.ts";
import { Refusal } from "./dialect.ts";
import { isObject } from "./request.ts";
import { readScript } from "./script.ts";

/** A rule as it is kept. All conditions given must hold. */
export interface FaultRule {
  readonly id: string;
  /** Directives without their brackets: `status=503,retry-after=1`. */
  readonly sim: string;
  /** The end of the key. */
  readonly key?: string;
  readonly model?: string;
  /** The beginning of the path. */
  readonly path?: string;
  /** Text of the body. */
  readonly contains?: string;
  /** So many calls pass first. */
  readonly after: number;
  /** And then so many fail; `null` for all. */
  readonly times: number | null;
  /** How many calls met the conditions. */
  met: number;
  /** How many of them failed. */
  failed: number;
}

/** A call, as rules look at it. */
export interface Looked {
  readonly key: string;
  readonly model: string;
  readonly path: string;
  readonly raw: string;
}

/** The rules of one simulator, in the order they were set. */
export class FaultRules {
  #rules: FaultRule[] = [];
  #last = 0;

  /** Sets a rule; throws a 400 for one that cannot be read. */
  add(body: JsonObject): FaultRule {
    const sim = body["sim"];
    if (typeof sim !== "string") throw new Refusal(400, "`sim` holds the directives.");
    readScript(`[sim:${sim}]`);
    const conditions = Object.fromEntries(
      ["key", "model", "path", "contains"].flatMap((name) =>
        typeof body[name] === "string" ? [[name, body[name]]] : [],
      ),
    );
    const times = body["times"];
    this.#last += 1;
    const rule: FaultRule = {
      id: `fault_${this.#last}`,
      sim,
      ...conditions,
      after: typeof body["after"] === "number" ? body["after"] : 0,
      times: typeof times === "number" ? times : null,
      met: 0,
      failed: 0,
    };
    this.#rules.push(rule);
    return rule;
  }

  /** Takes a rule away; false where there is none. */
  remove(id: string): boolean {
    const before = this.#rules.length;
    this.#rules = this.#rules.filter((rule) => rule.id !== id);
    return this.#rules.length < before;
  }

  /** Forgets all rules. */
  clear(): void {
    this.#rules = [];
  }

  /** The rules as they stand. */
  list(): readonly FaultRule[] {
    return this.#rules;
  }

  /** The directives that hold for this call: those of the first rule that is due. Every rule it meets counts it. */
  directives(call: Looked): string | null {
    let due: string | null = null;
    for (const rule of this.#rules) {
      if (!meets(rule, call)) continue;
      rule.met += 1;
      const turn = rule.met - rule.after;
      if (due !== null || turn < 1 || (rule.times !== null && turn > rule.times)) continue;
      rule.failed += 1;
      due = rule.sim;
    }
    return due;
  }
}

function meets(rule: FaultRule, call: Looked): boolean {
  return (
    (rule.key === undefined || call.key.endsWith(rule.key)) &&
    (rule.model === undefined || rule.model === call.model) &&
    (rule.path === undefined || call.path.startsWith(rule.path)) &&
    (rule.contains === undefined || call.raw.includes(rule.contains))
  );
}

/** The object in the text of a control request; throws a 400 for anything else. */
export function ruleBody(raw: string): JsonObject {
  let body: unknown = null;
  try {
    body = JSON.parse(raw);
  } catch {
    // Said below.
  }
  if (isObject(body)) return body;
  throw new Refusal(400, "A rule is a JSON object.");
}
