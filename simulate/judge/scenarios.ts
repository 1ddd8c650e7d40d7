import { Random } from '../../fuzz/random.ts';
import { bursting, steady } from './arm.ts';
import type { Setting } from './canary.ts';
import { logNormal, times, withTail } from './times.ts';

export interface Scenario extends Setting {
  readonly name: string;
  /** What has to be, of all canaries; null: it is only told. */
  readonly bound: Bound | null;
}

export type Bound =
  /** Fewer than this share are reverted. */
  | { readonly kind: 'reverted-below'; readonly share: number }
  /** More than this share are reverted within so many seconds. */
  | { readonly kind: 'reverted-within'; readonly seconds: number; readonly share: number };

const FROM_5 = '5,25,50,100';
const FROM_1 = '1,5,25,50,100';
const BUSY = () => 200;

const random = new Random(17, 3);
const EVEN = logNormal(random, 200, 0.5);
const LONG_TAILED = logNormal(random, 200, 1);
const NEVER = EVEN.map(() => Number.POSITIVE_INFINITY);

const FEW_REVERTS: Bound = { kind: 'reverted-below', share: 0.01 };

export const SCENARIOS: readonly Scenario[] = [
  alike('both fail 5 %', () => steady(0.05, EVEN)),
  alike('both fail 5 %, long-tailed times', () => steady(0.05, LONG_TAILED)),
  alike('neither fails', () => steady(0, EVEN)),
  alike('both fail 0.1 %', () => steady(0.001, LONG_TAILED)),
  { ...alike('both fail 5 %, 2000/s', () => steady(0.05, EVEN)), rate: () => 2000 },
  { ...alike('both fail 5 %, 5/s', () => steady(0.05, EVEN)), rate: () => 5 },
  { ...alike('both fail 5 %, plan 100', () => steady(0.05, EVEN)), plan: '100' },
  {
    ...alike('both fail 1 to 9 %, load 40 to 360/s, over ten minutes', () => (second) => ({
      errors: 0.05 + 0.04 * Math.sin((second * 2 * Math.PI) / 600),
      times: EVEN,
    })),
    rate: (second) => 200 + 160 * Math.sin((second * 2 * Math.PI) / 600),
  },
  {
    ...alike('everything fails for 2 s every 40 s, in both at once', () => steady(0, EVEN)),
    arms: (seeded) => {
      const both = bursting(seeded, 40, 2, EVEN);
      let last = { second: -1, mood: both(-1, 0) };
      const shared = (second: number) => {
        if (last.second !== second) last = { second, mood: both(second, 0) };
        return last.mood;
      };
      return { from: shared, to: shared };
    },
  },
  {
    ...alike('each fails everything for 1 s every 40 s, on its own', () => steady(0, EVEN)),
    arms: (seeded) => ({ from: bursting(seeded, 40, 1, EVEN), to: bursting(seeded, 40, 1, EVEN) }),
    bound: null,
  },
  {
    ...alike('each fails everything for 1 s every 15 s, on its own', () => steady(0, EVEN)),
    arms: (seeded) => ({ from: bursting(seeded, 15, 1, EVEN), to: bursting(seeded, 15, 1, EVEN) }),
    bound: null,
  },
  {
    ...alike('each fails everything for 20 s every 200 s, on its own', () => steady(0, EVEN)),
    arms: (seeded) => ({ from: bursting(seeded, 200, 20, EVEN), to: bursting(seeded, 200, 20, EVEN) }),
    bound: null,
  },
  alike('both fail 1 %, green 3 times as slow for 10 s after each change', () => steady(0.01, EVEN), {
    to: () => (_, fresh) => ({ errors: 0.01, times: fresh < 10 ? times(3, EVEN) : EVEN }),
  }),
  worse('1 % against 6 %', 60, 0.95, 0.01, 0.06),
  worse('5 % against 10 %', 120, 0.95, 0.05, 0.1),
  { ...worse('p95 doubled', 60, 0.95, 0.01, 0.01), arms: green(times(2, EVEN), EVEN) },
  {
    ...worse('p95 doubled, long-tailed', 60, 0.95, 0.01, 0.01),
    arms: green(times(2, LONG_TAILED), LONG_TAILED),
  },
  worse('0 % against 5 %', 60, 0.95, 0, 0.05),
  { ...worse('60 % against 1 %: blue is broken', 0, 0, 0.6, 0.01), bound: FEW_REVERTS },
  worse('1 % against 40 %', 15, 0.95, 0.01, 0.4),
  { ...worse('green hangs, clients wait 30 s', 60, 0.95, 0.01, 0.01), arms: green(NEVER, EVEN) },
  {
    ...worse('green hangs, clients wait 30 s, plan 100', 60, 0.95, 0.01, 0.01),
    arms: green(NEVER, EVEN),
    plan: '100',
  },
  { ...worse('1 % against 6 %, from 1 % of the weight on', 0, 0, 0.01, 0.06), plan: FROM_1, bound: null },
  { ...worse('1 % against 6 %, plan 100', 60, 0.95, 0.01, 0.06), plan: '100' },
  {
    ...worse('a tenth of the requests takes 2 s, errors alike', 60, 0.95, 0.01, 0.01),
    arms: green(withTail(EVEN, 10, 2000), EVEN),
  },
  {
    ...worse('1 of 33 requests takes 2 s, errors alike', 60, 0.95, 0.01, 0.01),
    arms: green(withTail(EVEN, 3, 2000), EVEN),
    bound: null,
  },
  { ...worse('1 % against 3 %', 120, 0.95, 0.01, 0.03), bound: null },
  { ...worse('1 % against 20 %, 2/s', 300, 0.95, 0.01, 0.2), rate: () => 2, plan: FROM_1, bound: null },
  { ...alike('both fail 1 %, 0.2/s', () => steady(0.01, EVEN)), rate: () => 0.2 },
];

function alike(
  name: string,
  from: () => ReturnType<typeof steady>,
  { to }: { to?: () => ReturnType<typeof steady> } = {},
): Scenario {
  return {
    name,
    plan: FROM_1,
    rate: BUSY,
    arms: () => ({ from: from(), to: (to ?? from)() }),
    bound: FEW_REVERTS,
  };
}

function worse(name: string, seconds: number, share: number, from: number, to: number): Scenario {
  return {
    name,
    plan: FROM_5,
    rate: BUSY,
    arms: () => ({ from: steady(from, EVEN), to: steady(to, EVEN) }),
    bound: { kind: 'reverted-within', seconds, share },
  };
}

/** The same errors, other times. */
function green(to: Float64Array, from: Float64Array): Scenario['arms'] {
  return () => ({ from: steady(0.01, from), to: steady(0.01, to) });
}
