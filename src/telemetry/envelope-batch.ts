import { LONGEST_DATAGRAM } from './backward-writer.ts';

/**
 * Envelopes on their way from the thread that makes them to the one that sends them: written from the end of the memory to
 * its beginning, each behind its length. Who has the memory owns it: it goes there and comes back.
 */
export const BATCH_BYTES = 4 * LONGEST_DATAGRAM;
export const LENGTH_BYTES = 4;

/** Plain data: it crosses between threads. */
export interface EnvelopeBatch {
  readonly memory: ArrayBuffer;
  /** Where the last envelope lies, which is the first there. */
  readonly from: number;
  readonly count: number;
}

/** In the order in which they were made. */
export function envelopesOf({ memory, from, count }: EnvelopeBatch): Buffer[] {
  const bytes = Buffer.from(memory);
  const envelopes = new Array<Buffer>(count);
  let at = from;
  for (let index = count - 1; index >= 0; index--) {
    const begin = at + LENGTH_BYTES;
    at = begin + bytes.readUInt32LE(at);
    envelopes[index] = bytes.subarray(begin, at);
  }
  return envelopes;
}
