/** Below so many, factorials are added up rather than approximated. */
const EXACT = 256;
const LOG_FACTORIALS = logFactorials();
/** What is left of a tail is not worth adding up where its terms are so much smaller than the sum. */
const NEGLIGIBLE = 1e-17;

/**
 * The chance that of `hits` among `total` requests at least `least` are among those `drawn` at random from all of them
 * (Fisher's exact test of two shares, from one side). All are whole numbers; `least` and `drawn` are at most `total`.
 */
export function chanceOfAsMany(least: number, drawn: number, hits: number, total: number): number {
  const misses = total - hits - drawn;
  const fewest = Math.max(0, -misses);
  if (least <= fewest) return 1;
  const most = Math.min(drawn, hits);
  if (least > most) return 0;
  // Below the mean the first terms may be too small for a number: then what is left out is added up.
  if (least * total <= drawn * hits) return 1 - chanceOfAsMany(drawn - least + 1, drawn, total - hits, total);
  const first = Math.exp(
    logChoices(hits, least) + logChoices(total - hits, drawn - least) - logChoices(total, drawn),
  );
  return tail(first, least, most, (at) => ((hits - at) * (drawn - at)) / ((at + 1) * (misses + at + 1)));
}

/** The chance of at least `least` successes of `tries`, each of which has a chance of `share`. */
export function chanceOfSuccesses(least: number, tries: number, share: number): number {
  if (least <= 0) return 1;
  if (least > tries || share <= 0) return 0;
  if (share >= 1) return 1;
  if (least <= tries * share) return 1 - chanceOfSuccesses(tries - least + 1, tries, 1 - share);
  const first = Math.exp(
    logChoices(tries, least) + least * Math.log(share) + (tries - least) * Math.log1p(-share),
  );
  return tail(first, least, tries, (at) => ((tries - at) * share) / ((at + 1) * (1 - share)));
}

/** @param ratio of the term after `at` to that at `at`; it falls */
function tail(first: number, least: number, most: number, ratio: (at: number) => number): number {
  let sum = first;
  let term = first;
  for (let at = least; at < most; at++) {
    const next = ratio(at);
    term *= next;
    sum += term;
    if (next < 1 && term <= sum * NEGLIGIBLE) break;
  }
  return Math.min(1, sum);
}

function logChoices(of: number, many: number): number {
  return logFactorial(of) - logFactorial(many) - logFactorial(of - many);
}

function logFactorial(n: number): number {
  if (n < EXACT) return LOG_FACTORIALS[n]!;
  // Stirling's series; the term that is left out is below 1e-15 from here on.
  return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * n) - 1 / (360 * n ** 3);
}

function logFactorials(): readonly number[] {
  const logs = [0];
  for (let n = 1; n < EXACT; n++) logs.push(logs[n - 1]! + Math.log(n));
  return logs;
}
