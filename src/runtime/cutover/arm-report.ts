import { z } from 'zod';
import { LATENCY_CELLS } from '../../latency/cells.ts';
import { cellsOf, pairsOf } from '../../latency/sparse-cells.ts';
import { ARM_COUNTS, type WorstRequest, worstOf } from '../../routing/arm-tally.ts';

/** What one router has of an arm: endpoints now, and first attempts since its process began. */
export interface ArmState {
  readonly endpoints: number;
  /** By `ARM_COUNTS`. */
  readonly counts: readonly number[];
  /** `latency/cells.ts`. */
  readonly latency: readonly number[];
  readonly worst: readonly WorstRequest[];
}

/** What one router says of arms of a route, in the order in which it was asked for them. */
export interface ArmReport {
  /** Of the decision by which all its threads share out the route's requests; 0: none. */
  readonly revision: number;
  readonly arms: readonly ArmState[];
}

/** The arms of a route, by selectors. */
export interface AskedArms {
  readonly route: string;
  readonly selectors: readonly string[];
}

/** What all routers have is added up, and has to stay a whole number: 2^43 is 280 000 a second for a year. */
const count = z
  .int()
  .min(0)
  .max(2 ** 43);
const text = z.string().max(2000);
const MOST_ARMS = 16;

const ASKED = z.object({ route: text, selectors: z.array(text).min(1).max(MOST_ARMS) });

const REPORT = z.object({
  revision: count,
  arms: z
    .array(
      z.object({
        endpoints: count,
        counts: z.array(count).length(ARM_COUNTS.length),
        latency: z.array(count).max(2 * LATENCY_CELLS),
        worst: z
          .array(
            z.object({
              id: z.string().max(100),
              status: count,
              ms: z
                .number()
                .min(0)
                .max(2 ** 43),
            }),
          )
          .max(100),
      }),
    )
    .max(MOST_ARMS),
});

export function readAskedArms(fields: Readonly<Record<string, unknown>>): AskedArms | null {
  const read = ASKED.safeParse(fields);
  return read.success ? read.data : null;
}

/** As it crosses the bus: most cells are empty, so those that are not come with their numbers. */
export function reportJson({ revision, arms }: ArmReport): object {
  return {
    revision,
    arms: arms.map(({ latency, ...arm }) => ({
      ...arm,
      latency: pairsOf(latency),
    })),
  };
}

/** Null: it is none. */
export function readReport(fields: Readonly<Record<string, unknown>>): ArmReport | null {
  const read = REPORT.safeParse(fields);
  if (!read.success) return null;
  const { revision, arms } = read.data;
  return {
    revision,
    arms: arms.map(({ latency, worst, ...arm }) => ({
      ...arm,
      latency: cellsOf(latency),
      worst: worstOf(worst),
    })),
  };
}
