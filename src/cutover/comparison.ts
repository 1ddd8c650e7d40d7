import { countedBeyond, countedTimes, latencyPercentile } from '../latency/cells.ts';
import { chanceOfAsMany, chanceOfSuccesses } from './chance.ts';
import { type Count, clumping, discount } from './clumping.ts';
import type { Sides } from './evidence.ts';
import { type ArmWindow, failed, failedShare, isDown, judged } from './window.ts';

/** What is asked, and how much of a difference is one. */
export interface Effects {
  /** Error shares: so far apart, of 1. */
  readonly share: number;
  /** The p95: so many times the other's, and so many milliseconds above it. */
  readonly times: number;
  readonly ms: number;
}

/** Two arms in the same time, their requests shared out at random. */
export const SIDE_BY_SIDE: Effects = { share: 0.01, times: 1.5, ms: 50 };
/** An arm against what the other did before: time has passed, and the load is another. */
export const BEFORE_AND_AFTER: Effects = { share: 0.02, times: 2, ms: 100 };

/** Requests under way, for as many that began: so many times the other's, and no fewer of either than that. */
const WAITING_TIMES = 3;
const FEWEST_WAITING = 20;

export const P95 = 0.95;

/**
 * What a window is worth at least, in requests. Side by side, one that fails in most of them is no burst that just
 * happened to hit one arm. Against what was before it may be one that would have hit both.
 */
const WORTH_SIDE_BY_SIDE = 20;
const WORTH_BEFORE_AND_AFTER = 1;

/** Windows added up, and how many there are of each arm. */
export interface Sample {
  /** Both did in the same time what they did. */
  readonly isSideBySide: boolean;
  readonly sides: Sides;
  readonly fromWindows: number;
  readonly toWindows: number;
  /** Single windows of the replaced arm: how much they differ among themselves is not to be held against the other. */
  readonly history: readonly ArmWindow[];
}

export function failsMore({ from, to }: Sides, { share }: Effects): boolean {
  return failedShare(to) - failedShare(from) >= share;
}

/** The chance that the new arm has as many of the errors, were both alike. */
export function chanceOfErrors(sample: Sample): number {
  const count = (window: ArmWindow) => ({ hits: failed(window), total: judged(window) });
  return chanceOf(sample, count);
}

export function isSlower({ from, to }: Sides, { times, ms }: Effects): boolean {
  const [before, after] = [latencyPercentile(from.latency, P95), latencyPercentile(to.latency, P95)];
  return after >= times * before && after >= before + ms;
}

/** The chance that as many of the slowest twentieth of all requests are the new arm's, were both alike. */
export function chanceOfSlowness(sample: Sample): number {
  const cell = slowestTwentieth(sample.sides);
  const count = ({ latency }: ArmWindow) => ({
    hits: countedBeyond(latency, cell),
    total: countedTimes(latency),
  });
  return chanceOf(sample, count);
}

export function hasMoreUnderWay({ from, to }: Sides): boolean {
  if (to.inFlight < FEWEST_WAITING || to.begun < FEWEST_WAITING) return false;
  return to.inFlight * Math.max(1, from.begun) >= WAITING_TIMES * from.inFlight * to.begun;
}

/** The chance that as many of all requests under way are the new arm's, as many as began there, were both alike. */
export function chanceOfWaiting({ from, to }: Sides): number {
  return chanceOfSuccesses(to.inFlight, from.inFlight + to.inFlight, to.begun / (from.begun + to.begun));
}

function chanceOf(sample: Sample, count: (of: ArmWindow) => Count): number {
  const { sides, fromWindows, toWindows, history, isSideBySide } = sample;
  const [from, to] = [count(sides.from), count(sides.to)];
  const clumped = clumping(history.filter((window) => !isDown(window)).map(count));
  const worth = isSideBySide ? WORTH_SIDE_BY_SIDE : WORTH_BEFORE_AND_AFTER;
  const fromWorth = discount(from.total, fromWindows, clumped, worth);
  const toWorth = discount(to.total, toWindows, clumped, worth);
  // Rounded against the judge: a hit fewer here, a hit more there.
  const [fromHits, hits] = [Math.ceil(from.hits / fromWorth), Math.floor(to.hits / toWorth)];
  const drawn = Math.max(hits, Math.round(to.total / toWorth));
  const others = Math.max(fromHits, Math.round(from.total / fromWorth));
  return chanceOfAsMany(hits, drawn, hits + fromHits, drawn + others);
}

/** The first cell beyond which lies no more than a twentieth of all times: it is the same whichever request is whose. */
function slowestTwentieth({ from, to }: Sides): number {
  const most = (countedTimes(from.latency) + countedTimes(to.latency)) * (1 - P95);
  let cell = from.latency.length - 1;
  let beyond = 0;
  while (cell > 0 && beyond + from.latency[cell]! + to.latency[cell]! <= most) {
    beyond += from.latency[cell]! + to.latency[cell]!;
    cell--;
  }
  return cell;
}
