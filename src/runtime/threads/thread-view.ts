import type { HttpProxy } from '../../http/proxy/http-proxy.ts';
import type { Look, Seen } from './look.ts';

export interface ThreadViewParts {
  readonly proxy: HttpProxy;
}

/** What a thread says of itself when it is asked. Nothing is done for it before. */
export class ThreadView {
  readonly #parts: ThreadViewParts;

  constructor(parts: ThreadViewParts) {
    this.#parts = parts;
  }

  see(look: Look): Seen[keyof Seen] {
    const { proxy } = this.#parts;
    switch (look.of) {
      case 'rejected':
        return proxy.ledger.rejections.latest();
    }
  }
}
