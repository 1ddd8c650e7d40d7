import { type RouteMessage, readRouteMessage } from '../../bus/route-message.ts';
import { readTcpRouteMessage } from '../../bus/tcp-route-message.ts';
import { isWhole } from '../../snapshot/checked-text.ts';
import type { Said } from '../../snapshot/table-source.ts';
import type { TcpRegistration } from '../../tcp/table/route.ts';

/** All that an operator says of one route; what was said of it before is over. Plain JSON, as a decision has it. */
export interface StaticRoute {
  readonly kind: 'http' | 'tcp';
  /** See `TableEntry`. */
  readonly route: string;
  readonly who: string;
  /** Unix milliseconds. */
  readonly until: number;
  /** In the words of `router.register`, for this route alone. */
  readonly endpoints: readonly Said[];
}

/** From another router, or another process; null: it is none. */
export function readStaticRoute(value: Readonly<Record<string, unknown>>): StaticRoute | null {
  const { kind, route, who, until, endpoints } = value;
  if (kind !== 'http' && kind !== 'tcp') return null;
  if (typeof route !== 'string' || typeof who !== 'string' || !isWhole(until)) return null;
  return Array.isArray(endpoints) ? { kind, route, who, until, endpoints } : null;
}

/** What stands in a line of a table and is not for an operator to say: when it was seen, who spoke before. */
const NOT_SAID: ReadonlySet<string> = new Set(['origin', 'first_seen', 'who', 'until', 'announced']);

export function saidByOperator(said: Said): Said {
  return Object.fromEntries(Object.entries(said).filter(([name]) => !NOT_SAID.has(name)));
}

/** Null: it is no endpoint of an HTTP route. @param http2 `enable_http2` */
export function httpMessage(said: Said, http2: boolean): RouteMessage | null {
  const decoded = readRouteMessage(said, { http2 });
  return decoded.ok && decoded.problems.length === 0 && decoded.message.uris.length === 1
    ? decoded.message
    : null;
}

/** Null: it is no backend of a TCP route. */
export function tcpRegistration(
  said: Said,
  { who, until }: Pick<StaticRoute, 'who' | 'until'>,
): TcpRegistration | null {
  const { source = 'bus' } = said;
  const decoded = readTcpRouteMessage(said);
  if (!decoded.ok || typeof source !== 'string') return null;
  return { ...decoded.registration, owner: source, order: { who, until } };
}
