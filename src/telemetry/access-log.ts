import sonicBoom from 'sonic-boom';

/** Bytes gathered before they are written, and the longest a line waits when traffic is thin. */
const BATCH_BYTES = 32 * 1024;
const FLUSH_INTERVAL_MS = 250;
/** Bytes waiting for a disk that does not take them; beyond this, lines are dropped and counted. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/** Where access-log lines go. Writing never waits for the disk. */
export interface AccessLog {
  write(line: string): void;
  close(): void;
}

export const NO_ACCESS_LOG: AccessLog = { write() {}, close() {} };

/** Appends to a file; several threads may append to the same one, each write is whole lines. */
export function openAccessLog(path: string, onDropped: (lines: number) => void): AccessLog {
  const file = new sonicBoom.SonicBoom({
    dest: path,
    append: true,
    mkdir: false,
    mode: 0o644,
    minLength: BATCH_BYTES,
    periodicFlush: FLUSH_INTERVAL_MS,
    maxLength: MAX_WAITING_BYTES,
    sync: false,
  });
  file.on('drop', () => onDropped(1));
  // A full disk must not end the thread: what could not be written is retried with the next batch.
  file.on('error', () => {});
  return {
    write(line) {
      file.write(`${line}\n`);
    },
    close() {
      file.end();
    },
  };
}
