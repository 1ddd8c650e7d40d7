import { operatorOrigin } from '../../registry/origin.ts';
import type { Registry } from '../../registry/registry.ts';
import { routeKey } from '../../routing/route-key.ts';
import type { Said } from '../../snapshot/table-source.ts';
import { addressOf } from '../../tcp/table/shared-seats.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import type { TcpRoutes } from '../tcp/tcp-routes.ts';
import { httpMessage, type StaticRoute, tcpRegistration } from './static-route.ts';

export interface StaticTablesOptions {
  readonly registry: Pick<Registry, 'place' | 'withdraw' | 'expireStatics' | 'statics'>;
  /** Null: no TCP router. */
  readonly tcp: Pick<TcpRoutes, 'place' | 'withdraw' | 'expireStatics' | 'nextStaticEnd'> | null;
  /** `enable_http2` */
  readonly http2: boolean;
  readonly log: ComponentLog;
  /** Unix milliseconds. */
  now(): number;
}

/** Operators' routes in the tables of this router. */
export class StaticTables {
  readonly #options: StaticTablesOptions;

  constructor(options: StaticTablesOptions) {
    this.#options = options;
  }

  /** Unix milliseconds of the next end; null: there is none. */
  get nextEnd(): number | null {
    const { registry, tcp } = this.#options;
    const ends = [registry.statics.nextEnd, tcp?.nextStaticEnd ?? null].filter((end) => end !== null);
    return ends.length === 0 ? null : Math.min(...ends);
  }

  /** Makes the tables hold what an operator says of a route, and nothing that one has said of it before. */
  put(route: StaticRoute): StaticCounts {
    const { who, until, endpoints } = route;
    const said = until > this.#options.now() ? endpoints : [];
    const counts = route.kind === 'http' ? this.#putHttp(route, said) : this.#putTcp(route, said);
    const data = { kind: route.kind, route: route.route, ...counts, who, until };
    this.#options.log.debug('static-route-put', data);
    return counts;
  }

  /** Nobody says anything of that route any more. */
  remove({ kind, route }: Pick<StaticRoute, 'kind' | 'route'>): StaticCounts {
    return this.put({ kind, route, who: '', until: 0, endpoints: [] });
  }

  /** Takes out what has had its time. */
  expire(): void {
    const now = this.#options.now();
    const { registry, tcp, log } = this.#options;
    const endpoints = registry.expireStatics(now) + (tcp?.expireStatics(now) ?? 0);
    if (endpoints > 0) log.info('static-endpoints-over', { endpoints });
  }

  #putHttp(route: StaticRoute, said: readonly Said[]): StaticCounts {
    const { registry, http2 } = this.#options;
    const found = said.map((each) => httpMessage(each, http2));
    // A decision is about its own route alone, whoever has made it.
    const messages = found.filter((each) => each !== null && routeKey(each.uris[0]!) === route.route);
    const origin = operatorOrigin(route);
    const results = messages.map((message) => registry.place(message!, origin));
    const gone = registry.withdraw(route.route, new Set(messages.map((message) => message!.address)));
    return counted(said, results, gone);
  }

  #putTcp(route: StaticRoute, said: readonly Said[]): StaticCounts {
    const { tcp } = this.#options;
    const [port = '', sni = ''] = route.route.split(' ');
    if (tcp === null) return counted(said, [], 0);
    const found = said.map((each) => tcpRegistration(each, route));
    const own = found.filter((each) => each !== null && each.port === Number(port) && each.sni === sni);
    const results = own.map((registration) => tcp.place(registration!));
    const gone = tcp.withdraw(Number(port), sni, new Set(own.map((each) => addressOf(each!))));
    return counted(said, results, gone);
  }
}

/** Endpoints of one route: put in, not put in, taken out. */
export interface StaticCounts {
  readonly endpoints: number;
  readonly refused: number;
  readonly gone: number;
}

function counted(said: readonly Said[], results: readonly string[], gone: number): StaticCounts {
  const endpoints = results.filter((result) => result === 'placed').length;
  const elsewhere = results.filter((result) => result === 'other-segment').length;
  return { endpoints, refused: said.length - endpoints - elsewhere, gone };
}
