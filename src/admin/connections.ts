import type { Socket } from 'node:net';
import { once } from '../boundary/events.ts';
import type { Owner } from '../boundary/owner.ts';

/** Of one listener. */
export const MOST_CONNECTIONS = 64;

/** `quiet`: no request is under way. `asking`: one is, of nobody known. `known`: one of a caller who is. */
type State = 'quiet' | 'asking' | 'known';

interface Entry {
  readonly key: unknown;
  readonly socket: Socket;
  state: State;
}

/**
 * The connections of a listener, a bounded number. Where they are all there are, the one that has been quiet, or
 * unknown, for longest makes room: strangers must not keep operators out.
 */
export class Connections {
  /** Those of which least has been heard of lately first. */
  readonly #open = new Map<unknown, Entry>();

  opened(socket: Socket): void {
    const key = keyOf(socket);
    if (this.#open.size >= MOST_CONNECTIONS && !this.#makeRoom()) {
      socket.destroy();
      return;
    }
    this.#open.set(key, { key, socket, state: 'quiet' });
    const owner: Owner = { kind: 'connection', panic: () => socket.destroy() };
    once(socket, 'close', owner, () => {
      if (this.#open.get(key)?.socket === socket) this.#open.delete(key);
    });
  }

  /** False: the connection must end, since it is no longer there, or asks again before it was answered. */
  begin(socket: Socket): boolean {
    const entry = this.#open.get(keyOf(socket));
    if (entry?.state !== 'quiet') return false;
    this.#become(entry, 'asking');
    return true;
  }

  /** The request that is under way is of a caller who is known. */
  recognise(socket: Socket): void {
    const entry = this.#open.get(keyOf(socket));
    if (entry !== undefined) this.#become(entry, 'known');
  }

  end(socket: Socket): void {
    const entry = this.#open.get(keyOf(socket));
    if (entry !== undefined) this.#become(entry, 'quiet');
  }

  /** Whether a request is under way. */
  isBusy(socket: Socket): boolean {
    const state = this.#open.get(keyOf(socket))?.state ?? 'quiet';
    return state !== 'quiet';
  }

  /** All of them. */
  drop(): void {
    for (const { socket } of this.#open.values()) socket.destroy();
  }

  #become(entry: Entry, state: State): void {
    entry.state = state;
    this.#open.delete(entry.key);
    this.#open.set(entry.key, entry);
  }

  #makeRoom(): boolean {
    for (const [key, { socket, state }] of this.#open) {
      if (state === 'known') continue;
      this.#open.delete(key);
      socket.destroy();
      return true;
    }
    return false;
  }
}

/**
 * The same for a TCP connection and for TLS over it, which are two sockets to Node. A client may connect from one port
 * to each of this machine's addresses.
 */
function keyOf(socket: Socket): unknown {
  const { remoteAddress, remotePort, localAddress } = socket;
  return remotePort === undefined ? socket : `${remoteAddress} ${remotePort} ${localAddress}`;
}
