import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { hostPort } from '../address/host-port.ts';
import type { Config } from '../config/schema.ts';
import { portHolder } from '../network/port-holder.ts';
import { type ClosedPort, closedPorts } from './closed-ports.ts';
import { userStateFolder } from './state-folder.ts';

/** Nobody has chosen a password: the banner shows it, and nothing else does. What is to last lies with the user. */
export function forThisUser(config: Config, port: number | null): Config {
  const pass = randomBytes(6).toString('hex');
  const state_dir = userStateFolder({ env: process.env, home: homedir }) ?? '';
  return {
    ...config,
    port: port ?? config.port,
    status: { ...config.status, user: 'cellgate', pass },
    cellgate: { ...config.cellgate, state_dir },
  };
}

/** Why a router without a configuration cannot listen, with a way out; null: it can. */
export async function whyClosed(config: Config): Promise<string | null> {
  const closed = await closedPorts(config);
  const [first] = closed;
  if (first === undefined) return null;
  const { wanted, twin, code } = first;
  const { key, host, port } = wanted;
  // The others are all different, so that one of the two is what --port says.
  if (twin !== null) return `port ${port} is the router's own (${twin.key}): choose another with --port`;
  const at = hostPort(host, port);
  switch (code) {
    case 'EADDRINUSE':
      return inUse(closed);
    case 'EACCES':
      return `port ${port} needs more rights than this process has (${at}): choose one above 1023 with --port, or give it the right (docs/installing.md, "Ports below 1024")`;
    default:
      return `port ${port} cannot be opened (${at}, ${code}): ${another(key)}`;
  }
}

/** Of all that one program has. */
function inUse(closed: readonly ClosedPort[]): string {
  const [first, ...more] = closed
    .filter(({ code, twin }) => code === 'EADDRINUSE' && twin === null)
    .map(({ wanted }) => ({ ...wanted, holder: portHolder(wanted.host, wanted.port) }));
  const { key, port, holder } = first!;
  const by = holder ?? 'a program of another user';
  const others = more.filter((each) => each.holder === holder).map((each) => each.port);
  if (others.length === 0) return `port ${port} is in use by ${by}: stop that, or ${another(key)}`;
  const ports = [port, ...others].toSorted((a, b) => a - b).join(', ');
  return `ports ${ports} are in use by ${by}: stop that, or name others in a configuration, -c FILE`;
}

function another(key: string): string {
  return key === 'port'
    ? 'choose another with --port'
    : `name another for ${key} in a configuration, -c FILE`;
}
