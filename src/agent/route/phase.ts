import type { Standing } from './agent-route.ts';
import type { Drain } from './drain.ts';
import type { Health } from './health.ts';

/** What the routers should hear of a route. `quiet`: nothing yet, neither good nor bad. */
export type Phase = 'announced' | 'withdrawn' | 'quiet';

export function phaseOf(standing: Standing, drain: Drain, health: Health): Phase {
  if (standing !== 'serving' || drain.state !== 'serving') return 'withdrawn';
  switch (health.state) {
    case 'up':
      return 'announced';
    case 'down':
      return 'withdrawn';
    case 'unknown':
      return 'quiet';
  }
}
