import { hostPort } from '../address/host-port.ts';
import type { Config } from '../config/schema.ts';
import { portHolder } from '../network/port-holder.ts';
import { type ClosedPort, closedPorts } from './closed-ports.ts';
import type { MachineFault } from './machine-fault.ts';

/** Which ports could not be opened now. Those of a router that runs with this configuration are among them. */
export async function portFaults(config: Config): Promise<MachineFault[]> {
  return (await closedPorts(config)).map(fault);
}

function fault({ wanted: { key, host, port }, twin, code }: ClosedPort): MachineFault {
  if (twin !== null) {
    return { kind: 'error', sentence: `${key}: ${port} is the port of ${twin.key} too: choose another` };
  }
  const at = hostPort(host, port);
  switch (code) {
    case 'EADDRINUSE': {
      const holder = portHolder(host, port) ?? 'a router that runs or by another program';
      return { kind: 'warning', sentence: `${key}: ${at} is in use now, by ${holder}` };
    }
    case 'EACCES':
      return {
        kind: 'warning',
        sentence: `${key}: ${at} is for root alone, and for programs that have CAP_NET_BIND_SERVICE (docs/installing.md)`,
      };
    case 'EADDRNOTAVAIL':
      return { kind: 'error', sentence: `${key}: ${at} is no address of this machine: choose another` };
    default:
      return { kind: 'warning', sentence: `${key}: ${at} cannot be opened now (${code})` };
  }
}
