import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { overlay } from '../../src/config/defaults.ts';
import type { TcpRouterFlags } from '../../src/config/tcp-router-config.ts';
import type { TcpAddresses } from '../../src/runtime/parts/tcp-status.ts';
import { CellgateProcess, configFile } from './cellgate-process.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

/** Of a command line without arguments. */
export const TCP_FLAGS: TcpRouterFlags = {
  subscriptionRetryInterval: null,
  syncInterval: null,
  staleRouteCheckInterval: 30_000,
  defaultRouteExpiry: 120_000,
  tokenFetchMaxRetries: 3,
  tokenFetchRetryInterval: 5000,
  tokenFetchExpirationBufferTime: 30,
  routingGroupCheckExit: false,
  logLevel: 'info',
  timeFormat: 'unix-epoch',
};

const LOCAL = {
  cellgate: {
    proxy_threads: 2,
    status: { host: '127.0.0.1', port: 0, user: 'operator', pass: 'secret', routes: { port: 0 } },
    tcp: { listen_host: '127.0.0.1', subscription_retry_interval: '100ms' },
  },
};

/** `cellgate tcp` with a file that is laid over one for free local ports only. */
export class TcpRouterProcess extends CellgateProcess {
  constructor(t: Ending, file: object = {}, options: readonly string[] = []) {
    super(t, ['tcp', '-config', configFile(t, JSON.stringify(overlay(LOCAL, file))), ...options]);
  }

  async ready(): Promise<TcpAddresses> {
    return (await this.logged('started')) as TcpAddresses;
  }

  /** `message`: without the names of the log and its part, which lager has before each. */
  override async logged(message: string): Promise<unknown> {
    await this.until(`.${message}","`);
    const line = this.stdout.split('\n').find((each) => each.includes(`.${message}","`));
    return JSON.parse(line!).data;
  }

  /** TCP ports on which the process listens. */
  listening(): number[] {
    const own = new Set<string>();
    const descriptors = `/proc/${this.child.pid}/fd`;
    for (const name of readdirSync(descriptors)) {
      try {
        own.add(readlinkSync(`${descriptors}/${name}`));
      } catch {
        // Closed meanwhile.
      }
    }
    const ports = new Set<number>();
    for (const table of ['tcp', 'tcp6']) {
      for (const line of readFileSync(`/proc/${this.child.pid}/net/${table}`, 'utf8').split('\n')) {
        const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
        if (state === '0A' && own.has(`socket:[${inode}]`)) {
          ports.add(Number.parseInt(local.split(':')[1]!, 16));
        }
      }
    }
    return [...ports].toSorted((a, b) => a - b);
  }
}
