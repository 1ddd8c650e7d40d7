import type { Socket } from 'node:net';
import type { Owner } from '../../boundary/owner.ts';
import { Deadline } from '../../time/deadline.ts';
import type { HttpProxy } from '../http-proxy.ts';

/** Connections of a thread in front of their first request: beyond this the one that takes longest gives way. */
const MAX_WAITING = 2048;

/** Where connections are before HTTP is spoken: for some time, and not too many of them. */
export class WaitingRoom {
  readonly #proxy: HttpProxy;
  #waiting = 0;

  constructor(proxy: HttpProxy) {
    this.#proxy = proxy;
  }

  /** The connection is cut when it does not leave in time, or must give way. Answers how it leaves; also when it closes. */
  enter(raw: Socket): () => void {
    const { deadlines } = this.#proxy;
    if (this.#waiting >= MAX_WAITING) deadlines.entering.expireFirst();
    this.#waiting++;
    const owner: Owner = { kind: 'connection', panic: () => raw.destroy() };
    const deadline = new Deadline(owner, () => raw.destroy());
    deadlines.entering.arm(deadline, this.#proxy.now);
    let isHere = true;
    const leave = () => {
      if (!isHere) return;
      isHere = false;
      this.#waiting--;
      deadline.disarm();
      raw.off('close', leave);
    };
    raw.on('close', leave);
    return leave;
  }
}
