import { type DecodedRouteMessage, type RouteMessage, readRouteMessage } from '../../bus/route-message.ts';
import { uriProblem } from '../../bus/route-spelling.ts';
import type { Member } from '../../registry/members.ts';
import type { StaticOrder } from '../../registry/origin.ts';
import { inWords } from '../../registry/packed-registration.ts';
import type { Registry } from '../../registry/registry.ts';
import { Unreadable } from '../../snapshot/checked-text.ts';
import { saidOf } from '../../snapshot/line.ts';
import type { Said, TableSource } from '../../snapshot/table-source.ts';
import { readOrder } from './static-order.ts';
import { WallOffset } from './wall-offset.ts';

/** One endpoint of one HTTP route, as a line has it. */
export interface FormerHttp {
  /** The same object for lines, one after the other, that differ in their routes alone; whose uri it has, is left open. */
  readonly message: RouteMessage;
  readonly uri: string;
  /** Who announced it. */
  readonly origin: string;
  /** Unix milliseconds; `null`: unknown. */
  readonly firstSeen: number | null;
  /** Null: it is not an operator's. */
  readonly order: StaticOrder | null;
}

/** How `describe` begins behind its brace, where nothing in it needs to be escaped. */
const START =
  /^"origin":"([^"\\\x00-\x1f]*)","first_seen":(-?(?:0|[1-9]\d{0,15})),"uris":\["([^"\\\x00-\x1f]*)"\],/;

const BEFORE_URIS: ReadonlySet<string> = new Set(['origin', 'first_seen', 'who', 'until']);

type Table = Pick<Registry, 'members' | 'lines' | 'clock' | 'announcedAt'>;

/** The HTTP routes, as a snapshot keeps them. */
export class HttpSource implements TableSource<Member> {
  readonly kind = 'http';
  readonly #table: Table;
  readonly #http2: boolean;
  readonly #offset = new WallOffset();
  /** What was read last, and what its line says behind its start; null: nothing that another could have in common. */
  #last: RouteMessage | null = null;
  #lastRest = '';

  /** @param http2 `enable_http2` */
  constructor(table: Table, http2: boolean) {
    this.#table = table;
    this.#http2 = http2;
  }

  entries(): Iterable<Member> {
    return this.#table.members();
  }

  describe(member: Member): string | null {
    return this.#withOrigin(member, this.#table.lines.describe(member));
  }

  pack(member: Member): string | null {
    return this.#withOrigin(member, this.#table.lines.pack(member));
  }

  announcedAt(member: Member): number | null {
    return member.pool === null ? null : this.#wall(this.#table.announcedAt(member));
  }

  /** An endpoint has a line for each of its routes, mostly one after the other: what they have in common is read once. */
  read(fields: string): FormerHttp | Unreadable {
    const start = START.exec(fields);
    if (start === null) return this.#readWhole(fields);
    const rest = fields.slice(start[0].length);
    const [origin, firstSeen, uri] = [start[1]!, Number(start[2]), ownText(start[3]!)];
    if (this.#last !== null && rest === this.#lastRest) {
      const problem = uriProblem(uri);
      return problem === undefined
        ? { message: this.#last, uri, origin, firstSeen, order: null }
        : new Unreadable(`uris[0]: ${problem}`);
    }
    const said = saidOf(rest);
    // A line that says something twice means the latter: then its start is not what it says.
    if (said instanceof Unreadable || Object.keys(said).some(isOfStart)) return this.#readWhole(fields);
    const message = this.#messageOf({ ...said, uris: [uri] });
    if (message instanceof Unreadable) return message;
    this.#last = message;
    this.#lastRest = rest;
    return { message, uri, origin, firstSeen, order: null };
  }

  #readWhole(fields: string): FormerHttp | Unreadable {
    const said = saidOf(fields);
    if (said instanceof Unreadable) return said;
    const message = this.#messageOf(said);
    if (message instanceof Unreadable) return message;
    const { origin, first_seen: firstSeen } = said;
    const order = readOrder(said);
    if (order instanceof Unreadable) return order;
    return {
      message,
      uri: message.uris[0]!,
      origin: typeof origin === 'string' ? origin : '',
      firstSeen: typeof firstSeen === 'number' ? firstSeen : null,
      order,
    };
  }

  /** @param registration null: it says too much */
  #withOrigin({ origin, firstSeenAt }: Member, registration: string | null): string | null {
    if (registration === null) return null;
    const who =
      origin.kind === 'operator'
        ? `,${JSON.stringify({ who: origin.who, until: origin.until }).slice(1, -1)}`
        : '';
    const seen = `"origin":${JSON.stringify(origin.text)},"first_seen":${this.#wall(firstSeenAt)}${who}`;
    return `{${seen},${registration}}`;
  }

  /** A packed endpoint is judged as any other. */
  #messageOf(said: Said): RouteMessage | Unreadable {
    const words = inWords(said);
    if (words === null) return new Unreadable('endpoint: it is not packed as it should be');
    const decoded = readRouteMessage(words, { http2: this.#http2 });
    const fault = faultOf(decoded);
    return decoded.ok && fault === null ? decoded.message : new Unreadable(fault ?? '');
  }

  #wall(steady: number): number {
    return this.#offset.at(this.#table.clock) + steady;
  }
}

function faultOf(decoded: DecodedRouteMessage): string | null {
  if (!decoded.ok) return decoded.error;
  const [problem] = decoded.problems;
  if (problem !== undefined) return problem;
  return decoded.message.uris.length === 1 ? null : 'uris: allowed: one';
}

/** Or of an operator, whose lines have another start. Names of a registration count in any case. */
function isOfStart(name: string): boolean {
  return BEFORE_URIS.has(name) || (name.length === 4 && name.toLowerCase() === 'uris');
}

/** Not a part of its line, which would stay in memory for as long as the text does. */
function ownText(part: string): string {
  return JSON.parse(`"${part}"`);
}
