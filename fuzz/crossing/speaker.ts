import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { cut } from '../../src/network/cut.ts';
import { turn } from '../reader/wire.ts';
import { bytesOf, type Part } from './part.ts';

/** How long is waited for something that may not come. */
const MOMENT_MS = 8;
/** Of a long message in tiny pieces: what is left then goes out in one. */
const MOST_PIECES = 200;

/** One end of a connection with the router, which says what it is told and keeps all it hears. */
export class Speaker {
  readonly socket: Socket;
  isClosed = false;
  /** One character a byte. */
  received = '';
  #waiting: (() => void)[] = [];

  constructor(socket: Socket, onData: (text: string) => void = () => {}) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      this.received += text;
      this.#wake();
      onData(text);
    });
    // What is said to a closed connection is lost, as it may be.
    socket.on('error', () => {});
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.isClosed = true;
        this.#wake();
      });
    }
  }

  /** `shift`: what is added to the numbers of streams. */
  async say(parts: readonly Part[], chop: number, host: string, shift = 0): Promise<void> {
    let ready: Buffer[] = [];
    const flush = async () => {
      const bytes = Buffer.concat(ready);
      ready = [];
      if (bytes.length > 0) await this.#write(bytes, chop);
    };
    for (const part of parts) {
      if (part.kind === 'pause') {
        await flush();
        await (part.until === 'turn' ? turn() : this.heard());
      } else if (part.kind === 'close') {
        await flush();
        if (part.how === 'end') this.socket.end();
        else this.reset();
      } else {
        ready.push(bytesOf(part, host, shift));
      }
    }
    await flush();
  }

  reset(): void {
    cut(this.socket);
  }

  /** Resolves when something comes, or after a moment. */
  async heard(): Promise<void> {
    if (this.isClosed) return;
    const timer = new AbortController();
    const woken = new Promise<void>((resolve) => this.#waiting.push(resolve));
    await Promise.race([woken, delay(MOMENT_MS, undefined, { signal: timer.signal }).catch(() => {})]);
    timer.abort();
  }

  async #write(bytes: Buffer, chop: number): Promise<void> {
    let at = 0;
    for (let pieces = 0; chop > 0 && pieces < MOST_PIECES && at < bytes.length; pieces++, at += chop) {
      if (!this.socket.writable) return;
      this.socket.write(bytes.subarray(at, at + chop));
      await turn();
    }
    if (at < bytes.length && this.socket.writable) this.socket.write(bytes.subarray(at));
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }
}
