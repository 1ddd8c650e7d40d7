/** One process of an application, at an address that another had before and will have after it. */
export interface Instance {
  readonly id: string;
  readonly app: string;
  readonly index: string;
  /** `host:port` */
  readonly address: string;
}

/** Who says to have answered a request, and where. Times are of the clock that all processes share, in milliseconds. */
export interface Answer extends Instance {
  /** The route's. */
  readonly host: string;
  /** When the backend had the head of the request, which may be that of a second attempt. */
  readonly at: number;
  /** When the client sent it. */
  readonly sentAt: number;
  /** `app:index` of the instance that the request was for; empty: of any. */
  readonly pin: string;
}

export type Verdict =
  /** It had the route. */
  | 'right'
  /** It had just left the route, and the router could not know yet. */
  | 'late'
  /** Another had just left the route at this address, and the router could not know yet. */
  | 'in the window'
  | 'wrong application'
  /** Of the application that was asked for, but without the route. */
  | 'wrong instance'
  | 'not the one pinned';

export interface Judgement {
  readonly verdict: Verdict;
  /** Milliseconds since the bus had been told that whoever had the route at this address left it; 0 if none did. */
  readonly after: number;
}

interface Stay {
  readonly instance: string;
  readonly from: number;
  to: number;
}

/** Who had which route at what address, and when: what answers are held against. */
export class Ledger {
  readonly #window: number;
  readonly #owners = new Map<string, Set<string>>();
  /** By host and address, in the order of their beginnings. */
  readonly #stays = new Map<string, Stay[]>();

  /** @param window milliseconds a router is given to hear of a change, once the bus has been told */
  constructor(window: number) {
    this.#window = window;
  }

  /** @param from when its registration was said, at the earliest */
  arrive(host: string, { id, app, address }: Instance, from: number): void {
    const owners = this.#owners.get(host);
    if (owners === undefined) this.#owners.set(host, new Set([app]));
    else owners.add(app);
    const key = `${host} ${address}`;
    const stays = this.#stays.get(key);
    const stay = { instance: id, from, to: Number.POSITIVE_INFINITY };
    if (stays === undefined) this.#stays.set(key, [stay]);
    else stays.push(stay);
  }

  /** @param to when the bus had handed on that it left, or that another has its place */
  leave(host: string, { id, address }: Instance, to: number): void {
    const stays = this.#stays.get(`${host} ${address}`) ?? [];
    for (const stay of stays) if (stay.instance === id && stay.to > to) stay.to = to;
  }

  judge(answer: Answer): Judgement {
    const judgement = this.#place(answer);
    const { pin, app, index } = answer;
    const hadRoute = judgement.verdict === 'right' || judgement.verdict === 'late';
    return hadRoute && pin !== '' && pin !== `${app}:${index}`
      ? { verdict: 'not the one pinned', after: 0 }
      : judgement;
  }

  #place({ host, address, id, app, at }: Answer): Judgement {
    const before = (this.#stays.get(`${host} ${address}`) ?? []).filter(({ from }) => from <= at);
    const own = before.filter(({ instance }) => instance === id);
    if (own.some(({ to }) => at < to)) return { verdict: 'right', after: 0 };
    const sinceOwn = at - lastEnd(own, at);
    if (sinceOwn <= this.#window) return { verdict: 'late', after: sinceOwn };
    const since = at - lastEnd(before, at);
    if (since <= this.#window) return { verdict: 'in the window', after: since };
    const isOwner = this.#owners.get(host)?.has(app) ?? false;
    const after = Number.isFinite(since) ? since : 0;
    return { verdict: isOwner ? 'wrong instance' : 'wrong application', after };
  }
}

/** Of those that were over; minus infinity when there is none. */
function lastEnd(stays: readonly Stay[], at: number): number {
  return Math.max(...stays.map(({ to }) => (to <= at ? to : Number.NEGATIVE_INFINITY)));
}
