import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bed, Cores } from './bed.ts';
import type { RunningProxy } from './contender.ts';
import { freePorts } from './free-ports.ts';
import { keepRegistered } from './registrar.ts';
import { HOST } from './target.ts';

export const CELLGATE = fileURLToPath(new URL('../bin/cellgate', import.meta.url));

export const STATUS_USER = 'bench';
export const STATUS_PASSWORD = 'bench';

/** One endpoint on loopback. */
export interface Registration {
  readonly host: string;
  /** 127.0.0.1 unless told otherwise. */
  readonly address?: string;
  readonly port: number;
  /** What a platform says of the instance. */
  readonly tags?: Readonly<Record<string, string>>;
}

export interface CellgateOptions {
  readonly bed: Bed;
  /** Names its files, where there are several. */
  readonly label?: string;
  readonly cores: Cores;
  /** Path; by default the launcher of this checkout. */
  readonly program?: string;
  readonly threads: number;
  /** In the order in which they are published. */
  readonly registrations: readonly Registration[];
  /** Keys of the configuration beyond those that every run needs. */
  readonly keys?: Readonly<Record<string, unknown>>;
  /** The same below `cellgate`. */
  readonly cellgateKeys?: Readonly<Record<string, unknown>>;
  /** A NATS server on loopback, in place of the router's own bus; heartbeats then come every other second. */
  readonly natsPort?: number;
  /** Seconds between two heartbeats of a route on the router's own bus. */
  readonly heartbeatSeconds?: number;
  /** Most file descriptors of the process; by default as many as the system allows. */
  readonly descriptors?: number;
}

export interface RunningCellgate extends RunningProxy {
  readonly accessLog: string;
  /** `/health` and `/metrics`. */
  readonly statusPort: number;
  readonly busPort: number;
  /** What is registered is there until it is unregistered, or for two minutes. */
  stopHeartbeats(): void;
}

/** Starts a router with a bus of its own, and the heartbeats that keep its routes. */
export async function startCellgate(options: CellgateOptions): Promise<RunningCellgate> {
  const { bed, label = 'cellgate', cores, program = CELLGATE, threads, registrations } = options;
  const { keys, cellgateKeys, descriptors, natsPort, heartbeatSeconds } = options;
  const [port, statusPort, routes, bus] = (await freePorts(4)) as [number, number, number, number];
  const accessLog = join(bed.directory, `${label}-access.log`);
  const config = {
    port,
    status: {
      host: '127.0.0.1',
      port: statusPort,
      user: STATUS_USER,
      pass: STATUS_PASSWORD,
      routes: { port: routes },
    },
    start_response_delay_interval: '0s',
    access_log: { file: accessLog },
    logging: { level: 'info' },
    ...(natsPort !== undefined && { nats: { hosts: [{ hostname: '127.0.0.1', port: natsPort }] } }),
    ...keys,
    cellgate: { defaults: 'recommended', proxy_threads: threads, bus: { port: bus }, ...cellgateKeys },
  };
  // JSON is YAML.
  const args = ['-c', bed.write(`${label}.yml`, JSON.stringify(config))];
  const daemon =
    descriptors === undefined
      ? bed.start(label, cores, program, args)
      : bed.start(label, cores, 'sh', ['-c', `ulimit -n ${descriptors}; exec "$0" "$@"`, program, ...args]);
  const messages = registrations.map(registrationMessage);
  const { attend } =
    natsPort === undefined
      ? await keepRegistered(daemon, bus, messages, heartbeatSeconds)
      : await keepRegistered(daemon, natsPort, messages, 2);
  return {
    daemon,
    port,
    statusPort,
    busPort: natsPort ?? bus,
    accessLog,
    attend,
    stopHeartbeats: () => attend(false),
  };
}

export function registrationMessage({ host, address = '127.0.0.1', port, tags }: Registration): object {
  return {
    host: address,
    port,
    uris: [host],
    app: `app-${host}`,
    private_instance_id: `instance-${host}-${port}`,
    private_instance_index: '0',
    ...(tags && { tags }),
  };
}

/** Of so many routes that nobody asks for, each to an endpoint of its own, and then of the measured one. */
export function tableOf(routes: number, port: number, tags?: Registration['tags']): Registration[] {
  const others = Array.from({ length: routes }, (_, index) => ({
    host: `route-${index}.${HOST}`,
    address: `127.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
    port,
  }));
  return [...others, { host: HOST, port, ...(tags && { tags }) }];
}
