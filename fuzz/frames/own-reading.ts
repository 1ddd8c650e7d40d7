/** What was heard of one stream, in the words of HTTP/1.1. */
export interface HeardStream {
  readonly id: number;
  /** Of 1xx, and of the message; see `headText`. */
  readonly interim: string[];
  head: string | null;
  /** Why it is not taken, though it is well-formed; empty: it is. */
  fault: string;
  body: string;
  trailers: string | null;
  /** Whether the message came to its end. */
  isWhole: boolean;
  /** Who gave it up, with which code; empty: nobody, or the end of the connection. */
  reset: string;
}

/** What our own engine made of a connection. */
export interface OwnReading {
  readonly streams: readonly HeardStream[];
  /** `GOES_ON`, or the error with which it was ended, and why. */
  readonly connection: string;
  /** Of messages that were none. */
  readonly flaws: readonly string[];
  /** Bytes that the other side may still send on each stream that is open, and over all (0). */
  readonly credit: ReadonlyMap<number, number>;
  /** All frames that were written. */
  readonly written: Buffer;
  /** What was thrown, and what is left behind when the connection is gone; each a sentence. */
  readonly faults: readonly string[];
}

export function heardStream(id: number): HeardStream {
  return { id, interim: [], head: null, fault: '', body: '', trailers: null, isWhole: false, reset: '' };
}

/**
 * For readings that must be the same: all of it but credit, which is given back as the bytes come, and how much is heard
 * of a body that is given up.
 */
export function transcriptOf({ streams, connection, flaws, written, faults }: OwnReading): string {
  const heard = streams.map((stream) =>
    stream.isWhole || stream.reset === '' ? stream : { ...stream, body: '' },
  );
  return JSON.stringify([heard, connection, flaws, withoutCredit(written), faults]);
}

const HEAD_BYTES = 9;
const WINDOW_UPDATE = 8;

function withoutCredit(written: Buffer): string {
  let text = '';
  for (let at = 0; at + HEAD_BYTES <= written.length; ) {
    const end = at + HEAD_BYTES + written.readUIntBE(at, 3);
    if (written[at + 3] !== WINDOW_UPDATE) text += written.toString('latin1', at, end);
    at = end;
  }
  return text;
}
