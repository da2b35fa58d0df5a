// Tokens and what they cost. Equal to functions/ai/src/{usage,price}.rs, from the same price file: sums
// of whole pico-dollars, rounded once to nano-dollars. Numbers are exact up to 2^53; a sum beyond that
// is an unknown cost here as there.

import prices from "./prices.json";

const MAX_TOKENS = 2 ** 40;
const MAX_RAW_BYTES = 8 * 1024;

const byModel = Map.groupBy(
  prices.map((row) => ({
    ...row,
    from: Date.parse(row.valid_from),
    until: row.valid_until ? Date.parse(row.valid_until) : Number.POSITIVE_INFINITY,
  })),
  (row) => `${row.provider}/${row.model}`,
);

/** The price of a model at a time: of the valid rows the one that began last. */
export function priceOf(list, model, at) {
  const valid = (byModel.get(`${list}/${model}`) ?? []).filter((row) => row.from <= at && at < row.until);
  return valid.reduce((last, row) => (last === undefined || row.from > last.from ? row : last), undefined);
}

function ratesFor(price, prompt) {
  const long = price.long_prompt;
  return long && prompt > long.above_prompt_tokens ? long.rates : price.rates;
}

const exact = (nano) => (Number.isSafeInteger(nano) ? nano : undefined);

/** Nano-dollars, half up; undefined without a price. */
export function costOf(price, usage) {
  if (price === undefined) return undefined;
  const rates = ratesFor(price, usage.prompt_tokens);
  const pico =
    (usage.prompt_tokens - usage.cached_tokens) * rates.input_pico_usd +
    usage.cached_tokens * rates.cached_pico_usd +
    usage.completion_tokens * rates.output_pico_usd;
  return exact(Math.floor((pico + 500) / 1000));
}

/** The most a call can cost, rounded up. */
export function worstCase(price, { prompt, completion }) {
  if (price === undefined) return undefined;
  const worst = (rates) =>
    prompt * Math.max(rates.input_pico_usd, rates.cached_pico_usd) + completion * rates.output_pico_usd;
  return exact(Math.ceil(Math.max(worst(price.rates), worst(ratesFor(price, prompt))) / 1000));
}

/** The value at a JSON pointer; undefined when it is not there or null. */
function at(value, pointer) {
  let found = value;
  for (const step of pointer.split("/").slice(1)) found = found?.[step];
  return found ?? undefined;
}

function firstCount(raw, pointers) {
  for (const pointer of pointers) {
    const value = at(raw, pointer);
    if (typeof value === "number") return Math.min(Math.max(Math.ceil(value), 0), MAX_TOKENS);
  }
  return undefined;
}

/** What a reply or a chunk reports, by the provider's data; undefined when nothing. */
export function usageOf(reply, pointers) {
  const raw = at(reply, pointers.reply);
  if (raw === undefined) return undefined;
  const prompt = firstCount(raw, pointers.prompt);
  const completion = firstCount(raw, pointers.completion);
  if (prompt === undefined && completion === undefined) return undefined;
  const usage = {
    prompt_tokens: prompt ?? 0,
    cached_tokens: Math.min(firstCount(raw, pointers.cached) ?? 0, prompt ?? 0),
    completion_tokens: completion ?? 0,
    reasoning_tokens: Math.min(firstCount(raw, pointers.reasoning) ?? 0, completion ?? 0),
  };
  const text = JSON.stringify(raw);
  return { usage, raw: text.length <= MAX_RAW_BYTES ? text : undefined };
}

/** Usage inside choices, for providers that have it there: the prompt once, completions summed. */
export function usageOfChoices(reply, pointers) {
  if (pointers.choice === undefined || pointers.choice === null) return undefined;
  const found = (reply.choices ?? []).map((choice) =>
    usageOf({ usage: at(choice, pointers.choice) }, { ...pointers, reply: "/usage" }),
  );
  return found.filter(Boolean).reduce((sum, next) => (sum === undefined ? next : added(sum, next)), undefined);
}

function added(sum, next) {
  return {
    usage: {
      prompt_tokens: Math.max(sum.usage.prompt_tokens, next.usage.prompt_tokens),
      cached_tokens: Math.max(sum.usage.cached_tokens, next.usage.cached_tokens),
      completion_tokens: sum.usage.completion_tokens + next.usage.completion_tokens,
      reasoning_tokens: sum.usage.reasoning_tokens + next.usage.reasoning_tokens,
    },
    raw: `[${[sum.raw, next.raw].map((raw) => raw?.replace(/^\[|\]$/g, "")).join(",")}]`,
  };
}
