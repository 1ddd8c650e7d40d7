import sonicBoom from 'sonic-boom';

/** Characters gathered before they are handed to the file, and the longest a line waits when traffic is thin. */
const BATCH_CHARACTERS = 16 * 1024;
const FLUSH_INTERVAL_MS = 250;
/** Bytes waiting for a disk that does not take them; beyond this, batches are dropped and their lines counted. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/** Where access-log lines go. Writing never waits for the disk. */
export interface AccessLog {
  write(line: string): void;
  close(): void;
}

export const NO_ACCESS_LOG: AccessLog = { write() {}, close() {} };

/** Appends to a file; several threads may append to the same one, each write is whole lines. */
export class AccessLogFile implements AccessLog {
  readonly #file: InstanceType<typeof sonicBoom.SonicBoom>;
  readonly #timer: NodeJS.Timeout;
  #batch = '';
  #lines = 0;

  constructor(path: string, onDropped: (lines: number) => void) {
    this.#file = new sonicBoom.SonicBoom({
      dest: path,
      append: true,
      mode: 0o644,
      maxLength: MAX_WAITING_BYTES,
      sync: false,
    });
    this.#file.on('drop', () => onDropped(this.#lines));
    // A full disk must not end the thread: what could not be written is tried again with the next batch.
    this.#file.on('error', () => {});
    this.#timer = setInterval(() => this.#handOver(), FLUSH_INTERVAL_MS);
  }

  write(line: string): void {
    this.#batch += `${line}\n`;
    this.#lines++;
    if (this.#batch.length >= BATCH_CHARACTERS) this.#handOver();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#handOver();
    this.#file.end();
  }

  #handOver(): void {
    if (this.#lines === 0) return;
    this.#file.write(this.#batch);
    this.#batch = '';
    this.#lines = 0;
  }
}
