/** Bounds of one head. */
export interface HeadLimits {
  /** Bytes of the whole head, start line included. */
  readonly bytes: number;
  /** Header lines. */
  readonly fields: number;
  /** Bytes of the request target. RFC 9112 §3 asks for at least 8000. */
  readonly target: number;
}

/** Of a head that is refused, what is kept to tell of it. */
export const TOLD_BYTES = 8 * 1024;
