/** What came of the cases so far. */
export interface FramesTally {
  cases: number;
  /** Requests and responses that our engine took, whole. */
  taken: number;
  /** Streams on which it took none. */
  untaken: number;
  /** Connections that it ended. */
  ended: number;
  /** Messages that nghttp2 took as well. */
  alike: number;
  /** Header blocks on one table, beside. */
  tables: number;
  /** How often a case has ended the process of nghttp2. */
  deaths: number;
  /** Bytes of the heap that stay in use: early in the run, and after it. */
  heapBefore: number;
  heapAfter: number;
}

export function newTally(): FramesTally {
  return {
    ...{ cases: 0, taken: 0, untaken: 0, ended: 0, alike: 0, tables: 0, deaths: 0 },
    ...{ heapBefore: 0, heapAfter: 0 },
  };
}
