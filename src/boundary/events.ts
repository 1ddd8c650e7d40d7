import type { EventEmitter } from 'node:events';
import { giveUp } from './boundary.ts';
import type { Owner } from './owner.ts';

// biome-ignore lint/suspicious/noExplicitAny: an event's arguments are whatever its emitter gives
type Handler = (...args: any[]) => void;

/** Of Node's emitters, and the ports between threads, which are none. */
interface Emitter {
  on(event: string, handler: Handler): unknown;
  once(event: string, handler: Handler): unknown;
}

/** The one way to hear of what sockets, servers, sessions, streams, workers and processes tell. */
export function on(emitter: Emitter, event: string, owner: Owner, handler: Handler): Handler {
  const guarded = guard(owner, handler);
  emitter.on(event, guarded);
  return guarded;
}

/** See `on`. Answers what `emitter.off` takes. */
export function once(emitter: Emitter, event: string, owner: Owner, handler: Handler): Handler {
  const guarded = guard(owner, handler);
  emitter.once(event, guarded);
  return guarded;
}

/** Nobody is to hear of it any more, nor is it to hold on to anybody. Without anyone who listens an error would end the thread. */
export function silence(emitter: EventEmitter): void {
  emitter.removeAllListeners();
  emitter.on('error', ignore);
}

function ignore(): void {}

/** No event has more than four arguments that anybody here looks at; a rest parameter would be an array for each. */
function guard(owner: Owner, handler: Handler): Handler {
  return (a, b, c, d) => {
    try {
      handler(a, b, c, d);
    } catch (error) {
      giveUp(owner, error);
    }
  };
}
