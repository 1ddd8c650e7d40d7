import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ANY_CORE, type Daemon } from '../../bed.ts';
import { CannotStart } from '../../cannot-start.ts';
import { freePorts } from '../../free-ports.ts';
import { CELLGATE, STATUS_PASSWORD, STATUS_USER } from '../../running-cellgate.ts';
import type { Site } from '../figure.ts';
import { metric } from '../metrics.ts';
import { monotonic } from '../monotonic.ts';
import type { Routes } from '../moves/announced.ts';

const PATIENCE_MS = 30_000;

export interface RouterSettings {
  /** Names its files, and its folder. */
  readonly label: string;
  readonly natsPort: number;
  readonly keys: Readonly<Record<string, unknown>>;
  readonly cellgateKeys?: Readonly<Record<string, unknown>>;
}

/** From when it was told to end until it had, `monotonic`. */
export interface Kill {
  readonly from: number;
  readonly to: number;
}

/** What a start came to. */
export interface Start {
  /** Seconds until its health was good. */
  readonly seconds: number;
  /** The body of `/health`. */
  readonly health: string;
}

/** A router with two proxy threads that is killed and started again: with the same ports and the same state folder. */
export class RestartedRouter {
  readonly port: number;
  readonly statusPort: number;
  readonly folder: string;
  readonly #site: Site;
  readonly #label: string;
  readonly #config: string;
  readonly #routesPort: number;
  readonly #runs: Daemon[] = [];

  private constructor(site: Site, settings: RouterSettings, ports: readonly number[]) {
    const [port, statusPort, routesPort] = ports as [number, number, number];
    const { label, natsPort, keys, cellgateKeys } = settings;
    this.#site = site;
    this.#label = label;
    this.port = port;
    this.statusPort = statusPort;
    this.#routesPort = routesPort;
    this.folder = join(site.bed.directory, `${label}-state`);
    const config = {
      port,
      status: {
        host: '127.0.0.1',
        port: statusPort,
        user: STATUS_USER,
        pass: STATUS_PASSWORD,
        routes: { port: routesPort },
      },
      start_response_delay_interval: '0s',
      access_log: { file: join(site.bed.directory, `${label}-access.log`) },
      logging: { level: 'info' },
      nats: { hosts: [{ hostname: '127.0.0.1', port: natsPort }] },
      ...keys,
      cellgate: { defaults: 'recommended', proxy_threads: 2, state_dir: this.folder, ...cellgateKeys },
    };
    // JSON is YAML.
    this.#config = site.bed.write(`${label}.yml`, JSON.stringify(config));
  }

  static async make(site: Site, settings: RouterSettings): Promise<RestartedRouter> {
    return new RestartedRouter(site, settings, await freePorts(3));
  }

  get daemon(): Daemon {
    return this.#runs.at(-1)!;
  }

  /** Resolves when its health is good. @throws CannotStart when it ends, or takes too long */
  async start(): Promise<Start> {
    const begun = performance.now();
    const label = `${this.#label}-${this.#runs.length}`;
    const daemon = this.#site.bed.start(label, ANY_CORE, CELLGATE, ['-c', this.#config]);
    this.#runs.push(daemon);
    for (;;) {
      const health = await fetch(`http://127.0.0.1:${this.statusPort}/health`).catch(() => null);
      const seconds = (performance.now() - begun) / 1000;
      if (health?.status === 200) return { seconds, health: await health.text() };
      await health?.text();
      this.lives();
      if (seconds * 1000 > PATIENCE_MS) throw new CannotStart(`${label} is not healthy after ${seconds} s`);
      await delay(20);
    }
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<Kill> {
    const { daemon } = this;
    this.lives();
    this.#site.say(`kill -9 of ${this.#label}`);
    const from = monotonic();
    process.kill(daemon.pid, 'SIGKILL');
    while (daemon.ending() === undefined) await delay(1);
    return { from, to: monotonic() };
  }

  /** @throws CannotStart when it has ended */
  lives(): void {
    const ending = this.daemon.ending();
    if (ending !== undefined) throw new CannotStart(ending);
  }

  /** How many lines with this message it has logged, in all its lives. */
  logged(message: string): number {
    const texts = this.#runs.map(({ output }) => readFileSync(output, 'utf8'));
    return texts.reduce((sum, text) => sum + text.split(`"message":"${message}"`).length - 1, 0);
  }

  /** Endpoints in this state, by its metrics. */
  endpoints(state: string): Promise<number> {
    return metric(this, `cellgate_endpoints\\{[^}]*state="${state}"[^}]*\\}`);
  }

  /** What `/routes` shows. */
  async routes(): Promise<Routes> {
    const authorization = `Basic ${btoa(`${STATUS_USER}:${STATUS_PASSWORD}`)}`;
    const response = await fetch(`http://127.0.0.1:${this.#routesPort}/routes`, {
      headers: { authorization },
    });
    return (await response.json()) as Routes;
  }

  /** Seconds from now until its log has one more line with this message. @throws CannotStart when it takes too long */
  async untilLogged(message: string, before: number): Promise<number> {
    const begun = performance.now();
    while (this.logged(message) <= before) {
      this.lives();
      if (performance.now() - begun > PATIENCE_MS)
        throw new CannotStart(`${this.#label} does not log ${message}`);
      await delay(20);
    }
    return (performance.now() - begun) / 1000;
  }
}

/** Whether its health said so in a line of its own. */
export function isFromSnapshot({ health }: Start): boolean {
  return health.split('\n').some((line) => line.startsWith('table from snapshot'));
}
