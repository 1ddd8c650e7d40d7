import { randomUUID } from 'node:crypto';
import { Names } from '../../network/names.ts';
import type { Registry } from '../../registry/registry.ts';
import { readSplit, type Split } from '../../routing/split.ts';
import { type BackendTlsSettings, BackendTrust } from '../../tls/connection/backend-trust.ts';
import type { AskedProbe } from './cutovers.ts';
import { probe } from './probe.ts';

/** What an arm has to answer well. Milliseconds. */
const PATIENCE_MS = 30_000;

/** Asks the endpoints of an arm that this router has, as its proxy threads would. */
export class Prober {
  readonly #registry: Pick<Registry, 'endpointsIn'>;
  readonly #trust: BackendTrust;
  readonly #names = new Names();

  constructor(registry: Pick<Registry, 'endpointsIn'>, tls: BackendTlsSettings) {
    this.#registry = registry;
    this.#trust = new BackendTrust(tls);
  }

  reload(tls: BackendTlsSettings): void {
    this.#trust.replace(tls);
  }

  /** Null: each answers well. */
  async probe({ route, selectors, arm, path }: AskedProbe): Promise<string | null> {
    const split = splitOf(route, selectors);
    const endpoints = split === null ? [] : this.#registry.endpointsIn(route, split, arm);
    if (endpoints.length === 0) return `there is no endpoint of ${selectors[arm]}`;
    const [host = ''] = route.split('/', 1);
    return probe(endpoints, {
      trust: this.#trust,
      lookup: this.#names.lookUp,
      // Any name that a wildcard stands for.
      host: host.replace('*', `probe-${randomUUID().slice(0, 8)}`),
      path,
      patience: PATIENCE_MS,
    });
  }
}

/** As if the route were shared out so; null: that is no split. */
export function splitOf(route: string, selectors: readonly string[]): Split | null {
  const read = readSplit({ arms: selectors.map((selector) => ({ selector, weight: 1 })) }, route);
  return read.ok ? read.split : null;
}
