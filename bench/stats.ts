// Medians, and how far the rounds lie apart.

/** The value below which this part of the numbers lies. */
export function quantile(numbers: readonly number[], part: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = part * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)] ?? Number.NaN, sorted[Math.ceil(at)] ?? Number.NaN];
  return low + (high - low) * (at - Math.floor(at));
}

/** Several rounds of one quantity. */
export interface Rounds {
  median: number;
  /** First and third quartile. */
  q1: number;
  q3: number;
  /** Distance of the quartiles, as a part of the median. */
  spread: number;
  values: number[];
}

export function roundsOf(values: readonly number[]): Rounds {
  const [q1, median, q3] = [quantile(values, 0.25), quantile(values, 0.5), quantile(values, 0.75)];
  return { median, q1, q3, spread: (q3 - q1) / median, values: [...values] };
}

/** Beyond this the rounds say more about the machine than about the code. */
export const ABSURD_SPREAD = 0.25;

/** The ratio of two quantities, round by round: both sides of a round saw the same weather. */
export function ratioOf(over: readonly number[], under: readonly number[]): Rounds {
  return roundsOf(over.map((value, i) => value / (under[i] ?? Number.NaN)));
}

/** Whether a ratio may be quoted. */
export function isSteady(rounds: Rounds): boolean {
  return rounds.values.length >= 3 && rounds.spread <= ABSURD_SPREAD;
}
