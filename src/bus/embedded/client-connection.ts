import type { Socket } from 'node:net';
import { on } from '../../boundary/events.ts';
import type { Owner } from '../../boundary/owner.ts';
import { after, every } from '../../boundary/timers.ts';
import type { FlushQueue } from '../../time/flush-queue.ts';
import { type ClientOutput, ClientSession, type SharedBus } from './client-session.ts';
import { OutgoingBatch } from './outgoing-batch.ts';
import { ClientProtocolParser } from './protocol.ts';

export interface ConnectionLimits {
  /** Bytes of header block and payload together. */
  readonly maxPayload: number;
  /** Bytes a client may leave unread before it is cut off. */
  readonly maxPending: number;
  /** Milliseconds. */
  readonly pingInterval: number;
}

/** A batch of this many bytes is written without waiting for the end of the turn. */
const FULL_BATCH = 64 * 1024;
/**
 * A publisher whose subscriber has this part of `maxPending` still to read is not read from for a moment, as in
 * nats-server: a burst from many publishers must not cut off a subscriber that would keep up in the next turn.
 */
const STALL_SHARE = 1 / 4;
const STALL_MS = 5;
/** What a client has to read its last bytes and close its side. */
const LINGER_MS = 1000;

/** One connected client: moves bytes between its socket, the parser and the session. */
export class ClientConnection implements ClientOutput, Owner {
  readonly kind = 'connection';
  readonly owner = this;
  readonly #socket: Socket;
  readonly #bus: SharedBus;
  readonly #limits: ConnectionLimits;
  readonly #flushQueue: FlushQueue;
  readonly #session: ClientSession;
  readonly #parser: ClientProtocolParser;
  readonly #batch = new OutgoingBatch();
  readonly #pingTimer: NodeJS.Timeout;
  #lingerTimer: NodeJS.Timeout | undefined;
  #state: 'open' | 'closing' = 'open';

  /** `info` is the INFO line for this client. `socket` must allow to be half open. */
  constructor(
    socket: Socket,
    info: string,
    bus: SharedBus,
    limits: ConnectionLimits,
    flushQueue: FlushQueue,
  ) {
    this.#socket = socket;
    this.#bus = bus;
    this.#limits = limits;
    this.#flushQueue = flushQueue;
    this.#session = new ClientSession(bus, this);
    this.#parser = new ClientProtocolParser(this.#session, limits.maxPayload);
    this.#pingTimer = every(limits.pingInterval, this, () => this.#session.pingDue());
    on(socket, 'data', this, (chunk: Buffer) => {
      const violation = this.#parser.push(chunk);
      if (violation !== undefined) this.fail(violation);
    });
    on(socket, 'end', this, () => this.close());
    // Nothing to do: 'close' follows.
    on(socket, 'error', this, () => {});
    on(socket, 'close', this, () => {
      this.close();
      clearTimeout(this.#lingerTimer);
    });
    this.sendLine(info);
  }

  sendLine(line: string): void {
    if (this.#state !== 'open') return;
    this.#awaitFlush();
    this.#batch.addLine(line);
  }

  sendMessage(line: string, message: Buffer): boolean {
    if (this.#state !== 'open') return true;
    this.#awaitFlush();
    this.#batch.addMessage(line, message);
    if (this.#batch.length >= FULL_BATCH) this.flush();
    return this.#socket.writableLength <= this.#limits.maxPending * STALL_SHARE;
  }

  stall(): void {
    if (this.#socket.isPaused()) return;
    this.#socket.pause();
    after(STALL_MS, this, () => this.#socket.resume());
  }

  fail(error: string): void {
    this.sendLine(`-ERR '${error}'\r\n`);
    this.close();
  }

  /** Sends what is waiting and ends the connection. */
  close(): void {
    if (this.#state === 'closing') return;
    this.#state = 'closing';
    this.#parser.stop();
    this.#session.close();
    clearInterval(this.#pingTimer);
    this.#lingerTimer = after(LINGER_MS, this, () => this.#socket.destroy());
    this.flush();
    this.#socket.end();
  }

  /** A fault of our own: the client may connect anew. */
  panic(): void {
    this.#parser.stop();
    this.#socket.destroy();
  }

  flush(): void {
    if (this.#batch.length === 0) return;
    this.#socket.cork();
    for (const piece of this.#batch.take()) this.#socket.write(piece);
    this.#socket.uncork();
    if (this.#state === 'open' && this.#socket.writableLength > this.#limits.maxPending) {
      this.#bus.stats.slowConsumers++;
      this.fail('Slow Consumer');
    }
  }

  #awaitFlush(): void {
    if (this.#batch.length === 0) this.#flushQueue.add(this);
  }
}
