import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ANY_CORE } from '../../bed.ts';
import { CannotStart } from '../../cannot-start.ts';
import { freePorts } from '../../free-ports.ts';
import { reach } from '../../registrar.ts';
import { CELLGATE, type RunningCellgate, STATUS_PASSWORD, STATUS_USER } from '../../running-cellgate.ts';
import type { Site } from '../figure.ts';
import type { Routes } from './announced.ts';

const KILLER = new URL('../processes/thread-killer.ts', import.meta.url);

/** A router whose threads can be ended from outside. */
export interface MortalRouter extends Pick<RunningCellgate, 'daemon' | 'port' | 'statusPort'> {
  /** @throws CannotStart when it has ended */
  lives(): void;
  /** Ends a proxy thread, or has it loop for ever. */
  strike(how: 'kill' | 'stick'): Promise<void>;
  /** What `/routes` shows. */
  routes(): Promise<Routes>;
}

/** On a nats-server, with two proxy threads; resolves when it listens. */
export async function startMortalRouter(
  { bed }: Site,
  natsPort: number,
  keys: Readonly<Record<string, unknown>>,
): Promise<MortalRouter> {
  const [port, statusPort, routesPort] = (await freePorts(3)) as [number, number, number];
  const socketPath = join(bed.directory, 'thread-killer.sock');
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
    access_log: { file: join(bed.directory, 'access.log') },
    logging: { level: 'info' },
    nats: { hosts: [{ hostname: '127.0.0.1', port: natsPort }] },
    ...keys,
    cellgate: { defaults: 'recommended', proxy_threads: 2 },
  };
  // The launcher's own way, but for what is loaded first. JSON is YAML.
  const daemon = bed.start('cellgate', ANY_CORE, 'env', [
    `NODE_OPTIONS=--import=${KILLER.href}`,
    `THREAD_KILLER_SOCKET=${socketPath}`,
    CELLGATE,
    '-c',
    bed.write('cellgate.yml', JSON.stringify(config)),
  ]);
  (await reach(daemon, port)).destroy();
  return {
    daemon,
    port,
    statusPort,
    lives() {
      const ending = daemon.ending();
      if (ending !== undefined) throw new CannotStart(ending);
    },
    async strike(how) {
      const socket = connect(socketPath).setEncoding('latin1');
      await once(socket, 'connect');
      socket.write(`${how}\n`);
      const [count] = await once(socket, 'data');
      socket.destroy();
      if (count === '0') throw new CannotStart('there was no proxy thread to end');
    },
    async routes() {
      const authorization = `Basic ${btoa(`${STATUS_USER}:${STATUS_PASSWORD}`)}`;
      const response = await fetch(`http://127.0.0.1:${routesPort}/routes`, { headers: { authorization } });
      return (await response.json()) as Routes;
    },
  };
}
