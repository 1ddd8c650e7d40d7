import { inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';
import { after, soon } from '../../boundary/timers.ts';
import type { TcpPort } from '../../tcp/table/route.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { checkPortIsFree } from './port-check.ts';

const RETRY_MS = 1000;

export interface TcpPortsOptions {
  readonly host: string;
  readonly threads: number;
  /** The port's routes at present. */
  view(port: number): TcpPort;
  send(ports: readonly TcpPort[]): void;
  readonly log: ComponentLog;
}

interface Opening {
  /** `blocked`: somebody else has it; tried again and again. */
  state: 'checking' | 'blocked' | 'opening' | 'open';
  /** Lanes of the threads that have it open. */
  readonly lanes: Set<number>;
}

/** The ports that proxy threads have open, kept in step with the table: one turn's changes travel together. */
export class TcpPorts {
  readonly #options: TcpPortsOptions;
  readonly #openings = new Map<number, Opening>();
  readonly #changed = new Set<number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #state: 'running' | 'stopped' = 'running';

  constructor(options: TcpPortsOptions) {
    this.#options = options;
  }

  /** For the routes page and metrics. */
  states(): [port: number, state: Opening['state']][] {
    return Array.from(this.#openings, ([port, { state }]) => [port, state]);
  }

  changed(port: number): void {
    if (this.#changed.size === 0) soon(ONE_ROUND, () => this.#flush());
    this.#changed.add(port);
  }

  /** For a thread that starts. */
  snapshot(): TcpPort[] {
    const ports: TcpPort[] = [];
    for (const [port, { state }] of this.#openings) {
      if (state === 'opening' || state === 'open') ports.push(this.#options.view(port));
    }
    return ports;
  }

  /** A thread has opened a port, or could not. */
  onListening(port: number, error: string, lane: number): void {
    const opening = this.#openings.get(port);
    if (opening === undefined || opening.state === 'blocked') return;
    if (error !== '') {
      this.#options.send([{ port, routes: null }]);
      this.#block(port, opening, error);
      return;
    }
    opening.lanes.add(lane);
    if (opening.state !== 'opening' || opening.lanes.size < this.#options.threads) return;
    opening.state = 'open';
    this.#options.log.info('tcp-port-open', { port });
  }

  /** The thread in that lane has ended. */
  settle(lane: number): void {
    for (const { lanes } of this.#openings.values()) lanes.delete(lane);
  }

  stop(): void {
    this.#state = 'stopped';
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #flush(): void {
    const updates: TcpPort[] = [];
    for (const port of this.#changed) {
      const view = this.#options.view(port);
      const opening = this.#openings.get(port);
      if (view.routes === null) {
        if (opening === undefined) continue;
        this.#openings.delete(port);
        this.#options.log.info('tcp-port-closed', { port });
        updates.push(view);
      } else if (opening === undefined) this.#begin(port);
      else if (opening.state === 'open' || opening.state === 'opening') updates.push(view);
    }
    this.#changed.clear();
    if (updates.length > 0) this.#options.send(updates);
  }

  #begin(port: number): void {
    const opening: Opening = { state: 'checking', lanes: new Set() };
    this.#openings.set(port, opening);
    this.#checkSoon(port, opening);
  }

  #checkSoon(port: number, opening: Opening): void {
    const owner = {
      kind: 'part' as const,
      panic: (error: unknown) => this.#block(port, opening, String(error)),
    };
    inBackground(owner, this.#check(port, opening));
  }

  async #check(port: number, opening: Opening): Promise<void> {
    const { host, send, view } = this.#options;
    try {
      await checkPortIsFree(host, port, 'the route');
    } catch (error) {
      this.#block(port, opening, (error as Error).message);
      return;
    }
    if (this.#openings.get(port) !== opening || this.#state === 'stopped') return;
    opening.state = 'opening';
    opening.lanes.clear();
    send([view(port)]);
  }

  #block(port: number, opening: Opening, error: string): void {
    if (this.#openings.get(port) !== opening) return;
    if (opening.state !== 'blocked') this.#options.log.error('tcp-port-blocked', { port, error });
    opening.state = 'blocked';
    if (this.#state === 'stopped') return;
    const timer = after(RETRY_MS, ONE_ROUND, () => {
      this.#timers.delete(timer);
      if (this.#openings.get(port) === opening) this.#checkSoon(port, opening);
    });
    this.#timers.add(timer);
  }
}
