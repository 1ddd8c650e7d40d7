/** What becomes of a request, in the order in which it is decided. Plain data: it crosses from thread to thread. */
export interface Explanation {
  readonly request: { readonly method: string; readonly host: string; readonly path: string };
  /** Keys that were looked for, in their order. */
  readonly tried: readonly { readonly key: string; readonly found: boolean }[];
  /** The route's key; null: there is none. */
  readonly route: string | null;
  /** What the router answers itself; null: an endpoint is asked. */
  readonly answer: ExplainedAnswer | null;
  /** The rule of the route's policy that lets the caller in or keeps it out; empty: there is none. */
  readonly rule: string;
  /** Host of the route service that is asked first; empty: none. */
  readonly service: string;
  /** The instance that the request names; empty: none. */
  readonly pin: string;
  /** The instance of its session; empty: it has none. */
  readonly session: string;
  readonly algorithm: string;
  /** Null where there is no route. */
  readonly algorithmFrom: Origin | null;
  readonly split: ExplainedSplit | null;
  readonly endpoints: readonly ExplainedEndpoint[];
  /** Endpoints beyond those that are listed. */
  readonly more: number;
  readonly limits: readonly ExplainedLimit[];
}

export interface ExplainedAnswer {
  readonly status: number;
  /** X-Cf-RouterError; empty: none. */
  readonly routerError: string;
  readonly why: string;
}

interface ExplainedSplit {
  readonly key: string;
  readonly arms: readonly {
    readonly arm: string;
    readonly weight: number;
    readonly endpoints: number;
    /** 0 to 1. */
    readonly odds: number;
  }[];
}

export interface ExplainedEndpoint {
  readonly address: string;
  readonly instance: string;
  readonly app: string;
  readonly zone: string;
  /** Empty: the route has no split, or none that takes it. */
  readonly arm: string;
  readonly state: 'ready' | 'failed' | 'full' | 'draining' | 'held' | 'no weight';
  readonly inFlight: number;
  /** 0 to 1. */
  readonly odds: number;
}

/** Where a value comes from. */
export interface Origin {
  /** `gorouter.yml`: the file the router was started with, whatever its name. */
  readonly from: 'built-in' | 'gorouter.yml' | 'message:options';
  /** By which it is set there. */
  readonly key: string;
}

export interface ExplainedLimit extends Origin {
  readonly name: string;
  readonly unit: 'ms' | 'count' | 'bytes';
  /** 0: there is no limit. */
  readonly value: number;
}
