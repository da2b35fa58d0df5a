// The smallest value that fits a JSON Schema, for answers that were asked for in a shape. Only what providers
// allow in strict schemas; what is not known here becomes a string.

import type { JsonObject } from "./dialect.ts";
import { isObject } from "./request.ts";

const DEEPEST = 12;

/** A value that fits `schema`; its strings say `text`. */
export function instanceOf(schema: JsonObject, text: string): unknown {
  return value(schema, schema, text.slice(0, 60), 0);
}

function value(schema: JsonObject, root: JsonObject, text: string, depth: number): unknown {
  if (depth > DEEPEST) return null;
  const referred = resolved(schema, root);
  if (referred !== null) return value(referred, root, text, depth + 1);
  if ("const" in schema) return schema["const"];
  if (Array.isArray(schema["enum"])) return schema["enum"][0];
  const either = schema["anyOf"] ?? schema["oneOf"] ?? schema["allOf"];
  if (Array.isArray(either) && isObject(either[0])) return value(either[0], root, text, depth + 1);
  const type: unknown = Array.isArray(schema["type"]) ? schema["type"][0] : schema["type"];
  switch (type) {
    case "object":
      return objectOf(schema, root, text, depth);
    case "array":
      return isObject(schema["items"]) ? [value(schema["items"], root, text, depth + 1)] : [];
    case "integer":
    case "number":
      return typeof schema["minimum"] === "number" ? schema["minimum"] : 1;
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return isObject(schema["properties"]) ? objectOf(schema, root, text, depth) : text;
  }
}

function objectOf(schema: JsonObject, root: JsonObject, text: string, depth: number): JsonObject {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const members = Object.entries(properties).map(([name, inner]) => [
    name,
    isObject(inner) ? value(inner, root, text, depth + 1) : null,
  ]);
  return Object.fromEntries(members);
}

function resolved(schema: JsonObject, root: JsonObject): JsonObject | null {
  const reference = schema["$ref"];
  if (typeof reference !== "string") return null;
  const name = reference.split("/").pop() ?? "";
  const all = root["$defs"] ?? root["definitions"];
  const found = isObject(all) ? all[name] : null;
  return isObject(found) ? found : {};
}
