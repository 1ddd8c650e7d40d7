import { type DecodedRouteMessage, type RouteMessage, readRouteMessage } from '../../bus/route-message.ts';
import type { Member } from '../../registry/members.ts';
import type { StaticOrder } from '../../registry/origin.ts';
import type { Registry } from '../../registry/registry.ts';
import { Unreadable } from '../../snapshot/checked-text.ts';
import type { Said, TableSource } from '../../snapshot/table-source.ts';
import { systemTime } from '../../time/wall-clock.ts';
import { readOrder } from './static-order.ts';
import { WallOffset } from './wall-offset.ts';

/** One endpoint of one HTTP route, as a line has it. */
export interface FormerHttp {
  /** With one uri. */
  readonly message: RouteMessage;
  /** Who announced it. */
  readonly origin: string;
  /** Unix milliseconds; `null`: unknown. */
  readonly firstSeen: number | null;
  /** Null: it is not an operator's. */
  readonly order: StaticOrder | null;
}

type Table = Pick<Registry, 'members' | 'describe' | 'clock' | 'announcedAt'>;

/** The HTTP routes, as a snapshot keeps them. */
export class HttpSource implements TableSource<Member> {
  readonly kind = 'http';
  readonly #table: Table;
  readonly #http2: boolean;
  readonly #offset = new WallOffset();

  /** @param http2 `enable_http2` */
  constructor(table: Table, http2: boolean) {
    this.#table = table;
    this.#http2 = http2;
  }

  entries(): Iterable<Member> {
    return this.#table.members();
  }

  describe(member: Member): object {
    const { origin, firstSeenAt } = member;
    return {
      origin: origin.text,
      first_seen: this.#wall(firstSeenAt),
      ...(origin.kind === 'operator' && { who: origin.who, until: origin.until }),
      ...this.#table.describe(member),
    };
  }

  announcedAt(member: Member): number | null {
    return member.pool === null ? null : this.#wall(this.#table.announcedAt(member));
  }

  read(said: Said): FormerHttp | Unreadable {
    const { origin, first_seen: firstSeen } = said;
    const order = readOrder(said);
    if (order instanceof Unreadable) return order;
    const decoded = readRouteMessage(said, { http2: this.#http2 });
    const fault = faultOf(decoded);
    if (!decoded.ok || fault !== null) return new Unreadable(fault ?? '');
    return {
      message: decoded.message,
      origin: typeof origin === 'string' ? origin : '',
      firstSeen: typeof firstSeen === 'number' ? firstSeen : null,
      order,
    };
  }

  #wall(steady: number): number {
    return this.#offset.at(systemTime(), this.#table.clock) + steady;
  }
}

function faultOf(decoded: DecodedRouteMessage): string | null {
  if (!decoded.ok) return decoded.error;
  const [problem] = decoded.problems;
  if (problem !== undefined) return problem;
  return decoded.message.uris.length === 1 ? null : 'uris: allowed: one';
}
