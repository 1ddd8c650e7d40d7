import type { Standing } from '../route/agent-route.ts';
import type { Container } from './container.ts';

/** @param isToldToStop its engine has sent it the signal by which it is to end */
export function standingOf({ status, health }: Container, isToldToStop: boolean): Standing {
  if (isToldToStop || status === 'stopping') return 'draining';
  if (status !== 'running') return 'unready';
  return health === 'none' || health === 'healthy' ? 'serving' : 'unready';
}
