import type { RouteMessage } from '../bus/route-message.ts';
import { backendIdentity, type Endpoint } from '../routing/endpoint.ts';
import { sameEndpoint } from './endpoint-equality.ts';
import type { Slots } from './slots.ts';

interface Backend {
  readonly slot: number;
  newest: Endpoint;
  /** Pools it is a member of. */
  uses: number;
}

/**
 * The backends behind the pools: one slot each, kept while any pool has the backend, and one endpoint object
 * for all pools that hold the same content.
 */
export class Backends {
  readonly #backends = new Map<string, Backend>();
  readonly #slots: Slots;

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  get count(): number {
    return this.#backends.size;
  }

  /** The endpoint of a message, counted as one more use; `full` when every slot is taken. */
  acquire(message: RouteMessage, staleThreshold: number): Endpoint | 'full' {
    const identity = backendIdentity(message);
    let backend = this.#backends.get(identity);
    if (backend === undefined) {
      const slot = this.#slots.take();
      if (slot === 'full') return 'full';
      backend = { slot, newest: endpointOf(message, slot, staleThreshold), uses: 0 };
      this.#backends.set(identity, backend);
    } else if (!sameEndpoint(backend.newest, message, staleThreshold)) {
      backend.newest = endpointOf(message, backend.slot, staleThreshold);
    }
    backend.uses++;
    return backend.newest;
  }

  release(endpoint: Endpoint): void {
    const identity = backendIdentity(endpoint);
    const backend = this.#backends.get(identity);
    if (backend === undefined || --backend.uses > 0) return;
    this.#backends.delete(identity);
    this.#slots.free(backend.slot);
  }
}

function endpointOf(message: RouteMessage, slot: number, staleThreshold: number): Endpoint {
  const { uris: _, ...endpoint } = message;
  return { ...endpoint, slot, staleThreshold };
}
