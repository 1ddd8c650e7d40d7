import { inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';
import { after, soon } from '../../boundary/timers.ts';
import type { TcpPortChange, TcpRoute } from '../../tcp/table/route.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { checkPortIsFree } from './port-check.ts';

const RETRY_MS = 1000;

export interface TcpPortsOptions {
  readonly host: string;
  readonly threads: number;
  /** Whether anybody claims the port. */
  has(port: number): boolean;
  /** The port's routes at present; `null`: nobody claims it. */
  routes(port: number): readonly TcpRoute[] | null;
  route(port: number, sni: string): TcpRoute | null;
  /** Together they are all that has changed in the table since the last time; also when they are none. */
  send(changes: readonly TcpPortChange[]): void;
  readonly log: ComponentLog;
}

interface Opening {
  /** `blocked`: somebody else has it; tried again and again. */
  state: 'checking' | 'blocked' | 'opening' | 'open';
  /** Lanes of the threads that have it open. */
  readonly lanes: Set<number>;
  /** Lanes of those that could not open it though others have; they are told again and again. */
  readonly lacking: Set<number>;
  retry: 'none' | 'planned';
}

/** The ports that proxy threads have open, kept in step with the table: one turn's changes travel together. */
export class TcpPorts {
  readonly #options: TcpPortsOptions;
  readonly #openings = new Map<number, Opening>();
  /** Names whose routes have changed, by port. */
  readonly #changed = new Map<number, Set<string>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** `waiting`: nothing is opened before `begin`. */
  #state: 'waiting' | 'running' | 'stopped' = 'waiting';

  constructor(options: TcpPortsOptions) {
    this.#options = options;
  }

  /** For the routes page and metrics. */
  states(): [port: number, state: Opening['state']][] {
    return Array.from(this.#openings, ([port, { state }]) => [port, state]);
  }

  /** From now on ports are open. */
  begin(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'running';
    if (this.#changed.size > 0) soon(ONE_ROUND, () => this.#flush());
  }

  changed(port: number, sni: string): void {
    if (this.#changed.size === 0 && this.#state !== 'waiting') soon(ONE_ROUND, () => this.#flush());
    const names = this.#changed.get(port);
    if (names === undefined) this.#changed.set(port, new Set([sni]));
    else names.add(sni);
  }

  /** For a thread that starts. */
  snapshot(): TcpPortChange[] {
    const ports: TcpPortChange[] = [];
    for (const [port, opening] of this.#openings) {
      const routes = isKnown(opening) ? this.#options.routes(port) : null;
      if (routes !== null) ports.push({ kind: 'open', port, routes });
    }
    return ports;
  }

  /** A thread has opened a port, or could not. */
  onListening(port: number, error: string, lane: number): void {
    const opening = this.#openings.get(port);
    if (opening === undefined || opening.state === 'blocked') return;
    if (error !== '') {
      this.#onFailure(port, opening, error, lane);
      return;
    }
    opening.lanes.add(lane);
    opening.lacking.delete(lane);
    if (opening.state !== 'opening' || opening.lanes.size < this.#options.threads) return;
    opening.state = 'open';
    this.#options.log.info('tcp-port-open', { port });
  }

  /** The thread in that lane has ended. */
  settle(lane: number): void {
    for (const { lanes, lacking } of this.#openings.values()) {
      lanes.delete(lane);
      lacking.delete(lane);
    }
  }

  stop(): void {
    this.#state = 'stopped';
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** Whatever is sent takes along all that has changed: a batch is applied when everything before it is. */
  #flush(more: readonly TcpPortChange[] = []): void {
    const changes: TcpPortChange[] = [];
    for (const [port, names] of this.#changed) {
      const change = this.#changeOf(port, names);
      if (change !== null) changes.push(change);
    }
    const isEmpty = this.#changed.size === 0 && more.length === 0;
    this.#changed.clear();
    if (!isEmpty) this.#options.send([...changes, ...more]);
  }

  /** `null`: the threads know nothing of the port. */
  #changeOf(port: number, names: ReadonlySet<string>): TcpPortChange | null {
    const { has, route, log } = this.#options;
    const opening = this.#openings.get(port);
    if (!has(port)) {
      if (!this.#openings.delete(port)) return null;
      log.info('tcp-port-closed', { port });
      return { kind: 'closed', port };
    }
    if (opening === undefined) this.#begin(port);
    if (opening === undefined || !isKnown(opening)) return null;
    const changed: TcpRoute[] = [];
    const gone: string[] = [];
    for (const sni of names) {
      const present = route(port, sni);
      if (present === null) gone.push(sni);
      else changed.push(present);
    }
    return { kind: 'changed', port, routes: changed, gone };
  }

  #begin(port: number): void {
    const opening: Opening = { state: 'checking', lanes: new Set(), lacking: new Set(), retry: 'none' };
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
    const { host, routes } = this.#options;
    try {
      await checkPortIsFree(host, port, 'the route');
    } catch (error) {
      this.#block(port, opening, (error as Error).message);
      return;
    }
    const present = routes(port);
    if (this.#openings.get(port) !== opening || this.#state === 'stopped' || present === null) return;
    opening.state = 'opening';
    opening.lanes.clear();
    opening.lacking.clear();
    this.#flush([{ kind: 'open', port, routes: present }]);
  }

  /** What one thread lacks, descriptors, is no reason to close the port on others. */
  #onFailure(port: number, opening: Opening, error: string, lane: number): void {
    opening.lanes.delete(lane);
    if (opening.lanes.size === 0) {
      this.#block(port, opening, error);
      this.#flush([{ kind: 'closed', port }]);
      return;
    }
    if (!opening.lacking.has(lane))
      this.#options.log.error('tcp-port-blocked', { port, error, thread: lane });
    opening.lacking.add(lane);
    if (opening.retry === 'planned') return;
    opening.retry = 'planned';
    this.#retryLater(() => this.#repeat(port, opening));
  }

  /** To all; those that have it open have these routes. */
  #repeat(port: number, opening: Opening): void {
    opening.retry = 'none';
    if (this.#openings.get(port) !== opening || !isKnown(opening) || opening.lacking.size === 0) return;
    const routes = this.#options.routes(port);
    // Without any the port is to be closed, as is about to be told.
    if (routes !== null) this.#flush([{ kind: 'open', port, routes }]);
  }

  #block(port: number, opening: Opening, error: string): void {
    if (this.#openings.get(port) !== opening) return;
    if (opening.state !== 'blocked') this.#options.log.error('tcp-port-blocked', { port, error });
    opening.state = 'blocked';
    this.#retryLater(() => {
      if (this.#openings.get(port) === opening) this.#checkSoon(port, opening);
    });
  }

  #retryLater(step: () => void): void {
    if (this.#state === 'stopped') return;
    const timer = after(RETRY_MS, ONE_ROUND, () => {
      this.#timers.delete(timer);
      step();
    });
    this.#timers.add(timer);
  }
}

/** To the threads. */
function isKnown({ state }: Opening): boolean {
  return state === 'opening' || state === 'open';
}
