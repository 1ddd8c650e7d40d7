import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PROXY_CORE } from '../bed.ts';
import type { Contender } from '../contender.ts';
import { freePorts } from '../free-ports.ts';
import { keepRegistered } from '../registrar.ts';
import { HOST } from '../target.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/cellgate', import.meta.url));

/** With one proxy thread, a table of routes, and the heartbeats that keep them there. */
export const cellgate: Contender = {
  name: 'cellgate',
  missing: () => (existsSync(PROGRAM) ? undefined : 'bin/cellgate is not there'),
  async start({ bed, originPort, routes }) {
    const ports = (await freePorts(4)) as [number, number, number, number];
    const accessLog = join(bed.directory, 'cellgate-access.log');
    const config = bed.write('cellgate.yml', configuration(ports, accessLog));
    const daemon = bed.start('cellgate', PROXY_CORE, PROGRAM, ['-c', config]);
    // The measured route comes last: once it answers, the others are in the table.
    const hosts = Array.from({ length: routes }, (_, index) => `route-${index}.${HOST}`).concat(HOST);
    await keepRegistered(
      daemon,
      ports[3],
      hosts.map((host) => registration(host, originPort)),
    );
    return { daemon, port: ports[0], accessLog };
  },
};

function configuration(
  [port, status, routes, bus]: [number, number, number, number],
  accessLog: string,
): string {
  return `
port: ${port}
status: { host: 127.0.0.1, port: ${status}, user: bench, pass: bench, routes: { port: ${routes} } }
start_response_delay_interval: 0s
access_log: { file: ${JSON.stringify(accessLog)} }
logging: { level: info }
cellgate: { proxy_threads: 1, bus: { port: ${bus} } }
`;
}

function registration(host: string, port: number): object {
  return {
    host: '127.0.0.1',
    port,
    uris: [host],
    app: `app-${host}`,
    private_instance_id: `instance-${host}`,
    private_instance_index: '0',
  };
}
