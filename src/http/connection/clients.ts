import { type Live, LiveSet } from '../../network/live-set.ts';
import type { ServeDownstream, ServedDownstream } from '../downstream.ts';

/** A client's connection, whatever is spoken over it. */
interface ClientConnection extends Live {
  /** Who sends requests over it: at any time one, or one for each stream that is open. */
  readonly served: readonly ServedDownstream[];
  /** Whether there is no request under way. */
  readonly isIdle: boolean;
  /** No more requests: an idle connection ends now, others after their response. */
  drain(): void;
  destroy(): void;
}

/** The clients' connections of a thread, and who serves their requests. */
export class Clients {
  readonly live = new LiveSet<ClientConnection>();
  readonly serve: ServeDownstream;

  constructor(serve: ServeDownstream) {
    this.serve = serve;
  }
}
