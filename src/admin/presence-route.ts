import { ok } from './answer.ts';
import type { AdminRoute } from './api.ts';

/** Which routers have a route. */
export interface Presence {
  /** Routers that have answered, with the endpoints that they have for it. */
  readonly routers: readonly { readonly id: string; readonly endpoints: number }[];
  /** Routers that are known and have not answered. */
  readonly silent: readonly string[];
}

export type PresenceSource = (route: string, app: string) => Promise<Presence>;

/** `GET /v1/presence/{route}?app=GUID`; app left out: of any application. */
export function presenceRoute(source: PresenceSource): AdminRoute {
  return {
    method: 'GET',
    path: '/v1/presence/{route}',
    right: 'read',
    handler: async ({ parameters, query }) => ok(await source(parameters['route']!, query.get('app') ?? '')),
  };
}
