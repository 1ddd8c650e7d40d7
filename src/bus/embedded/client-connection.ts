import type { Socket } from 'node:net';
import { on } from '../../boundary/events.ts';
import { after, every, soon } from '../../boundary/timers.ts';
import type { FlushQueue } from '../../time/flush-queue.ts';
import { CatchUp } from './catch-up.ts';
import { type ClientOutput, ClientSession, type SharedBus } from './client-session.ts';
import { FirstLine } from './first-line.ts';
import type { WaitingClient } from './gate.ts';
import { OutgoingBatch } from './outgoing-batch.ts';
import { ClientProtocolParser } from './protocol.ts';

export interface ConnectionLimits {
  /** Bytes of header block and payload together. */
  readonly maxPayload: number;
  /** Bytes a client that has stopped to read may leave unread before it is cut off; eight times as many for any other. */
  readonly maxPending: number;
  /** Milliseconds. */
  readonly pingInterval: number;
  /** Milliseconds a client has to log in, where it has to. */
  readonly loginTimeout: number;
}

/** A batch of this many bytes is written without waiting for the end of the turn. */
const FULL_BATCH = 64 * 1024;
/** Who publishes to a subscriber that has this part of `maxPending` still to read waits until it has read it. */
const BEHIND_SHARE = 1 / 4;
const MOST_PENDING = 8;
/** What a client has to read its last bytes and close its side. */
const LINGER_MS = 1000;

/**
 * One connected client: moves bytes between its socket, the parser and the session. Until the gate lets it in it has been
 * greeted and nothing else: its first line is read, which may be the router's, and then nothing more.
 */
