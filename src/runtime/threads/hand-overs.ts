import type { Socket } from 'node:net';
import type { MessagePort } from 'node:worker_threads';
import { cut } from '../../network/cut.ts';
import type { ConnectionLoads } from './connection-loads.ts';
import type { Entry, HandOver } from './thread-messages.ts';

/** Evens out what the kernel spreads unevenly: a thread hands a new connection over to one that has fewer. */
export class HandOvers {
  readonly #thread: number;
  readonly #loads: ConnectionLoads;
  readonly #serve: (socket: Socket, entry: Entry) => boolean;
  readonly #peers = new Map<number, MessagePort>();

  /** @param serve `false`: the entry is not open on this thread, and the connection was left alone */
  constructor(thread: number, loads: ConnectionLoads, serve: (socket: Socket, entry: Entry) => boolean) {
    this.#thread = thread;
    this.#loads = loads;
    this.#serve = serve;
  }

  addPeer(thread: number, line: MessagePort): void {
    this.#peers.get(thread)?.close();
    this.#peers.set(thread, line);
    line.on('message', (handOver: HandOver) => this.#take(handOver, thread, line));
    // Its thread died: a connection handed over now would be lost.
    line.on('close', () => {
      if (this.#peers.get(thread) === line) this.#peers.delete(thread);
    });
    line.unref();
  }

  /** For a connection that was accepted on this thread and not read from. */
  place(socket: Socket, entry: Entry): void {
    const owner = this.#loads.claim(this.#thread);
    const line = owner === this.#thread ? undefined : this.#peers.get(owner);
    if (line === undefined) {
      if (owner !== this.#thread) this.#loads.move(owner, this.#thread);
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
    this.#loads.move(this.#thread, sender);
    send(line, { socket, entry, returned: true });
  }

  #refuse(socket: Socket): void {
    this.#loads.remove(this.#thread);
    cut(socket);
  }

  #begin(socket: Socket, entry: Entry): boolean {
    socket.setNoDelay(true);
    if (!this.#serve(socket, entry)) return false;
    socket.on('close', () => this.#loads.remove(this.#thread));
    return true;
  }
}

function send(line: MessagePort, handOver: HandOver): void {
  line.postMessage(handOver, [handOver.socket]);
}
