import type { Registration } from './announced.ts';
import type { Random } from './applications.ts';

/** Identities at one crowded address. */
const CROWD = 12;
/** States of the first of them: routes that differ in their options. */
const STATES = 25;
const CROWDED = 10;
/** Routes that several bystanders share. */
const GROUPS = 40;

/** What the platform says; `key` tells whose heartbeats begin, change or end with it. */
export type Word =
  | { readonly verb: 'register'; readonly key: string; readonly message: Registration }
  /** Without a key no heartbeats end. */
  | { readonly verb: 'unregister'; readonly key?: string; readonly message: Registration }
  /** Ends heartbeats and says nothing. */
  | { readonly verb: 'forget'; readonly key: string; readonly message: Registration };

interface Bystander {
  readonly key: string;
  readonly uris: readonly string[];
  readonly address: number;
  /** Of one identity at a crowded address. */
  readonly twin: string | null;
  generation: number;
  variant: number;
  state: 'in' | 'out';
}

/**
 * Endpoints that nobody listens at and nobody asks for: the rest of the platform. Some are alone at their address,
 * some are many at one, and there is one identity with many states at each of those.
 */
export class Bystanders {
  readonly #all: Bystander[];
  readonly #random: Random;

  constructor(count: number, random: Random) {
    this.#random = random;
    this.#all = Array.from({ length: count }, (_, at) => bystander(at));
  }

  /** All of them, for the first time. */
  arrive(): Word[] {
    return this.#all.map((each) => this.#register(each));
  }

  /** A change of one of them. */
  change(): Word {
    const each = this.#all[Math.floor(this.#random() * this.#all.length)]!;
    const chance = this.#random();
    if (each.state === 'out') {
      if (chance < 0.6) each.generation++;
      return this.#register(each);
    }
    if (chance < 0.4) {
      each.variant++;
      return this.#register(each);
    }
    // Another has its place before anybody said that it left.
    if (chance < 0.6 && each.twin === null) {
      each.generation++;
      return this.#register(each);
    }
    each.state = 'out';
    const { key } = each;
    const message = registrationOf(each);
    return { verb: chance > 0.95 ? 'forget' : 'unregister', key, message };
  }

  #register(each: Bystander): Word {
    each.state = 'in';
    return { verb: 'register', key: each.key, message: registrationOf(each) };
  }
}

function bystander(at: number): Bystander {
  const common = { key: `bystander-${at}`, generation: 0, variant: 0, state: 'out' as const };
  const own = `bystander-${at}.rest.test`;
  const perAddress = CROWD + STATES;
  if (at < CROWDED * perAddress) {
    const twin = at % perAddress < STATES ? `twin-${Math.floor(at / perAddress)}` : null;
    return { ...common, uris: [own], address: Math.floor(at / perAddress), twin };
  }
  const uris = at % 3 === 0 ? [own, `group-${at % GROUPS}.rest.test/v${at % 2}`] : [own];
  return { ...common, uris, address: at, twin: null };
}

function registrationOf({ key, uris, address, twin, generation, variant }: Bystander): Registration {
  const policy = { route_policy_scope: 'any', route_policy_sources: `cf:app:${key}-${variant}` };
  // Twins differ in their options alone.
  const others = variant % 3 === 1 ? policy : { request_timeout: 1 + (variant % 50) };
  const identity = twin ?? `${key}-${generation}`;
  return {
    host: `10.${(address >> 16) & 255}.${(address >> 8) & 255}.${address & 255}`,
    port: 61_000,
    uris,
    app: `app-${identity}`,
    private_instance_id: identity,
    private_instance_index: '0',
    availability_zone: `z${address % 3}`,
    tags: { component: 'route-emitter', source_id: identity },
    options: twin === null ? others : policy,
  };
}
