/** Bounds of one head. */
export interface HeadLimits {
  /** Bytes of the whole head, start line included. */
  readonly bytes: number;
  /** Header lines. */
  readonly fields: number;
  /** Bytes of the request target. RFC 9112 §3 asks for at least 8000. */
  readonly target: number;
}
