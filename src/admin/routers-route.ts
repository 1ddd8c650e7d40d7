import { ok, problem } from './answer.ts';
import type { AdminRoute } from './api.ts';

/**
 * One of the routers that share a bus, as `cellgate routers` shows it: `id`, `version`, `address`, `state`, `routes`,
 * `generation`, `decisions`, and `heard_ms`, milliseconds since it was last heard.
 */
export type RoutersSource = () => Promise<readonly object[]>;

/** @param source answers null as long as nobody calls the roll */
export function routersRoute(source: () => RoutersSource | null): AdminRoute {
  return {
    method: 'GET',
    path: '/v1/routers',
    right: 'read',
    handler: async () => {
      const ask = source();
      if (ask !== null) return ok({ routers: await ask() });
      return problem(
        503,
        'no-roll-call',
        'this router does not know which other routers there are',
        'ask GET /v1/overview for this router alone',
      );
    },
  };
}
