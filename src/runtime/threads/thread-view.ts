import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Session } from '../../http/account/session.ts';
import type { HttpProxy } from '../../http/proxy/http-proxy.ts';
import { REQUESTS } from '../../telemetry/counters.ts';
import { systemTime } from '../../time/wall-clock.ts';
import type { TcpService } from '../tcp/tcp-service.ts';
import { countSessions, liveSessions } from './live-sessions.ts';
import type { Look, Seen, ThreadState } from './look.ts';
import { ThreadFigures } from './thread-figures.ts';

export interface ThreadViewParts {
  readonly proxy: HttpProxy;
  /** Null: no TCP router. */
  readonly tcp: TcpService | null;
}

/** What a thread says of itself when it is asked. */
export class ThreadView {
  readonly #parts: ThreadViewParts;
  readonly #figures: ThreadFigures;
  /** The row that it counts in was another thread's before. */
  readonly #requestsBefore: number;

  constructor(parts: ThreadViewParts) {
    this.#parts = parts;
    const { counters } = parts.proxy.context;
    this.#requestsBefore = counters.get(REQUESTS);
    this.#figures = new ThreadFigures(performance.now(), () => {
      const { user, system } = process.threadCpuUsage();
      return { requests: counters.get(REQUESTS), cpu: user + system };
    });
  }

  /** Call it every 100 ms. */
  tick(): void {
    const now = performance.now();
    this.#figures.tick(now);
    this.#parts.proxy.ledger.apps.tick(now);
  }

  see(look: Look): Seen[keyof Seen] {
    const { ledger } = this.#parts.proxy;
    switch (look.of) {
      case 'rejected':
        return ledger.rejections.latest();
      case 'errors':
        return ledger.errors.since(systemTime(), look.minutes);
      case 'sessions':
        return this.#sessions(look);
      case 'state':
        return this.#state();
      case 'apps':
        return ledger.apps.tell(new Set(look.apps), look.busiest);
    }
  }

  #sessions({ older, most, route, app }: Extract<Look, { of: 'sessions' }>): Seen['sessions'] {
    const found: Session[] = [];
    const { proxy, tcp } = this.#parts;
    for (const session of liveSessions(proxy, tcp, performance.now(), older)) {
      if (route !== '' && session.route !== route) continue;
      if (app === '' || session.app === app) found.push(session);
    }
    return { sessions: found.toSorted((a, b) => b.age - a.age).slice(0, most), all: found.length };
  }

  #state(): ThreadState {
    const { proxy, tcp } = this.#parts;
    const now = performance.now();
    const {
      used_heap_size: heapUsed,
      heap_size_limit: heapLimit,
      external_memory: external,
    } = getHeapStatistics();
    return {
      ...this.#figures.pace(now),
      connections: proxy.downstreams.size + (tcp?.proxy.relays.size ?? 0),
      inFlight: countSessions(proxy, tcp),
      requests: proxy.context.counters.get(REQUESTS) - this.#requestsBefore,
      heapUsed,
      heapLimit,
      external,
    };
  }
}
