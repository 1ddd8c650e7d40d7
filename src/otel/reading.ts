/** One figure of the router, by its name. */
export type Reading = CounterReading | HistogramReading;

interface Named {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
}

export interface CounterReading extends Named {
  /** `counter` only grows, `sum` goes up and down and adds up over routers, `gauge` does not add up. */
  readonly kind: 'counter' | 'sum' | 'gauge';
  readonly points: readonly Point[];
}

export interface Point {
  readonly attributes: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface HistogramReading extends Named {
  readonly kind: 'histogram';
  /** Upper ends of the buckets, ascending. */
  readonly bounds: readonly number[];
  /** One more than those. */
  readonly counts: readonly number[];
  readonly sum: number;
}
