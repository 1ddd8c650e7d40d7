/** Why a request is kept in mind; `debugged`: whoever made it had a debug token; `tapped`: somebody looks on. */
export type Notable = 'failed' | 'retried' | 'slow' | 'debugged' | 'tapped';

/** An attempt that came to nothing. */
interface RecordedAttempt {
  readonly endpoint: string;
  readonly instance: string;
  /** See `FailureClass`. */
  readonly failure: string;
  /** From the request's head to the attempt's end. Milliseconds. */
  readonly after: number;
}

/** What really happened to a request. Plain data, without anything of its body or its headers. */
export interface RequestRecord {
  readonly id: string;
  readonly why: Notable;
  /** When its head had come. Unix milliseconds. */
  readonly at: number;
  readonly host: string;
  /** Its first line, the query as the access log has it. */
  readonly line: string;
  /** Empty where the access log has none either. */
  readonly client: string;
  readonly status: number;
  /** X-Cf-RouterError, and what else the router had to say; empty: nothing. */
  readonly routerError: string;
  /** Milliseconds. */
  readonly took: number;
  /** Of the last attempt; empty: no endpoint was asked. */
  readonly endpoint: string;
  readonly instance: string;
  readonly app: string;
  readonly attempts: readonly RecordedAttempt[];
}
