import type { Standing } from './agent-route.ts';
import type { Drain } from './drain.ts';
import type { Health } from './health.ts';

/** What is known of a route at this moment. */
export interface RouteState {
  readonly standing: Standing;
  readonly drain: Drain;
  readonly health: Health;
  readonly weight: number;
}

/**
 * One line of HAProxy's agent-check: `up` or `down` is what checks say, `ready` or `drain` what operators do, and the
 * percentage is the weight. An empty line changes nothing, which is right as long as nothing is known.
 * @param states of the endpoints that go by the name that was asked for; the best of them counts
 */
export function agentLine(states: readonly RouteState[]): string {
  if (states.length === 0) return 'down #no such route\n';
  const serving = states.filter(({ standing, drain }) => standing === 'serving' && drain.state === 'serving');
  const up = serving.filter(({ health }) => health.state === 'up');
  if (up.length > 0) return `ready up ${Math.max(...up.map(({ weight }) => weight))}%\n`;
  if (serving.some(({ health }) => health.state === 'unknown')) return '\n';
  if (serving.length > 0) return 'ready down #check failed\n';
  const leaving = states.some(({ standing, drain }) => standing === 'draining' || drain.state !== 'serving');
  return leaving ? 'drain\n' : 'ready down #not ready\n';
}
