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
  /** Threads that have it open. */
  threads: number;
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
    if (this.#changed.size === 0) setImmediate(() => this.#flush());
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
  onListening(port: number, error: string): void {
    const opening = this.#openings.get(port);
    if (opening === undefined || opening.state === 'blocked') return;
    if (error !== '') {
      this.#options.send([{ port, routes: null }]);
      this.#block(port, opening, error);
      return;
    }
    opening.threads++;
    if (opening.state !== 'opening' || opening.threads < this.#options.threads) return;
    opening.state = 'open';
    this.#options.log.info('tcp-port-open', { port });
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
    const opening: Opening = { state: 'checking', threads: 0 };
    this.#openings.set(port, opening);
    this.#check(port, opening);
  }

  #check(port: number, opening: Opening): void {
    const { host, send, view } = this.#options;
    checkPortIsFree(host, port, 'the route').then(
      () => {
        if (this.#openings.get(port) !== opening || this.#state === 'stopped') return;
        opening.state = 'opening';
        opening.threads = 0;
        send([view(port)]);
      },
      (error: Error) => {
        if (this.#openings.get(port) === opening) this.#block(port, opening, error.message);
      },
    );
  }

  #block(port: number, opening: Opening, error: string): void {
    if (opening.state !== 'blocked') this.#options.log.error('tcp-port-blocked', { port, error });
    opening.state = 'blocked';
    if (this.#state === 'stopped') return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (this.#openings.get(port) === opening) this.#check(port, opening);
    }, RETRY_MS);
    this.#timers.add(timer);
  }
}
