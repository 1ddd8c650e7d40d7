import { linesOf } from '../../snapshot/whole-lines.ts';
import { type TableEntry, tableEntry } from '../../table/table-entry.ts';
import type { LineFault } from '../../table/table-line.ts';
import { isFault, TableReader } from '../../table/table-reader.ts';
import type { TcpRoutes } from '../tcp/tcp-routes.ts';
import { type StaticRoute, saidByOperator, tcpRegistration } from './static-route.ts';

/** Of one import: each is a decision, and they are made one after the other. */
export const MOST_ROUTES = 1000;
/** Of a route's endpoints as JSON, in bytes; a decision holds somewhat more. */
const MOST_ROUTE_BYTES = 60 * 1024;
/** Characters of a route; its decision's key is longer. */
const LONGEST_ROUTE = 1024;
/** Lines that are checked in one turn of the loop. */
const PER_TURN = 100;
/** After so many the rest is not looked at: a text can have a million lines that are none. */
export const MOST_FAULTS = 1000;
/** Characters. */
const LONGEST_REASON = 300;

export interface ImportChecks {
  /** Null: no TCP router. */
  readonly tcp: Pick<TcpRoutes, 'refusal'> | null;
  readonly who: string;
  /** Unix milliseconds. */
  readonly until: number;
}

interface Gathered {
  readonly endpoints: StaticRoute['endpoints'][number][];
  readonly addresses: Set<string>;
  bytes: number;
  /** Of a TCP route: who would have it, and how its bytes are carried. */
  terms: string;
}

/** What an operator brings as a table: routes, or what is wrong with it, line by line. */
export class ImportLines {
  readonly faults: LineFault[] = [];
  readonly #checks: ImportChecks;
  readonly #routes = new Map<string, StaticRoute & Gathered>();
  #endpoints = 0;

  constructor(checks: ImportChecks) {
    this.#checks = checks;
  }

  get routes(): readonly StaticRoute[] {
    return Array.from(this.#routes.values(), ({ kind, route, who, until, endpoints }) => ({
      kind,
      route,
      who,
      until,
      endpoints,
    }));
  }

  get endpoints(): number {
    return this.#endpoints;
  }

  /** There were so many faults that the rest was not looked at. */
  get isCut(): boolean {
    return this.faults.length >= MOST_FAULTS;
  }

  /** Takes the whole text, in pieces. */
  *read(text: string): Generator<void> {
    const reader = new TableReader();
    let work = 0;
    for (const bytes of linesOf(Buffer.from(text))) {
      const line = reader.take(bytes);
      const taken = line === null || isFault(line) ? line : tableEntry(line);
      if (taken !== null) this.#note('reason' in taken ? taken : this.#take(taken));
      if (this.isCut) return;
      if (++work % PER_TURN === 0) yield;
    }
    this.#note(reader.end());
    if (this.faults.length === 0 && this.#endpoints === 0) this.#note(whole('it has no endpoints'));
    if (this.#routes.size > MOST_ROUTES) {
      this.#note(whole(`it has ${this.#routes.size} routes, allowed: at most ${MOST_ROUTES} at once`));
    }
  }

  #take(entry: TableEntry): LineFault | null {
    const { line, kind, route, address, said } = entry;
    const { who, until } = this.#checks;
    const key = `${kind} ${route}`;
    const fault = (reason: string): LineFault => ({ line, reason });
    if (route.length > LONGEST_ROUTE) return fault(`its route is longer than ${LONGEST_ROUTE} characters`);
    const gathered = this.#routes.get(key) ?? { kind, route, who, until, ...nothing() };
    if (gathered.addresses.has(address)) return fault('its endpoint is there twice');
    const own = saidByOperator(said);
    if (kind === 'tcp') {
      const reason = this.#tcpFault(own, gathered);
      if (reason !== null) return fault(reason);
    }
    gathered.bytes += Buffer.byteLength(JSON.stringify(own)) + 1;
    if (gathered.bytes > MOST_ROUTE_BYTES) {
      return fault(`with it its route says more than ${MOST_ROUTE_BYTES} bytes`);
    }
    gathered.endpoints.push(own);
    gathered.addresses.add(address);
    this.#routes.set(key, gathered);
    this.#endpoints++;
    return null;
  }

  #tcpFault(said: StaticRoute['endpoints'][number], gathered: Gathered): string | null {
    const { tcp } = this.#checks;
    if (tcp === null) return 'this router has no TCP routes: cellgate.tcp is not enabled';
    const registration = tcpRegistration(said, this.#checks);
    if (registration === null) return 'source: allowed: a string';
    const refusal = tcp.refusal(registration);
    if (refusal !== null) return `the route is refused: ${refusal}`;
    const { owner, terms } = registration;
    const own = JSON.stringify([owner, terms.terminates, terms.alpns]);
    if (gathered.terms !== '' && gathered.terms !== own) {
      return 'its source, terminate_frontend_tls or alpns are not those of the lines before for its route';
    }
    gathered.terms = own;
    return null;
  }

  #note(fault: LineFault | null): void {
    if (fault === null) return;
    this.faults.push({ line: fault.line, reason: fault.reason.slice(0, LONGEST_REASON) });
  }
}

function nothing(): Gathered {
  return { endpoints: [], addresses: new Set(), bytes: 0, terms: '' };
}

function whole(reason: string): LineFault {
  return { line: null, reason };
}
