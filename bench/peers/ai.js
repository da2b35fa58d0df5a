// The JS peer of functions/ai, for the rows that are measured.

import { chat } from "./chat.js";
import { json, serve } from "./pipeline.js";

export { Admission } from "./admission.js";
export { Breakers } from "./breaker.js";

export default serve("ai", [
  {
    method: "GET",
    path: "/healthz",
    who: "public",
    action: "health::live",
    handler: ({ service }) => json({ status: "ok", service }),
  },
  {
    method: "POST",
    path: "/v1/chat/completions",
    who: "user",
    scope: "use:ai",
    limit: "normal",
    dialect: "openai",
    action: "calls::chat",
    handler: chat,
  },
]);
