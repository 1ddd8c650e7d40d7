import type { JsonObject } from '../../decisions/decision.ts';
import type { Registry } from '../../registry/registry.ts';
import { type ArmCount, countArms } from '../../routing/arm-counts.ts';
import { holdFor } from '../../routing/hold.ts';
import { MOST_ARMS, MOST_WEIGHT, type Split, splitJson } from '../../routing/split.ts';
import { selectedOf } from '../../tcp/policy/tcp-arms.ts';
import type { TcpRoutes } from '../tcp/tcp-routes.ts';
import type { SplitRoute } from './split-route.ts';

/** What keeps a route from being held for the one that has it, and what to do instead. */
interface NoHold {
  readonly kind: 'no-hold';
  readonly why: string;
  readonly hint: string;
}

/** A split as JSON has it. */
interface Hold {
  readonly kind: 'hold';
  readonly value: JsonObject;
}

/** The tables whose routes are split. */
export class SplitTables {
  readonly #http: Pick<Registry, 'setSplit' | 'armsOf' | 'appsOf'>;
  readonly #tcp: Pick<TcpRoutes, 'setSplit' | 'backendsOf'> | null;

  /** @param tcp null: this router has no TCP ports */
  constructor(
    http: Pick<Registry, 'setSplit' | 'armsOf' | 'appsOf'>,
    tcp: Pick<TcpRoutes, 'setSplit' | 'backendsOf'> | null,
  ) {
    this.#http = http;
    this.#tcp = tcp;
  }

  /** Whether there is a table for routes of this kind. */
  has({ kind }: SplitRoute): boolean {
    return kind === 'http' || this.#tcp !== null;
  }

  /**
   * From here on the route's traffic is shared out so, also if it comes later. Answers whether there is anything that
   * threads have yet to be told. @param split null: it is taken back
   */
  set(route: SplitRoute, split: Split | null): boolean {
    if (route.kind === 'http') return this.#http.setSplit(route.text, split);
    return this.#tcp?.setSplit(route.name, split) ?? false;
  }

  arms(route: SplitRoute, split: Split): ArmCount[] {
    if (route.kind === 'http') return this.#http.armsOf(route.text, split);
    return countArms(split, (this.#tcp?.backendsOf(route.name) ?? []).map(selectedOf));
  }

  isEmpty(route: SplitRoute): boolean {
    if (route.kind === 'http') return this.#http.appsOf(route.text).length === 0;
    return (this.#tcp?.backendsOf(route.name) ?? []).length === 0;
  }

  /** The split that gives the route to the application that has it, and nothing to what comes. */
  holdOf(route: SplitRoute): Hold | NoHold {
    return route.kind === 'http' ? this.#holdOfApp(route.text) : this.#noHoldOf(route);
  }

  #holdOfApp(key: string): Hold | NoHold {
    const apps = this.#http.appsOf(key);
    const [incumbent = '', other] = apps;
    const split = incumbent === '' || other !== undefined ? null : holdFor(incumbent, key);
    if (split !== null) return { kind: 'hold', value: splitJson(split) as JsonObject };
    const what = apps.length === 0 ? 'no endpoints' : 'no application of its own, or several';
    const hint = 'say with cellgate split set who gets what';
    return { kind: 'no-hold', why: `${key} has ${what}`, hint };
  }

  /** Its backends are nobody's: who has it is said by their addresses, which do not change by themselves. */
  #noHoldOf(route: SplitRoute & { readonly kind: 'tcp' }): NoHold {
    const backends = this.#tcp?.backendsOf(route.name) ?? [];
    const why = `${route.text} ${backends.length === 0 ? 'has no backends' : 'does not say of which application its backends are'}`;
    const weight = Math.floor(MOST_WEIGHT / Math.max(1, backends.length));
    const arms = backends.map(({ host, port }) => {
      return `addr:${host.includes(':') ? `[${host}]` : host}:${port}=${weight}`;
    });
    const all = arms.length > 0 && arms.length < MOST_ARMS ? arms.join(' ') : 'addr:IP:PORT=WEIGHT ...';
    return { kind: 'no-hold', why, hint: `cellgate split set ${route.text} ${all} rest=0` };
  }
}
