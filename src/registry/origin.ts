/**
 * Who spoke of an endpoint last. The same object for all endpoints of which the same is to be said: a table has as
 * many of these as there are sources, not as there are endpoints.
 */
export type Origin =
  /** A message on the bus. */
  | { readonly kind: 'bus'; readonly text: string }
  | { readonly kind: 'routing-api'; readonly text: string }
  /** An operator, who says that it is there `until` then (Unix milliseconds), whatever agents are silent about it. */
  | { readonly kind: 'operator'; readonly text: string; readonly who: string; readonly until: number }
  /** Nobody yet, in this process; `verified`: TLS tells whether it is still who it was. `text`: who did before. */
  | { readonly kind: 'snapshot'; readonly text: string; readonly verified: boolean };

export const BUS: Origin = { kind: 'bus', text: 'nats router.register' };
export const ROUTING_API: Origin = { kind: 'routing-api', text: 'api routing-api' };

/** What an operator has said of endpoints. */
export interface StaticOrder {
  readonly who: string;
  /** Unix milliseconds. */
  readonly until: number;
}

export function operatorOrigin({ who, until }: StaticOrder): Origin {
  return { kind: 'operator', text: `operator ${who}`, who, until };
}

/** Longest text of an origin that is taken over from a snapshot, in characters. */
const LONGEST = 200;
/** Texts that are kept apart; whoever writes a snapshot by hand gets no more. */
const MOST = 1000;

/** The origins of what is restored, one object for each text. */
export class RestoredOrigins {
  readonly #verified = new Map<string, Origin>();
  readonly #plain = new Map<string, Origin>();

  of(text: string, verified: boolean): Origin {
    const known = verified ? this.#verified : this.#plain;
    const short = text.slice(0, LONGEST);
    let origin = known.get(short);
    if (origin === undefined) {
      origin = { kind: 'snapshot', text: short, verified };
      if (known.size < MOST) known.set(short, origin);
    }
    return origin;
  }
}
