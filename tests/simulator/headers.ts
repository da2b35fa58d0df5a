// The headers that providers send with every reply, so that a gateway that passes one on by mistake is caught.

type Headers = (requestId: string, limited: boolean) => Record<string, string>;

function openai(requestId: string, limited: boolean): Record<string, string> {
  return {
    "x-request-id": requestId,
    "openai-organization": "simulator",
    "openai-processing-ms": "1",
    "openai-version": "2020-10-01",
    "x-ratelimit-limit-requests": "10000",
    "x-ratelimit-remaining-requests": limited ? "0" : "9999",
    "x-ratelimit-reset-requests": limited ? "1s" : "6ms",
    "x-ratelimit-limit-tokens": "2000000",
    "x-ratelimit-remaining-tokens": limited ? "0" : "1999000",
    "x-ratelimit-reset-tokens": limited ? "1s" : "30ms",
  };
}

const OWN: { [provider: string]: Headers } = {
  openai,
  moonshot: (requestId, limited) => ({
    "x-request-id": requestId,
    "msh-request-id": requestId,
    "msh-uid": "simulator",
    "x-ratelimit-limit-requests": "500",
    "x-ratelimit-remaining-requests": limited ? "0" : "499",
  }),
  deepseek: (requestId) => ({ "x-ds-trace-id": requestId }),
  dashscope: (requestId) => ({ "x-request-id": requestId, "req-cost-time": "1" }),
  gemini: () => ({ "server-timing": "gfet4t7; dur=1", "x-frame-options": "SAMEORIGIN" }),
  "workers-ai": (requestId) => ({ "cf-ray": requestId, "api-version": "2026-11-20" }),
  replicate: (requestId, limited) => ({ "ratelimit-remaining": limited ? "0" : "599", "x-request-id": requestId }),
  anthropic: (requestId, limited) => ({
    "request-id": requestId,
    "anthropic-organization-id": "simulator",
    "anthropic-ratelimit-requests-limit": "1000",
    "anthropic-ratelimit-requests-remaining": limited ? "0" : "999",
    "anthropic-ratelimit-requests-reset": "2023-11-14T22:13:21Z",
  }),
};

/** The headers of a reply of `provider`; `limited` when the reply is a 429. */
export function replyHeaders(provider: string, requestId: string, limited: boolean): Record<string, string> {
  return (OWN[provider] ?? ((id: string) => ({ "x-request-id": id })))(requestId, limited);
}
