// Every provider that is built in, with the simulator in its place: the variables that say so, and a model of each.
// Not here: assertions.

/** A model of each provider, by the provider's id. */
export const MODEL_OF: Readonly<Record<string, string>> = {
  openai: "gpt-4o-mini",
  anthropic: "claude-haiku-4-5",
  moonshot: "kimi-k3",
  deepseek: "deepseek-flash",
  dashscope: "qwen3.7-max",
  gemini: "gemini-2.5-flash",
  "workers-ai": "@cf/openai/gpt-oss-20b",
  ollama: "local-llama",
  vllm: "local-qwen",
  replicate: "meta/meta-llama-3-8b-instruct",
};

/** Those whose key is called a token. */
const TOKENS = ["workers-ai", "replicate"];

/** The variables of a stack that calls the simulator at `url` as if it were every provider, with this key. */
export function everyProvider(url: string, key: string): Record<string, string> {
  const vars: Record<string, string> = {
    OLLAMA_MODELS: "local-llama",
    VLLM_MODELS: "local-qwen",
    // Without a bound in the request the dearest of these reserves dollars a call.
    DEFAULT_BUDGET_NANO_USD: "1000000000000",
    // Tests make providers fail all the time.
    AI_BREAKER_FAILURES: "0",
  };
  for (const provider of Object.keys(MODEL_OF)) {
    const prefix = provider.toUpperCase().replaceAll("-", "_");
    vars[`${prefix}_BASE_URL`] = `${url}/${provider}/v1`;
    vars[`${prefix}_${TOKENS.includes(provider) ? "API_TOKEN" : "API_KEY"}`] = key;
  }
  return vars;
}
