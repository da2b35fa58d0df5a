// Which provider a model's name means. Equal to functions/ai/src/{catalogue,configured}.rs for providers
// of the data file, from the same data; read once an isolate.

import { Problem } from "./problem.js";
import providers from "./providers.json";

let configured;

/** The keys of a variable, with commas between them; each is named after its place. */
function keysOf({ key_env, auth }, variable) {
  const texts = (variable ?? "").split(",").filter(Boolean);
  return texts.map((text, i) => ({ id: `${key_env}/${i}`, header: [auth.header, `${auth.prefix}${text.trim()}`] }));
}

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
      keys: keysOf(provider, key),
    });
  }
  return usable;
}

function target(entry, name) {
  const model = entry.models.get(name);
  return model && { ...entry, model: name, pricedAs: model.id, limits: model };
}

const mix = (number) => {
  const folded = Math.imul(number ^ (number >>> 16), 0x45d9f3b);
  return (folded ^ (folded >>> 15)) >>> 0;
};

/** The variant of a route with the largest of as many tickets as it weighs. */
function choose(variants, chance) {
  let best;
  for (const variant of variants) {
    for (let ticket = 0; ticket < variant.weight; ticket++) {
      const number = mix(chance ^ mix(variant.name.length + ticket));
      if (best === undefined || number > best.number) best = { number, variant };
    }
  }
  return best?.variant;
}

function ofRoute(route, registered, chance, depth = 0) {
  const hops = choose(route.variants, chance)?.targets ?? [];
  return hops.flatMap((hop) => {
    const next = hop.route && registered.routes.get(hop.route);
    if (next) return depth < 16 ? ofRoute(next, registered, chance, depth + 1) : [];
    const entry = configured.find(({ provider }) => provider.id === hop.provider);
    return (entry && target(entry, hop.model)) ?? [];
  });
}

/** Who is asked for this model, in order: by a route, by an alias, or by the lists of the providers; or 404. */
export function plan(env, registered, name) {
  configured ??= configure(env);
  const meant = registered.aliases.get(name)?.model ?? name;
  const route = registered.routes.get(name) ?? registered.routes.get(meant);
  if (route === undefined) return [resolve(meant)];
  const [chance] = crypto.getRandomValues(new Uint32Array(1));
  return ofRoute(route, registered, chance);
}

function resolve(name) {
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