export class ClientConnection implements ClientOutput, WaitingClient {
  readonly kind = 'connection';
  readonly owner = this;
  readonly #socket: Socket;
  readonly #bus: SharedBus;
  readonly #limits: ConnectionLimits;
  readonly #flushQueue: FlushQueue;
  readonly #session: ClientSession;
  readonly #parser: ClientProtocolParser;
  readonly #batch = new OutgoingBatch();
  /** Pieces that the socket has not been given yet, as it has enough to write. */
  #backlog: Buffer[] = [];
  #backlogBytes = 0;
  readonly #catchUp = new CatchUp(this);
  /** Subscribers this one waits for. */
  #waitsFor = 0;
  #pingTimer: NodeJS.Timeout | undefined;
  readonly #loginTimer: NodeJS.Timeout | undefined;
  #lingerTimer: NodeJS.Timeout | undefined;
  readonly #firstLine = new FirstLine();
  /** Left: it has ended its side while it was held, and what it had sent before is still dealt with in its turn. */
  #state: 'greeted' | 'held' | 'left' | 'open' | 'closing' = 'greeted';

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
    this.#parser = new ClientProtocolParser(this.#session, limits.maxPayload, {
      begin: (bytes) => bus.unfinished.hold(this, bytes),
      end: () => bus.unfinished.letGo(this),
    });
    if (bus.credentials !== undefined) {
      this.#loginTimer = after(limits.loginTimeout, this, () => this.#loginDue());
    }
    on(socket, 'data', this, (chunk: Buffer) => this.#read(chunk));
    on(socket, 'drain', this, () => this.#onDrain());
    on(socket, 'end', this, () => this.#onEnd());
    // Nothing to do: 'close' follows.
    on(socket, 'error', this, () => {});
    on(socket, 'close', this, () => {
      this.close();
      this.#catchUp.end();
      clearTimeout(this.#lingerTimer);
    });
    this.sendLine(info);
    bus.gate.line(this);
  }

  get heldBytes(): number {
    return this.#firstLine.byteLength;
  }

  serve(): void {
    const hasLeft = this.#state === 'left';
    this.#bus.unfinished.letGo(this);
    this.#state = 'open';
    // Not while it waits: its PONG would not be read.
    this.#pingTimer = every(this.#limits.pingInterval, this, () => this.#session.pingDue());
    if (this.heldBytes > 0) this.#parse(this.#firstLine.take());
    if (hasLeft) this.close();
    // It may wait for a subscriber by now.
    else if (this.#waitsFor === 0) this.#socket.resume();
  }

  sendLine(line: string): void {
    if (this.#state === 'closing') return;
    this.#awaitFlush();
    this.#batch.addLine(line);
  }

  sendMessage(line: string, message: Buffer, publisher: ClientOutput): void {
    if (this.#state !== 'open') return;
    this.#awaitFlush();
    this.#batch.addMessage(line, message);
    if (this.#batch.length >= FULL_BATCH) this.flush();
    const isBehind = this.#pending > this.#limits.maxPending * BEHIND_SHARE;
    if (isBehind && this.#socket.writableNeedDrain) this.#catchUp.hold(publisher);
  }

  wait(): void {
    if (this.#waitsFor++ === 0) this.#socket.pause();
  }

  goOn(): void {
    if (--this.#waitsFor === 0) this.#socket.resume();
  }

  fail(error: string): void {
    this.sendLine(`-ERR '${error}'\r\n`);
    this.close();
  }

  shed(): void {
    this.fail('Slow Publisher');
  }

  /** Sends what is waiting and ends the connection. */
  close(): void {
    if (this.#state === 'closing') return;
    this.#state = 'closing';
    this.#bus.gate.leave(this);
    this.#bus.unfinished.letGo(this);
    this.#firstLine.take();
    this.#parser.stop();
    this.#session.close();
    clearInterval(this.#pingTimer);
    clearTimeout(this.#loginTimer);
    this.#lingerTimer = after(LINGER_MS, this, () => this.#socket.destroy());
    this.flush();
    this.#write(this.#backlog.length);
    this.#socket.end();
  }

  /** A fault of our own: the client may connect anew. */
  panic(): void {
    this.#parser.stop();
    this.#socket.destroy();
  }

  flush(): void {
    if (this.#batch.length === 0) return;
    this.#backlogBytes += this.#batch.length;
    for (const piece of this.#batch.take()) this.#backlog.push(piece);
    if (!this.#socket.writableNeedDrain) this.#write(1);
    const { maxPending } = this.#limits;
    if (this.#state !== 'open' || this.#pending <= maxPending) return;
    if (!this.#catchUp.isGivenUp && this.#pending <= maxPending * MOST_PENDING) return;
    this.#bus.stats.slowConsumers++;
    this.fail('Slow Consumer');
  }

  #read(chunk: Buffer): void {
    if (this.#state !== 'greeted') this.#parse(chunk);
    else if (this.#firstLine.add(chunk)) this.#judge();
  }

  /** The first line is there. */
  #judge(): void {
    const { gate, unfinished } = this.#bus;
    if (gate.isRouter(this.#firstLine.connectText)) {
      gate.leave(this);
      this.serve();
      return;
    }
    this.#state = 'held';
    this.#socket.pause();
    unfinished.hold(this, this.heldBytes);
    gate.line(this);
  }

  /** Who is held was in time: whether it may log in is found when it is served. Where the loop stood still, what came in time is read first. */
  #loginDue(): void {
    soon(this, () => {
      if (this.#state !== 'held' && this.#state !== 'left') this.#session.loginDue();
    });
  }

  #parse(chunk: Buffer): void {
    const violation = this.#parser.push(chunk);
    if (violation !== undefined) this.fail(violation);
  }

  /** Bytes the client has yet to read, as far as is known here. */
  get #pending(): number {
    return this.#backlogBytes + this.#socket.writableLength;
  }

  #onEnd(): void {
    if (this.#state === 'held') this.#state = 'left';
    else this.close();
  }

  #onDrain(): void {
    this.#catchUp.progress();
    if (this.#backlog.length > 0) this.#write(1);
    // Else it tells again.
    if (!this.#socket.writableNeedDrain) this.#catchUp.end();
  }

  /** At least so many pieces, and then as many as the socket likes to have: it tells when these are written. */
  #write(least: number): void {
    const socket = this.#socket;
    let written = 0;
    socket.cork();
    for (const piece of this.#backlog) {
      if (written >= least && socket.writableNeedDrain) break;
      socket.write(piece);
      this.#backlogBytes -= piece.length;
      written++;
    }
    socket.uncork();
    this.#backlog = written === this.#backlog.length ? [] : this.#backlog.slice(written);
  }

  #awaitFlush(): void {
    if (this.#batch.length === 0) this.#flushQueue.add(this);
  }
}
