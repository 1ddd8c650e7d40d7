/** What nghttp2 is to read. */
export interface ToRead {
  /** What a client says; otherwise a server, to a request with the method. */
  readonly isClient: boolean;
  readonly method: string;
  readonly bytes: Uint8Array;
}

/** A message that it took, whole: names and values in turn. */
export interface TakenMessage {
  readonly stream: number;
  readonly head: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[] | null;
}

export interface Nghttp2Reading {
  readonly taken: readonly TakenMessage[];
  /** Whether it has ended the connection. */
  readonly isOver: boolean;
  /** All that it wrote. */
  readonly written: Uint8Array;
}

export interface ToChild {
  readonly batch: readonly ToRead[];
}

export interface FromChild {
  readonly readings: readonly Nghttp2Reading[];
}
