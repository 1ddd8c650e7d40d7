import { fstatSync } from 'node:fs';
import sonicBoom from 'sonic-boom';
import { guarded } from '../boundary/boundary.ts';
import { on } from '../boundary/events.ts';
import { ONE_MESSAGE } from '../boundary/owner.ts';
import { after, soon } from '../boundary/timers.ts';
import { LineBatch } from './line-batch.ts';
import { openPipe } from './open-pipe.ts';

/** Where a log's lines go. */
export interface LogDestination {
  write(line: string): void;
  /** Writes what is pending before it returns. */
  flush(): void;
  /** Resolves when all is written in its order, or after a while in which nobody read it. */
  settle?(): Promise<void>;
}

/**
 * What one thread holds back while nobody reads; lines beyond are lost and counted. In one turn it reads 2 MiB from the
 * bus, and says seven times as much of thousands of new routes. Bytes.
 */
const MAX_PENDING = 16 << 20;

/** PIPE_BUF: a pipe takes this much in one piece, so the lines of several threads do not mix. Bytes. */
const MAX_WRITE = 4096;
/** A file takes any in one piece; what comes in one turn is to leave in the next. Bytes. */
const MAX_WRITE_TO_FILE = 8 << 20;

const SETTLE_LIMIT_MS = 1000;

/** Of 100 ms each, when a pipe that does not block is full. */
const FLUSH_RETRIES = 5;

/** Lines of one turn are handed over together, up to so many bytes: the library copies what it has to put together. */
const MAX_BATCH = 4 << 20;

/** Standard output, opened anew by every thread. @param reportLost told of lines that did not fit, once there is room again */
export function standardOutput(reportLost: (lines: number) => void): LogDestination {
  let state: 'open' | 'closed' = 'open';
  let lost = 0;
  let retries = Number.POSITIVE_INFINITY;
  const maxWrite = isFile(1) ? MAX_WRITE_TO_FILE : MAX_WRITE;
  const maxBatch = Math.min(maxWrite, MAX_BATCH);
  const batch = new LineBatch(maxBatch);
  /** Lines of the piece that was handed over last. */
  let handed = 0;
  const stream = new sonicBoom.SonicBoom({
    fd: openPipe('/dev/fd/1') ?? 1,
    sync: false,
    maxLength: MAX_PENDING,
    maxWrite,
    retryEAGAIN: () => retries-- > 0,
    // Of text it asks for the length of all that waits, with every piece.
    contentMode: 'buffer',
  });
  // The types know of text only; in this mode the library takes buffers alone.
  const pieces = stream as unknown as { write(piece: Buffer): boolean };
  on(stream, 'error', ONE_MESSAGE, (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') state = 'closed';
  });
  on(stream, 'drop', ONE_MESSAGE, () => {
    lost += handed;
  });
  on(stream, 'drain', ONE_MESSAGE, () => {
    if (lost === 0) return;
    const lines = lost;
    lost = 0;
    reportLost(lines);
  });
  const handOver = (): void => {
    if (batch.lines === 0) return;
    handed = batch.lines;
    const piece = batch.take();
    if (state === 'open') pieces.write(piece);
  };
  return {
    write(line) {
      if (state === 'closed') return;
      if (!batch.hasRoomFor(line)) handOver();
      if (batch.lines === 0) soon(ONE_MESSAGE, handOver);
      batch.add(line);
    },
    settle() {
      handOver();
      if (state === 'closed') return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      const limit = after(SETTLE_LIMIT_MS, ONE_MESSAGE, resolve);
      stream.flush(guarded(ONE_MESSAGE, () => resolve()));
      return promise.finally(() => clearTimeout(limit));
    },
    flush() {
      if (state === 'closed') return;
      retries = FLUSH_RETRIES;
      try {
        handOver();
        stream.flushSync();
      } catch {
        // Nobody reads: there is nowhere to say so.
      }
      retries = Number.POSITIVE_INFINITY;
    },
  };
}

/** A write takes a turn of the thread, however little it is. */
function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    return false;
  }
}
