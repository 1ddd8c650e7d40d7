import { Duplex } from 'node:stream';

/** A connection in memory: `push` is what arrives, what is written goes nowhere. */
export class Wire extends Duplex {
  constructor() {
    super({ decodeStrings: false });
  }

  override _read(): void {}

  override _write(_chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    done();
  }

  /** `node:http` asks its sockets for these. */
  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }
}

/** All that `node:http` has put off until the turn ends has happened afterwards. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
