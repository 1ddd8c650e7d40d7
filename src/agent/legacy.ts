import type { HeldRoute } from './held-route.ts';
import { knownAs } from './route/agent-route.ts';
import type { BusAnnouncement } from './route/announcement.ts';

/** What an agent that takes nothing back, or is killed, leaves to the next one. */
export interface Legacy {
  /** Routes that a command has drained, by name or run: their applications may be about to stop. */
  readonly drained: readonly string[];
  /** Runs that were told to stop, and have not ended. */
  readonly stopping: readonly string[];
  /** What routers have been told, and what nobody could tell them is gone: it is taken back if nobody wants it any more. */
  readonly announced: readonly BusAnnouncement[];
}

export const NOTHING_LEFT: Legacy = { drained: [], stopping: [], announced: [] };

/** @param owed what could not be taken back @param before what another agent has left, and nobody has looked at yet */
export function legacyOf(
  routes: Iterable<HeldRoute>,
  owed: readonly BusAnnouncement[],
  before: Legacy,
): Legacy {
  const drained = new Set(before.drained);
  const stopping = new Set(before.stopping);
  const announced: BusAnnouncement[] = [];
  for (const { route, said, standing, drain } of routes) {
    if (drain.state !== 'serving' && drain.causes.has('command')) drained.add(knownAs(route));
    if (standing === 'draining' && route.run !== undefined) stopping.add(route.run);
    if (said === 'registered' && route.announcement.kind === 'bus') announced.push(route.announcement);
  }
  return {
    drained: [...drained],
    stopping: [...stopping],
    announced: [...announced, ...owed, ...before.announced],
  };
}
