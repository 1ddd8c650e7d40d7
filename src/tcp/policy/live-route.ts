import type { TcpBackend, TcpBalancing, TcpRoute } from '../table/route.ts';
import { sameTls } from '../table/terms.ts';
import { BackendGroup, type BackendState, type Choice, type Seeker, type Sharing } from './backend-group.ts';
import { TcpArms } from './tcp-arms.ts';

/** A route as one thread uses it: chooses backends. */
export class LiveRoute {
  /** Those that connections may be given: all, or those of the split's arms that have weight. */
  readonly #served: BackendGroup;
  /** Null: the route has no split. */
  readonly #arms: TcpArms | null;
  /** As commands write it; empty without a split. */
  readonly #name: string;
  /** Whether TLS with clients ends here, and what they may agree on then. */
  readonly terminates: boolean;
  readonly alpns: readonly string[];
  readonly #sharing: Sharing;
  /** Looks at the arms. */
  #draws = 0;

  /** @param turn where to begin, see `BackendGroup` */
  constructor(route: TcpRoute, balancing: TcpBalancing, maxConnections: number, turn: number) {
    this.#arms = route.split === null ? null : new TcpArms(route.split, route.backends, turn);
    this.#name = route.split?.id ?? '';
    this.#served = new BackendGroup(this.#arms?.served ?? route.backends, turn);
    this.terminates = route.terminates;
    this.alpns = route.alpns;
    this.#sharing = { balancing, maxConnections };
  }

  /** The same route from now on: its turn goes on. */
  next(route: TcpRoute): LiveRoute {
    const { balancing, maxConnections } = this.#sharing;
    return new LiveRoute(route, balancing, maxConnections, this.#served.turn + this.#draws);
  }

  /** Whether nobody is there to be tried. */
  get isEmpty(): boolean {
    return this.#served.backends.length === 0;
  }

  /**
   * Whether a connection that came earlier is still one of the route's. `agreed`: the protocol of its TLS handshake with
   * the router, empty where none was agreed on; `null` where its TLS does not end here.
   */
  suits(agreed: string | null): boolean {
    if (agreed === null) return !this.terminates;
    return this.terminates && (agreed === '' || this.alpns.includes(agreed));
  }

  /** Whether that very backend may be given connections here, and is to be spoken to in the same way. */
  leadsTo(backend: TcpBackend): boolean {
    return this.#served.backends.some((each) => each.seat === backend.seat && isSpokenAlike(each, backend));
  }

  /** A backend neither tried nor failed, or when there is none, one that is only not tried. */
  choose(seeker: Seeker, state: BackendState, nowSecond: number): Choice {
    const chosen = this.#best(seeker, state, nowSecond);
    return chosen === 'none' ? this.#best(seeker, state, Number.POSITIVE_INFINITY) : chosen;
  }

  /** Of which arm of the route a backend is; null: the route has no split. */
  armOf(backend: TcpBackend): { readonly route: string; readonly arm: string } | null {
    const arm = this.#arms?.armOf(backend) ?? null;
    return arm === null ? null : { route: this.#name, arm };
  }

  /** Among whom a connection is given its backend: where one that has tried nobody finds no place, no other does. */
  lotOf({ tried, draw }: Seeker): object {
    return (tried.length === 0 ? this.#arms?.only(draw) : null) ?? this;
  }

  /** A first attempt goes to the arm that is drawn; later ones go to whoever has not been tried, in any arm with weight. */
  #best(seeker: Seeker, state: BackendState, nowSecond: number): Choice {
    if (this.#arms === null || seeker.tried.length > 0) {
      return this.#served.best(seeker, state, nowSecond, this.#sharing);
    }
    this.#draws++;
    return this.#arms.best(seeker, state, nowSecond, this.#sharing);
  }
}

function isSpokenAlike(one: TcpBackend, other: TcpBackend): boolean {
  return one.sendProxy === other.sendProxy && sameTls(one.tls, other.tls);
}
