import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { LAUNCHER, type Start } from './cellgate-process.ts';

/** Of user and group: nobody, on every Linux. */
const NOBODY = 65_534;

/** The checkout's launcher, started by a user that has no rights but everybody's. */
export const ORDINARY_USER: Start =
  process.getuid?.() === 0 ? { program: LAUNCHER, uid: NOBODY, gid: NOBODY } : { program: LAUNCHER };

/** What to tell of a test in which such a user asks for a port: `false` where it would be refused. */
export function unlessRefused(port: number): string | false {
  const lowest = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
  if (lowest <= port) return `every user may open port ${port} on this machine`;
  const { program, ...user } = ORDINARY_USER;
  const { status } = spawnSync(program, ['version'], { ...user, stdio: 'ignore' });
  return status !== 0 && 'no ordinary user may read this checkout';
}
