import { isDeepStrictEqual } from 'node:util';

/** What is said of an endpoint on the bus. */
export interface Registration {
  readonly host: string;
  readonly port: number;
  readonly uris: readonly string[];
  readonly app?: string;
  readonly private_instance_id?: string;
  readonly private_instance_index?: string;
  readonly availability_zone?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly options?: Options;
}

export interface Options {
  readonly loadbalancing?: 'round-robin' | 'least-connection' | 'hash';
  readonly hash_header?: string;
  readonly hash_balance?: number;
  /** Seconds. */
  readonly request_timeout?: number;
  readonly route_policy_scope?: string;
  readonly route_policy_sources?: string;
}

type Shown = Readonly<Record<string, unknown>>;
export type Routes = Readonly<Record<string, readonly Shown[]>>;

/** The route table as it follows from what was said on the bus: the last word of each route about each address. */
export class Announced {
  readonly #ttl: number;
  /** By route, then by address. */
  readonly #routes = new Map<string, Map<string, Shown>>();

  /** @param ttl `droplet_stale_threshold` in seconds */
  constructor(ttl: number) {
    this.#ttl = ttl;
  }

  register(said: Registration): void {
    const endpoint = shown(said, this.#ttl);
    for (const uri of said.uris) {
      const route = this.#routes.get(uri);
      if (route === undefined) this.#routes.set(uri, new Map([[addressOf(said), endpoint]]));
      else route.set(addressOf(said), endpoint);
    }
  }

  /** As also when its heartbeats have stayed away for too long. */
  unregister(said: Registration): void {
    for (const uri of said.uris) {
      const route = this.#routes.get(uri);
      route?.delete(addressOf(said));
      if (route?.size === 0) this.#routes.delete(uri);
    }
  }

  /** As `/routes` is to show it, the order of endpoints left open. */
  routes(): Routes {
    return Object.fromEntries(Array.from(this.#routes, ([uri, route]) => [uri, [...route.values()]]));
  }
}

/** Routes that are not the same in both tables, each with what there is instead. */
export function differences(actual: Routes, expected: Routes): string[] {
  const uris = new Set([...Object.keys(actual), ...Object.keys(expected)]);
  const found: string[] = [];
  for (const uri of uris) {
    const [there, due] = [inOrder(actual[uri]), inOrder(expected[uri])];
    if (isDeepStrictEqual(there, due)) continue;
    found.push(`${uri} is ${JSON.stringify(there)}, not ${JSON.stringify(due)}`);
  }
  return found;
}

function addressOf({ host, port }: Registration): string {
  return `${host}:${port}`;
}

function shown(said: Registration, ttl: number): Shown {
  const { options = {} } = said;
  const { loadbalancing, hash_header, hash_balance, request_timeout } = options;
  const { route_policy_scope, route_policy_sources } = options;
  return {
    address: addressOf(said),
    availability_zone: said.availability_zone ?? '',
    protocol: 'http1',
    tls: false,
    ttl,
    tags: said.tags ?? null,
    ...(said.private_instance_id && { private_instance_id: said.private_instance_id }),
    ...(loadbalancing && { load_balancing_algorithm: loadbalancing }),
    ...(request_timeout && { request_timeout }),
    ...(hash_header && { hash_header }),
    ...(hash_balance && { hash_balance }),
    ...(route_policy_scope && { route_policy_scope }),
    ...(route_policy_sources && { route_policies: route_policy_sources.split(',') }),
  };
}

function inOrder(endpoints: readonly Shown[] | undefined): readonly Shown[] | undefined {
  return endpoints?.toSorted((a, b) => (String(a['address']) < String(b['address']) ? -1 : 1));
}
