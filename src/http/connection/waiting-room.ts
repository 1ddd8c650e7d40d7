import type { Socket } from 'node:net';
import { once } from '../../boundary/events.ts';
import { Deadline } from '../../time/deadline.ts';
import type { ProxyContext } from '../proxy-context.ts';
import { ownerOf } from './socket-owner.ts';

/** Connections of a thread in front of their first request: beyond this the one that takes longest gives way. */
const MAX_WAITING = 2048;

/** Where connections are before HTTP is spoken: for some time, and not too many of them. */
export class WaitingRoom {
  readonly #context: ProxyContext;
  #waiting = 0;

  constructor(context: ProxyContext) {
    this.#context = context;
  }

  /** The connection is cut when it does not leave in time, or must give way. Answers how it leaves; also when it closes. */
  enter(raw: Socket): () => void {
    const { deadlines } = this.#context;
    if (this.#waiting >= MAX_WAITING) deadlines.entering.expireFirst();
    this.#waiting++;
    const owner = ownerOf(raw);
    const deadline = new Deadline(owner, () => raw.destroy());
    deadlines.entering.arm(deadline, this.#context.now);
    let isHere = true;
    const leave = () => {
      if (!isHere) return;
      isHere = false;
      this.#waiting--;
      deadline.disarm();
      raw.off('close', onClose);
    };
    const onClose = once(raw, 'close', owner, leave);
    return leave;
  }
}
