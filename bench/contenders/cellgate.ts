import { existsSync } from 'node:fs';
import { PROXY_CORE } from '../bed.ts';
import type { Contender } from '../contender.ts';
import { CELLGATE, startCellgate } from '../running-cellgate.ts';
import { HOST } from '../target.ts';

/** With one proxy thread, a table of routes, and the heartbeats that keep them there. */
export const cellgate: Contender = {
  name: 'cellgate',
  missing: () => (existsSync(CELLGATE) ? undefined : 'bin/cellgate is not there'),
  start({ bed, originPort, routes }) {
    // The measured route comes last: once it answers, the others are in the table.
    const hosts = Array.from({ length: routes }, (_, index) => `route-${index}.${HOST}`).concat(HOST);
    return startCellgate({
      bed,
      cores: PROXY_CORE,
      threads: 1,
      registrations: hosts.map((host) => ({ host, port: originPort })),
    });
  },
};
