import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { monotonic } from '../monotonic.ts';

/** Between two attempts to reach a bus that is away. */
const PAUSE_MS = 200;
const BEAT_MS = 1000;

/**
 * The registering agents of a platform. What they announce they say at once, again with every heartbeat, and all of it
 * when the bus has come back or a router says that it starts.
 */
export class Agents {
  readonly #port: number;
  readonly #beats: number;
  readonly #frames = new Map<string, string>();
  readonly #flushes: ((at: number) => void)[] = [];
  #socket: Socket | null = null;
  #received = '';
  #beat = 0;

  /** @param heartbeat seconds between two announcements of one endpoint */
  constructor(port: number, heartbeat: number) {
    this.#port = port;
    this.#beats = heartbeat;
    void this.#stay();
    setInterval(() => this.#onBeat(), BEAT_MS).unref();
  }

  /** @param key whose announcement it is: the next one takes its place */
  announce(key: string, message: object): void {
    const frame = frameOf('register', message);
    this.#frames.set(key, frame);
    this.#socket?.write(frame);
  }

  /** It says nothing more, and not that it goes either. */
  silence(key: string): void {
    this.#frames.delete(key);
  }

  /** It goes, and says so. @param message as it was announced */
  withdraw(key: string, message: object): void {
    this.#frames.delete(key);
    this.#socket?.write(frameOf('unregister', message));
  }

  /** Resolves with the time at which the bus had handed on all that was said, `monotonic`; waits for the bus. */
  async flushed(): Promise<number> {
    while (this.#socket === null) await delay(PAUSE_MS / 10);
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#flushes.push(resolve);
    this.#socket.write('PING\r\n');
    return promise;
  }

  async #stay(): Promise<never> {
    for (;;) {
      const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
      try {
        await once(socket, 'data');
        await this.#serve(socket);
      } catch {
        // Away. A look is taken again.
      }
      socket.destroy();
      this.#socket = null;
      await delay(PAUSE_MS);
    }
  }

  /** Until the bus goes away. */
  async #serve(socket: Socket): Promise<void> {
    this.#received = '';
    socket.setEncoding('latin1').on('data', (text: string) => this.#onText(socket, text));
    socket.on('error', () => socket.destroy());
    const closed = once(socket, 'close');
    socket.write('CONNECT {"verbose":false,"pedantic":false,"name":"agents"}\r\nSUB router.start 1\r\n');
    socket.write([...this.#frames.values()].join(''));
    this.#socket = socket;
    await closed;
  }

  #onText(socket: Socket, text: string): void {
    const lines = (this.#received + text).split('\r\n');
    this.#received = lines.pop()!;
    for (const line of lines) {
      if (line === 'PONG') this.#flushes.shift()?.(monotonic());
      else if (line === 'PING') socket.write('PONG\r\n');
      else if (line.startsWith('MSG router.start')) socket.write([...this.#frames.values()].join(''));
      else if (line.startsWith('-ERR')) process.stderr.write(`the bus says ${line}\n`);
    }
  }

  /** A share of all, so that they come spread evenly, as those of many cells do. */
  #onBeat(): void {
    this.#beat = (this.#beat + 1) % this.#beats;
    if (this.#socket === null) return;
    const frames = [...this.#frames.values()].filter((_, at) => at % this.#beats === this.#beat);
    this.#socket.write(frames.join(''));
  }
}

function frameOf(verb: string, message: object): string {
  const payload = JSON.stringify(message);
  return `PUB router.${verb} ${Buffer.byteLength(payload)}\r\n${payload}\r\n`;
}
