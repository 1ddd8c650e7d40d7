/** Values of a span's attributes. */
export type SpanAttributes = Readonly<Record<string, string | number>>;

/** A span of OpenTelemetry that is over. Plain data: it crosses to the control thread. */
export interface Span {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** 16 of them. */
  readonly spanId: string;
  /** The same; empty: it is the first of its trace. */
  readonly parentId: string;
  /** Whether the parent is another process's. */
  readonly isEntry: boolean;
  /** `server`: what a client asked of the router; `client`: what the router asked of a backend. */
  readonly kind: 'server' | 'client';
  readonly name: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly failed: boolean;
  /** By the names of the semantic conventions for HTTP. */
  readonly attributes: SpanAttributes;
}
