/** Clients that read a large object slowly, so many at the same time. */
import { connect, type Socket } from 'node:net';
import { HOST } from '../../target.ts';
import { answerCalls } from '../calls.ts';
import { FaultCount, type Faults } from '../faults.ts';
import { ObjectBody } from '../object-body.ts';
import { nextToken } from '../token.ts';

/** Milliseconds between two reads. */
const INTERVAL = 500;

export interface Reading {
  readonly token: string;
  readonly localPort: number;
  /** Body bytes taken from the kernel. */
  readonly taken: number;
}

const readers: SlowReader[] = [];
const faults = new FaultCount();

const calls = {
  /** Each reads so many bytes a second of an object of `bytes`. */
  start(task: { port: number; count: number; bytes: number; perSecond: number }): void {
    for (let index = 0; index < task.count; index++) readers.push(new SlowReader(task));
  },

  progress(): Reading[] {
    return readers.map((reader) => reader.progress);
  },

  /** Goes away; what went wrong until then. */
  stop(): Faults {
    for (const reader of readers.splice(0)) reader.stop();
    return faults.faults;
  },
};
export type SlowReadersCalls = typeof calls;
answerCalls(calls);

class SlowReader {
  readonly #token = nextToken();
  readonly #socket: Socket;
  readonly #body: ObjectBody;
  readonly #timer: NodeJS.Timeout;
  readonly #portion: number;
  /** Bytes of the response head; -1 until it has been read. */
  #headBytes = -1;
  /** Bytes of the body read. */
  #read = 0;
  #stopped = false;

  constructor({ port, bytes, perSecond }: { port: number; bytes: number; perSecond: number }) {
    this.#portion = Math.round((perSecond * INTERVAL) / 1000);
    this.#body = new ObjectBody(this.#token, this.#portion);
    this.#socket = connect({ host: '127.0.0.1', port });
    this.#socket.write(`GET /object/${this.#token}/${bytes} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    // Without a listener nothing is read at all.
    this.#socket.on('readable', () => {});
    this.#socket.on('error', (error) => faults.add(error));
    this.#socket.on('close', () => {
      if (!this.#stopped) faults.add('closed before the end');
    });
    this.#timer = setInterval(() => this.#readPortion(), INTERVAL * (0.9 + Math.random() * 0.2));
  }

  get progress(): Reading {
    return {
      token: this.#token,
      localPort: this.#socket.localPort ?? 0,
      taken: this.#socket.bytesRead - Math.max(0, this.#headBytes),
    };
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#socket.destroy();
  }

  #readPortion(): void {
    const bytes: Buffer | null =
      this.#socket.read(Math.min(this.#portion, this.#socket.readableLength)) ?? null;
    if (bytes === null || bytes.length === 0) return;
    if (this.#headBytes >= 0) {
      this.#check(bytes);
      return;
    }
    const end = bytes.indexOf('\r\n\r\n');
    if (!bytes.toString('latin1').startsWith('HTTP/1.1 200 ') || end < 0) {
      faults.add(bytes.toString('latin1', 0, 30));
      this.stop();
      return;
    }
    this.#headBytes = end + 4;
    this.#check(bytes.subarray(end + 4));
  }

  #check(bytes: Buffer): void {
    if (!this.#body.matches(this.#read, bytes)) {
      faults.add("bytes that are not the object's");
      this.stop();
    }
    this.#read += bytes.length;
  }
}
