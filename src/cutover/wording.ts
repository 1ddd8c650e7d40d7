import { latencyPercentile } from '../latency/cells.ts';
import { P95 } from './comparison.ts';
import type { Sides } from './evidence.ts';
import { type ArmWindow, failedShare, judged } from './window.ts';

/** What the arms are called: that which is replaced, and the new one. */
export interface ArmNames {
  readonly from: string;
  readonly to: string;
}

/** `green answered 5xx to 5.2 % of 412 requests, blue to 0.4 % of 8013` */
export function errorsText(sides: Sides, names: ArmNames): string {
  const [did, again] = deed(sides);
  return `${names.to} ${did} ${errors(sides.to)} requests, ${names.from} ${again}${errors(sides.from)}`;
}

/** `green's p95 is 480 ms over 412 requests, blue's 210 ms over 8013` */
export function latencyText({ from, to }: Sides, names: ArmNames): string {
  const p95 = ({ latency }: ArmWindow) => timeText(latencyPercentile(latency, P95));
  return `${names.to}'s p95 is ${p95(to)} over ${judged(to)} requests, ${names.from}'s ${p95(from)} over ${judged(from)}`;
}

/** `green has 150 requests under way and 152 that began, blue 31 and 2848` */
export function waitingText({ from, to }: Sides, names: ArmNames): string {
  return `${names.to} has ${to.inFlight} requests under way and ${to.begun} that began, ${names.from} ${from.inFlight} and ${from.begun}`;
}

/** Both, for a window with nothing wrong in it. */
export function soundText(sides: Sides, names: ArmNames): string {
  return `${errorsText(sides, names)}; ${latencyText(sides, names)}`;
}

export function percentText(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function timeText(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** `5 min`, `90 s` */
export function spanText(ms: number): string {
  return ms >= 120_000 && ms % 60_000 === 0 ? `${ms / 60_000} min` : `${Math.round(ms / 1000)} s`;
}

/** `3 windows` */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Names that are said of many. */
const MOST_NAMES = 8;

/** `r1, r2, r3`; of many the first few: a sentence is kept with the cutover, and read by people. */
export function namesText(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return more > 0 ? `${names.slice(0, MOST_NAMES).join(', ')} and ${more} more` : names.join(', ');
}

function errors(window: ArmWindow): string {
  return `${percentText(failedShare(window))} of ${judged(window)}`;
}

/** By who was at fault: the applications alone, the way to them alone, both. */
function deed({ from, to }: Sides): readonly [string, string] {
  if (from.gatewayErrors + to.gatewayErrors === 0) return ['answered 5xx to', 'to '];
  return from.appErrors + to.appErrors === 0 ? ['did not answer', ''] : ['failed', ''];
}
