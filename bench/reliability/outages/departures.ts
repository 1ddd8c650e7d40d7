/** How many endpoints that are to go were still there, at a time in seconds. */
export interface Sighting {
  readonly at: number;
  readonly left: number;
}

/** How they went. While more than a given share of all endpoints is still to go, they are to go slowly. */
export interface Departures {
  /** When the first was seen to be gone, and when none was left; null: not yet. */
  readonly first: number | null;
  readonly last: number | null;
  /** Per cent of all in 10 s, on average while they were to go slowly, the first step apart. */
  readonly slowRate: number;
  /** Per cent of all that went between two sightings meanwhile, at most. */
  readonly largestStep: number;
}

/**
 * @param sightings one after the other at equal distances, from before the first went
 * @param all endpoints, those that stay included
 * @param cliff share of all above which they are to go slowly
 */
export function departuresOf(sightings: readonly Sighting[], all: number, cliff: number): Departures {
  const slowDownTo = cliff * all;
  const first = sightings.findIndex(({ left }, at) => at > 0 && left < sightings[at - 1]!.left);
  const below = sightings.findIndex(({ left }) => left <= slowDownTo);
  const end = below === -1 ? sightings.length - 1 : below;
  const largest = sightings
    .slice(1, end + 1)
    .reduce((most, { left }, at) => Math.max(most, sightings[at]!.left - Math.max(left, slowDownTo)), 0);
  return {
    first: sightings[first]?.at ?? null,
    last: sightings.find(({ left }) => left === 0)?.at ?? null,
    slowRate: first === -1 || end <= first ? 0 : rateOf(sightings, first, end, slowDownTo, all),
    largestStep: (largest * 100) / all,
  };
}

/** What went with the first is where the count begins: between n steps there are n - 1 pauses. */
function rateOf(
  sightings: readonly Sighting[],
  first: number,
  end: number,
  slowDownTo: number,
  all: number,
): number {
  const [begin, over] = [sightings[first]!, sightings[end]!];
  const went = begin.left - Math.max(over.left, slowDownTo);
  // The first may have gone right after the sighting before.
  const took = over.at - sightings[first - 1]!.at;
  return (went * 1000) / all / took;
}
