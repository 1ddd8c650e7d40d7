import { isIPv6 } from 'node:net';
import type { Registration } from '../bus/registration.ts';
import { hostProblem, uriProblem } from '../bus/route-spelling.ts';
import { BALANCING_ALGORITHMS } from '../config/schema/balancing-algorithms.ts';
import { type BusAddress, parseBusUrl } from './bus-url.ts';
import type { CommandSpec } from './command-spec.ts';
import { REGISTER } from './commands.ts';
import { parseOptions } from './options.ts';
import { type UsageError, usageError } from './usage-error.ts';

export interface RegisterCommand {
  readonly kind: 'register';
  readonly registration: Registration;
  readonly bus: BusAddress;
  /** Seconds between heartbeats; null leaves it to the router. */
  readonly interval: number | null;
}

const DEFAULT_BUS = 'nats://127.0.0.1:4222';
const MAX_PORT = 65_535;
/** A day: within what a timer takes. Seconds. */
const MAX_INTERVAL = 86_400;

export function parseRegister(
  argv: readonly string[],
): RegisterCommand | UsageError | { readonly kind: 'help'; readonly of: CommandSpec } {
  const options = parseOptions(argv, REGISTER.options);
  if (options.kind === 'usage-error') return options;
  if (options.has('--help')) return { kind: 'help', of: REGISTER };

  const target = options.operands.at(-1);
  const uris = options.operands.slice(0, -1);
  if (target === undefined || uris.length === 0) {
    return usageError('register needs at least one ROUTE, then HOST:PORT of the application');
  }
  for (const uri of uris) {
    const problem = uriProblem(uri);
    if (problem !== undefined) return usageError(`route: ${problem}`);
  }
  const endpoint = parseHostPort(target);
  if (endpoint === null) {
    return usageError(`found "${target}" where HOST:PORT of the application belongs, like 127.0.0.1:3000`);
  }
  const bus = parseBusUrl(options.value('--bus') ?? DEFAULT_BUS);
  // The value may hold a password, so it is not repeated.
  if (bus === null) return usageError('option "--bus" needs a URL like nats://user:pass@host:4222');
  const instanceIndex = options.value('--index');
  if (instanceIndex !== null && !/^\d{1,9}$/.test(instanceIndex)) {
    return usageError(`option "--index" needs a number from 0, found "${instanceIndex}"`);
  }
  const algorithm = options.value('--loadbalancing');
  const loadBalancing = BALANCING_ALGORITHMS.find((name) => name === algorithm) ?? null;
  if (algorithm !== null && loadBalancing === null) {
    return usageError(
      `option "--loadbalancing" needs one of ${BALANCING_ALGORITHMS.join(', ')}, found "${algorithm}"`,
    );
  }
  const interval = options.value('--interval');
  if (interval !== null && !(Number(interval) >= 1 && Number(interval) <= MAX_INTERVAL)) {
    return usageError(`option "--interval" needs seconds from 1 to ${MAX_INTERVAL}, found "${interval}"`);
  }
  const tags = parseTags(options.values('--tag'));
  if (typeof tags === 'string') return usageError(`option "--tag" needs KEY=VALUE, found "${tags}"`);
  return {
    kind: 'register',
    registration: {
      uris,
      ...endpoint,
      app: options.value('--app'),
      instanceId: options.value('--instance-id'),
      instanceIndex,
      tags,
      loadBalancing,
    },
    bus,
    interval: interval === null ? null : Number(interval),
  };
}

function parseHostPort(text: string): { host: string; port: number } | null {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  if (match === null) return null;
  const [, bracketed, plain, digits] = match;
  const host = bracketed ?? plain!;
  const port = Number(digits);
  if (bracketed !== undefined && !isIPv6(bracketed)) return null;
  return port > MAX_PORT || hostProblem(host, port) !== undefined ? null : { host, port };
}

/** The tags, or the first that is none. */
function parseTags(texts: readonly string[]): Record<string, string> | string {
  const tags: [string, string][] = [];
  for (const text of texts) {
    const equals = text.indexOf('=');
    if (equals < 1) return text;
    tags.push([text.slice(0, equals), text.slice(equals + 1)]);
  }
  return Object.fromEntries(tags);
}
