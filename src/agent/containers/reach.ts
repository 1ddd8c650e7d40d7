import { isLoopback } from '../../address/loopback.ts';
import type { Container } from './container.ts';

export type Reach =
  | {
      readonly ok: true;
      readonly host: string;
      readonly port: number;
      /** `container`: an address that its network gives to another when the container has gone. */
      readonly of: 'machine' | 'container';
      /** What is to be said of it; empty: nothing. */
      readonly warning: string;
    }
  | { readonly ok: false; readonly why: string };

export interface ReachTerms {
  /** At which routers reach this machine; empty: they are on it. */
  readonly machine: string;
  /** In which of its networks the container is reached; empty: in the only one. */
  readonly network: string;
}

/**
 * Where routers reach a port of a container. On the same machine that is its own address. From others it is a port of
 * the machine, if the container publishes it there; else its own address, which some networks lead to.
 */
export function reachOf(container: Container, port: number, { machine, network }: ReachTerms): Reach {
  const { networkMode, networks } = container;
  const here = machine || '127.0.0.1';
  if (networkMode === 'host') return { ok: true, host: here, port, of: 'machine', warning: '' };
  if (networkMode.startsWith('container:')) {
    return { ok: false, why: 'it shares the network of another container: put the labels on that one' };
  }
  const published = publishedPort(container, port, machine);
  if (published !== null && machine !== '' && network === '') return published;
  const named = network === '' ? networks : networks.filter(({ name }) => name === network);
  const [first] = named;
  if (network !== '' && first === undefined) {
    return {
      ok: false,
      why: `it is not in the network ${JSON.stringify(network)}, but in ${listed(networks)}`,
    };
  }
  if (named.length > 1) {
    return { ok: false, why: `it is in ${listed(named)}: say in which with cellgate.network` };
  }
  if (first !== undefined) {
    const warning =
      machine === '' || network !== ''
        ? ''
        : `port ${port} is not published: it is announced at ${first.address}, where other machines may not reach it`;
    return { ok: true, host: first.address, port, of: 'container', warning };
  }
  return published ?? { ok: false, why: `it has no address, and does not publish port ${port}` };
}

/** Null: it is not, or not where it would be looked for. */
function publishedPort({ published }: Container, port: number, machine: string): Reach | null {
  for (const { port: inner, hostAddress, hostPort } of published) {
    if (inner !== port) continue;
    const host = hostAddress || machine || '127.0.0.1';
    // From elsewhere nobody reaches what is published on loopback.
    if (machine !== '' && isLoopback(host) && !isLoopback(machine)) continue;
    return { ok: true, host, port: hostPort, of: 'machine', warning: '' };
  }
  return null;
}

function listed(networks: Container['networks']): string {
  return networks.map(({ name }) => name).join(', ') || 'none';
}
