import { resolve } from 'node:path';
import { LOAD_CORE } from '../bed.ts';
import { CannotStart } from '../cannot-start.ts';
import type { Contender } from '../contender.ts';
import { findProgram } from '../find-program.ts';
import { freePorts } from '../free-ports.ts';
import { keepRegistered, reach } from '../registrar.ts';
import { registrationMessage, tableOf } from '../running-cellgate.ts';
import { HEARTBEAT_SECONDS } from '../target.ts';
import { cellgateOf } from './cellgate.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What the environment names: BENCH_CELLGATE, the path of another Cellgate, as of the one file; BENCH_GOROUTER, that of a gorouter; and BENCH_PROXY, `name=command` with {port} and
 * {origin} in it, several separated by `;`.
 * @throws CannotStart naming the one that is wrong
 */
export function contendersFrom(environment: Environment): Contender[] {
  const commands = environment['BENCH_PROXY']?.split(';').filter((text) => text.trim() !== '') ?? [];
  const otherPath = environment['BENCH_CELLGATE'];
  const gorouterPath = environment['BENCH_GOROUTER'];
  return [
    ...(otherPath ? [cellgateOf('cellgate-other', resolve(otherPath))] : []),
    ...(gorouterPath ? [gorouter(gorouterPath)] : []),
    ...commands.map(commanded),
  ];
}

function commanded(text: string): Contender {
  const [, name, command] = /^\s*([\w.-]+)=(.+)$/s.exec(text) ?? [];
  const words = command?.trim().split(/\s+/) ?? [];
  if (name === undefined || !command!.includes('{port}') || !command!.includes('{origin}')) {
    throw new CannotStart(`BENCH_PROXY: "${text}" is not name=command with {port} and {origin} in it`);
  }
  return {
    name,
    listeners: ['http'],
    missing: () => (findProgram(words[0]!) ? undefined : `there is no program ${words[0]}`),
    async start({ bed, label, cores, originPort }) {
      const [port] = (await freePorts(1)) as [number];
      const filled = words.map((word) =>
        word.replaceAll('{port}', String(port)).replaceAll('{origin}', String(originPort)),
      );
      return { daemon: bed.start(label, cores, findProgram(filled[0]!)!, filled.slice(1)), port };
    },
  };
}

/** With the defaults of its BOSH job where they matter to speed, and a NATS server of its own. */
function gorouter(path: string): Contender {
  return {
    name: 'gorouter',
    compiled: true,
    listeners: ['http'],
    missing() {
      if (!findProgram(path)) return `BENCH_GOROUTER: there is no program ${path}`;
      return findProgram('nats-server') ? undefined : 'needs a NATS server: apt-get install nats-server';
    },
    async start({ bed, label, cores, originPort, routes }) {
      const [port, natsPort, ...others] = (await freePorts(5)) as [number, number, ...number[]];
      const nats = bed.start(`${label}-nats`, LOAD_CORE, findProgram('nats-server')!, [
        ...['-a', '127.0.0.1', '-p', String(natsPort)],
      ]);
      (await reach(nats, natsPort)).destroy();
      const accessLog = bed.write(`${label}-access.log`, '');
      const config = gorouterConfig(port, natsPort, others, accessLog);
      const file = bed.write(`${label}.yml`, JSON.stringify(config));
      const daemon = bed.start(label, cores, findProgram(path)!, ['-c', file]);
      const messages = tableOf(routes, originPort).map(registrationMessage);
      // It listens for clients some time after it does for registrations.
      (await reach(daemon, port)).destroy();
      const registrar = await keepRegistered(daemon, natsPort, messages, HEARTBEAT_SECONDS);
      return { daemon, port, accessLog, attend: registrar.attend };
    },
  };
}

function gorouterConfig(port: number, natsPort: number, others: readonly number[], accessLog: string) {
  const [status, routes, debug] = others;
  return {
    port,
    nats: { hosts: [{ hostname: '127.0.0.1', port: natsPort }] },
    status: { host: '127.0.0.1', port: status, routes: { port: routes }, user: 'bench', pass: 'bench' },
    debug_addr: `127.0.0.1:${debug}`,
    access_log: { file: accessLog },
    start_response_delay_interval: '1s',
    disable_keep_alives: false,
    max_idle_conns: 100,
    max_idle_conns_per_host: 100,
    droplet_stale_threshold: '1h',
    enable_ssl: false,
  };
}
