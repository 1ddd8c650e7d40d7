import { WHOLE } from './plan.ts';

/** Endpoints of both arms on one router. */
export interface Instances {
  readonly from: number;
  readonly to: number;
}

/**
 * The weight that the new arm has instances for: so that none of them gets more than so many times what each would have
 * if all endpoints of both arms were alike. The scarcest router decides.
 */
export function capacity(routers: readonly Instances[], loadFactor: number): number {
  const shares = routers.map(({ from, to }) => to / Math.max(1, from + to));
  return Math.min(WHOLE, Math.floor(loadFactor * WHOLE * Math.min(1, ...shares)));
}
