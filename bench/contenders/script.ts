import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Contender } from '../contender.ts';
import { freePorts } from '../free-ports.ts';

const RIVALS = new URL('../rivals/', import.meta.url);

/** A proxy that is a script of ours: it takes its port and the origin's. */
export function script(name: string, file: URL, missing: () => string | undefined): Contender {
  return {
    name,
    listeners: ['http'],
    missing,
    async start({ bed, label, cores, originPort }) {
      const [port] = (await freePorts(1)) as [number];
      const args = [fileURLToPath(file), String(port), String(originPort)];
      return { daemon: bed.start(label, cores, process.execPath, args), port };
    },
  };
}

/** A package that `npm run bench:rivals` installs. */
export function rival(name: string, file: string, packageName: string): Contender {
  const installed = new URL(`node_modules/${packageName}/package.json`, RIVALS);
  return script(name, new URL(file, RIVALS), () =>
    existsSync(installed) ? undefined : 'not installed: npm run bench:rivals',
  );
}
