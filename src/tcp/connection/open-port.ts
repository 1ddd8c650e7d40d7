import { LivePort } from '../policy/live-port.ts';
import { LiveRoute } from '../policy/live-route.ts';
import type { TcpRoute } from '../table/route.ts';
import type { PortListener } from './port-listener.ts';
import type { TcpSettings } from './settings.ts';
import { WaitingLine } from './waiting-line.ts';

export interface OpenPortOptions {
  readonly thread: number;
  readonly settings: TcpSettings;
  readonly listener: PortListener;
  /** Whether connections begin with a PROXY header. */
  readonly expectsHeader: boolean;
}

/** One port as one thread has it open: its listener, its routes, and who waits for a backend of theirs. */
export class OpenPort {
  readonly listener: PortListener;
  readonly expectsHeader: boolean;
  readonly live = new LivePort();
  readonly line: WaitingLine;
  readonly #options: OpenPortOptions;

  constructor(options: OpenPortOptions) {
    this.#options = options;
    this.listener = options.listener;
    this.expectsHeader = options.expectsHeader;
    this.line = new WaitingLine(options.settings.queueLength);
  }

  /** These and no others. */
  replace(routes: readonly TcpRoute[]): void {
    const names = new Set(routes.map(({ sni }) => sni));
    this.change(
      routes,
      [...this.live.names].filter((sni) => !names.has(sni)),
    );
  }

  /** Routes that are new or different, and names that have none any more. */
  change(routes: readonly TcpRoute[], gone: readonly string[]): void {
    for (const sni of gone) this.live.delete(sni);
    for (const route of routes) this.live.set(route.sni, this.#live(route));
    // Who waits may have another backend now, or none to wait for.
    this.line.serve();
  }

  #live(route: TcpRoute): LiveRoute {
    const { settings, thread } = this.#options;
    const known = this.live.get(route.sni);
    if (known !== undefined) return known.next(route);
    return new LiveRoute(route, settings.balancing, settings.maxConnectionsPerBackend, thread);
  }
}
