import { isBackendHost, unbracketed } from '../address/backend-host.ts';
import { type DomainPattern, parseDomain } from '../agent/containers/domain.ts';
import { type EngineAddress, parseEngineAddress } from '../agent/docker/engine-address.ts';
import { type BusAddress, parseBusUrl } from './bus-url.ts';
import type { ParsedOptions } from './options.ts';
import { type UsageError, usageError } from './usage-error.ts';

/** What containers are announced by. */
export interface DockerFlags {
  /** Null: where it usually is. */
  readonly engine: EngineAddress | null;
  /** Null: the file's, or else the one on this machine. */
  readonly bus: BusAddress | null;
  /** Empty: routers are on this machine. */
  readonly host: string;
  /** None: everything is allowed. */
  readonly domains: readonly DomainPattern[];
}

const BELONGING = ['--docker-socket', '--bus', '--host', '--domain'];

export function parseDocker(options: ParsedOptions): DockerFlags | UsageError | null {
  if (!options.has('--docker')) {
    const stray = BELONGING.find((name) => options.has(name));
    return stray === undefined ? null : usageError(`option "${stray}" needs "--docker" beside it`);
  }
  const socket = options.value('--docker-socket');
  const engine = socket === null ? null : parseEngineAddress(socket);
  if (socket !== null && engine === null) {
    return usageError(
      `option "--docker-socket" needs a path that begins with /, or tcp://HOST:PORT, found "${socket}"`,
    );
  }
  const url = options.value('--bus');
  const bus = url === null ? null : parseBusUrl(url);
  // The value may hold a password, so it is not repeated.
  if (url !== null && bus === null)
    return usageError('option "--bus" needs a URL like nats://user:pass@host:4222');
  const host = unbracketed(options.value('--host') ?? '');
  if (host !== '' && !isBackendHost(host)) {
    return usageError(`option "--host" needs an address or a name, without a port, found "${host}"`);
  }
  const domains: DomainPattern[] = [];
  for (const text of options.values('--domain')) {
    const domain = parseDomain(text);
    if (domain === null) {
      return usageError(`option "--domain" needs host, *.host, tcp:PORT or tcp:PORT-PORT, found "${text}"`);
    }
    domains.push(domain);
  }
  return { engine, bus, host, domains };
}
