// The lists of models: OpenAI's shape, and Anthropic's for callers who name its version header.

import type { IncomingHttpHeaders } from "node:http";
import type { JsonObject } from "./dialect.ts";
import { CREATED, checkModel, MODELS } from "./dialect.ts";

const SINCE = new Date(CREATED * 1000).toISOString();

/** The body of `GET …/models`, or of `GET …/models/{id}` where `id` is given; throws the 404 of a missing one. */
export function listModels(id: string | null, headers: IncomingHttpHeaders): string {
  const shape = headers["anthropic-version"] === undefined ? chatModel : messagesModel;
  if (id !== null) {
    checkModel(id);
    return JSON.stringify(shape(id));
  }
  const data = MODELS.map(shape);
  if (shape === chatModel) return JSON.stringify({ object: "list", data });
  return JSON.stringify({ data, has_more: false, first_id: MODELS[0], last_id: MODELS[MODELS.length - 1] });
}

function chatModel(id: string): JsonObject {
  return { id, object: "model", created: CREATED, owned_by: "simulator" };
}

function messagesModel(id: string): JsonObject {
  return { type: "model", id, display_name: id, created_at: SINCE };
}
