import { randomUUID } from 'node:crypto';
import { Names } from '../../network/names.ts';
import type { Registry } from '../../registry/registry.ts';
import { armAt, readSplit, type Split } from '../../routing/split.ts';
import { selectedOf } from '../../tcp/policy/tcp-arms.ts';
import type { TcpRouteName } from '../../tcp/table/route-name.ts';
import { type BackendTlsSettings, BackendTrust } from '../../tls/connection/backend-trust.ts';
import { readSplitRoute } from '../splits/split-route.ts';
import type { TcpRoutes } from '../tcp/tcp-routes.ts';
import { type AskedProbe, probe } from './probe.ts';
import { httpTarget, type ProbeTarget, tcpTarget } from './probe-target.ts';

/** What an arm has to answer well. Milliseconds. */
const PATIENCE_MS = 30_000;

/** Questions at a time: whoever may write to the bus may ask, and each takes connections that clients need. */
const MOST_AT_ONCE = 8;

/** Asks the endpoints of an arm that this router has, as its proxy threads would. */
export class Prober {
  readonly #registry: Pick<Registry, 'endpointsIn'>;
  /** Null: no TCP router. */
  readonly #tcp: Pick<TcpRoutes, 'backendsOf'> | null;
  readonly #trust: BackendTrust;
  readonly #names = new Names();
  #underWay = 0;

  constructor(
    registry: Pick<Registry, 'endpointsIn'>,
    tcp: Pick<TcpRoutes, 'backendsOf'> | null,
    tls: BackendTlsSettings,
  ) {
    this.#registry = registry;
    this.#tcp = tcp;
    this.#trust = new BackendTrust(tls);
  }

  reload(tls: BackendTlsSettings): void {
    this.#trust.replace(tls);
  }

  /** Null: each answers well. */
  async probe({ route, selectors, arm, path }: AskedProbe): Promise<string | null> {
    const split = splitOf(route, selectors);
    const named = readSplitRoute(route);
    if (split === null || named === null) return `${route} is no route`;
    const targets =
      named.kind === 'tcp'
        ? this.#tcpTargets(named.name, split, arm)
        : this.#httpTargets(route, split, arm, path);
    if (targets.length === 0) return `there is no endpoint of ${selectors[arm]}`;
    if (this.#underWay >= MOST_AT_ONCE) return `${MOST_AT_ONCE} other probes are under way: try again`;
    this.#underWay++;
    try {
      return await probe(targets, PATIENCE_MS);
    } finally {
      this.#underWay--;
    }
  }

  #httpTargets(route: string, split: Split, arm: number, path: string): ProbeTarget[] {
    const [written = ''] = route.split('/', 1);
    // Any name that a wildcard stands for.
    const host = written.replace('*', `probe-${randomUUID().slice(0, 8)}`);
    const asked = { trust: this.#trust, lookup: this.#names.lookUp, host, path };
    return this.#registry.endpointsIn(route, split, arm).map((endpoint) => httpTarget(endpoint, asked));
  }

  #tcpTargets(name: TcpRouteName, split: Split, arm: number): ProbeTarget[] {
    const backends = this.#tcp?.backendsOf(name) ?? [];
    return backends
      .filter((backend) => armAt(split, selectedOf(backend)) === arm)
      .map((backend) => tcpTarget(backend, this.#names.lookUp));
  }
}

/** As if the route were shared out so; null: that is no split. */
export function splitOf(route: string, selectors: readonly string[]): Split | null {
  const read = readSplit({ arms: selectors.map((selector) => ({ selector, weight: 1 })) }, route);
  return read.ok ? read.split : null;
}
