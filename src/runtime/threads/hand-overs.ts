import type { Socket } from 'node:net';
import type { MessagePort } from 'node:worker_threads';
import { giveUp } from '../../boundary/boundary.ts';
import { on } from '../../boundary/events.ts';
import { ONE_MESSAGE, type Owner } from '../../boundary/owner.ts';
import { cut } from '../../network/cut.ts';
import { forgetWhenClosed } from '../../network/forget-when-closed.ts';
import type { ConnectionLoads } from './connection-loads.ts';
import type { Entry, HandOver } from './thread-messages.ts';

/** Behind the last connection that a thread hands over to one that leaves. */
const NO_MORE = 'no-more';

/** Evens out what the kernel spreads unevenly: a thread hands a new connection over to one that has fewer. */
export class HandOvers {
  readonly #lane: number;
  readonly #loads: ConnectionLoads;
  readonly #serve: (socket: Socket, entry: Entry) => boolean;
  /** Connections accepted on this thread, so far. */
  placed = 0;
  readonly #peers = new Map<number, MessagePort>();
  /** Lines by which connections may come. */
  readonly #givers = new Set<MessagePort>();

  /** @param serve `false`: the entry is not open on this thread, and the connection was left alone */
  constructor(lane: number, loads: ConnectionLoads, serve: (socket: Socket, entry: Entry) => boolean) {
    this.#lane = lane;
    this.#loads = loads;
    this.#serve = serve;
  }

  /** Whether no other thread hands a connection over to this one any more. */
  get isAlone(): boolean {
    return this.#givers.size === 0;
  }

  addPeer(lane: number, line: MessagePort): void {
    this.#peers.get(lane)?.close();
    this.#peers.set(lane, line);
    this.#givers.add(line);
    on(line, 'message', ONE_MESSAGE, (message: HandOver | typeof NO_MORE) => {
      if (message === NO_MORE) this.#givers.delete(line);
      else this.#take(message, lane, line);
    });
    // Its thread has ended: a connection handed over now would be lost.
    on(line, 'close', ONE_MESSAGE, () => {
      this.#givers.delete(line);
      if (this.#peers.get(lane) === line) this.#peers.delete(lane);
    });
    line.unref();
  }

  /** That thread, which leaves, gets no more connections from this one. It may still have some for this one. */
  removePeer(lane: number): void {
    this.#peers.get(lane)?.postMessage(NO_MORE);
    this.#peers.delete(lane);
  }

  /** For a connection that was accepted on this thread and not read from. */
  place(socket: Socket, entry: Entry): void {
    this.placed++;
    if (socket.remoteAddress === undefined) {
      // It was reset while it waited in the kernel. To be told so by reading from it costs two thirds more.
      socket.destroy();
      return;
    }
    const owner = this.#loads.claim(this.#lane);
    const line = owner === this.#lane ? undefined : this.#peers.get(owner);
    if (line === undefined) {
      if (owner !== this.#lane) this.#loads.move(owner, this.#lane);
      if (!this.#begin(socket, entry)) this.#refuse(socket);
    } else {
      send(line, { socket, entry, returned: false });
    }
  }

  /** Counted already by the thread that handed it over. */
  #take({ socket, entry, returned }: HandOver, sender: number, line: MessagePort): void {
    if (this.#begin(socket, entry)) return;
    if (returned) {
      this.#refuse(socket);
      return;
    }
    // A TCP port that this thread has not opened yet: the one that accepted the connection has.
    this.#loads.move(this.#lane, sender);
    send(line, { socket, entry, returned: true });
  }

  #refuse(socket: Socket): void {
    this.#loads.remove(this.#lane);
    cut(socket);
  }

  #begin(socket: Socket, entry: Entry): boolean {
    const connection: Owner = { kind: 'connection', panic: () => cut(socket) };
    try {
      if (!this.#serve(socket, entry)) return false;
    } catch (error) {
      giveUp(connection, error);
    }
    forgetWhenClosed(socket, connection, () => this.#loads.remove(this.#lane));
    return true;
  }
}

function send(line: MessagePort, handOver: HandOver): void {
  line.postMessage(handOver, [handOver.socket]);
}
