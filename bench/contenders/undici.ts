import { fileURLToPath } from 'node:url';
import { PROXY_CORE } from '../bed.ts';
import type { Contender } from '../contender.ts';
import { freePorts } from '../free-ports.ts';

const SCRIPT = fileURLToPath(new URL('../rivals/undici-proxy.ts', import.meta.url));

/** What anyone would write first: the yardstick for the worth of our own HTTP code. */
export const undici: Contender = {
  name: 'undici',
  missing: () => undefined,
  async start({ bed, originPort }) {
    const [port] = (await freePorts(1)) as [number];
    const args = [SCRIPT, String(port), String(originPort)];
    return { daemon: bed.start('undici', PROXY_CORE, process.execPath, args), port };
  },
};
