import { type ChildProcess, fork } from 'node:child_process';
import type { Teardown } from '../socket/teardown.ts';
import { ReaderDied, type ReplyReading } from './reading.ts';
import type { Taken } from './taken.ts';

/** A request that the child is to make. */
export interface ToNghttp2 {
  readonly id: number;
  readonly port: number;
  readonly host: string;
  readonly method: string;
  readonly patience: number;
}

export type FromNghttp2 =
  | { readonly kind: 'ready'; readonly port: number }
  | { readonly kind: 'taken'; readonly where: string; readonly start: string; readonly body: string }
  | { readonly kind: 'reply'; readonly id: number; readonly reading: ReplyReading };

/** nghttp2 as node:http2 has it, without a proxy: a server that is its own application, and a client. */
export class Nghttp2 {
  deaths = 0;
  /** Of the server. */
  port = 0;
  readonly #taken: Taken;
  readonly #asked = new Map<number, (reading: ReplyReading | null) => void>();
  #child: ChildProcess | null = null;
  #starting: Promise<void> | null = null;
  #isOver = false;
  #count = 0;

  static async start(teardown: Teardown, taken: Taken): Promise<Nghttp2> {
    const nghttp2 = new Nghttp2(taken);
    await nghttp2.revive();
    teardown.after(() => nghttp2.#stop());
    return nghttp2;
  }

  private constructor(taken: Taken) {
    this.#taken = taken;
  }

  /** To be called when it is gone: resolves when another takes its place. */
  async revive(): Promise<void> {
    if (this.#child !== null) return;
    this.#starting ??= this.#start().finally(() => {
      this.#starting = null;
    });
    await this.#starting;
  }

  /** @throws ReaderDied */
  async ask(port: number, host: string, method: string, patience: number): Promise<ReplyReading> {
    const id = ++this.#count;
    if (this.#child === null) throw new ReaderDied();
    const { promise, resolve } = Promise.withResolvers<ReplyReading | null>();
    this.#asked.set(id, resolve);
    this.#child.send({ id, port, host, method, patience } satisfies ToNghttp2);
    const reading = await promise;
    if (reading === null) throw new ReaderDied();
    return reading;
  }

  async #start(): Promise<void> {
    const child = fork(new URL('nghttp2-child.ts', import.meta.url), {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const { promise: ready, resolve } = Promise.withResolvers<void>();
    child.on('message', (message: FromNghttp2) => {
      if (message.kind === 'taken') this.#taken.add(message.where, message.start, message.body);
      else if (message.kind === 'reply') this.#answer(message.id, message.reading);
      else {
        this.port = message.port;
        this.#child = child;
        resolve();
      }
    });
    child.on('error', () => {});
    child.on('exit', () => {
      this.#child = null;
      if (!this.#isOver) this.deaths++;
      for (const id of [...this.#asked.keys()]) this.#answer(id, null);
      resolve();
    });
    await ready;
  }

  #answer(id: number, reading: ReplyReading | null): void {
    this.#asked.get(id)?.(reading);
    this.#asked.delete(id);
  }

  #stop(): void {
    this.#isOver = true;
    this.#child?.kill('SIGKILL');
  }
}
