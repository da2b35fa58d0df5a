// Which provider a model's name means. Equal to functions/ai/src/{catalogue,configured}.rs for providers
// of the data file, from the same data; read once an isolate.

import { Problem } from "./problem.js";
import providers from "./providers.json";

let configured;

function configure(env) {
  const usable = [];
  for (const provider of providers.providers) {
    const given = env[provider.base_url_env] || provider.base_url;
    const key = provider.key_env && env[provider.key_env];
    if (!given || (provider.key_required && !key)) continue;
    const base = given.replace(/\/+$/, "");
    const { host, pathname } = new URL(base);
    const models = new Map();
    for (const model of provider.models ?? []) {
      for (const name of [model.id, ...(model.aliases ?? [])]) models.set(name, model);
    }
    usable.push({
      provider,
      models,
      url: `${base}${pathname === "/" ? "/v1" : ""}${provider.paths.chat}`,
      priceList: provider.price_lists?.[host] ?? provider.id,
      authorization: key && [provider.auth.header, `${provider.auth.prefix}${key}`],
    });
  }
  return usable;
}

function target(entry, name) {
  const model = entry.models.get(name);
  return model && { ...entry, model: name, pricedAs: model.id, limits: model };
}

/** Where a call for this model goes, or 404. */
export function resolve(env, name) {
  configured ??= configure(env);
  if (name === "chat-default") {
    const [first] = configured;
    const fallback = first && target(first, first.provider.default_model);
    if (fallback) return fallback;
  }
  for (const entry of configured) {
    const found = target(entry, name) ?? target(entry, name.slice(name.indexOf("/") + 1));
    if (found !== undefined) return found;
  }
  throw new Problem("model_not_found", {
    detail: `The model \`${name}\` does not exist, or you may not use it.`,
  });
}
