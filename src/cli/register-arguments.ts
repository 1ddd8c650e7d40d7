import { isIPv6 } from 'node:net';
import type { Check, Probe } from '../agent/route/check.ts';
import type { Registration } from '../bus/registration.ts';
import { hostProblem, uriProblem } from '../bus/route-spelling.ts';
import { type BusAddress, parseBusUrl } from './bus-url.ts';
import type { CommandSpec } from './command-spec.ts';
import { type ParsedOptions, parseOptions } from './options.ts';
import { optionProblem, type RegisterOptions, readOptions } from './register-options.ts';
import { REGISTER } from './register-spec.ts';
import { EX_USAGE, type UsageError, usageError } from './usage-error.ts';

/** Paths of PEM files. */
interface BusTlsPaths {
  readonly caPath: string;
  readonly certPath: string;
  readonly keyPath: string;
}

export interface RegisterCommand {
  readonly kind: 'register';
  readonly registration: Registration;
  readonly check: Check | null;
  readonly bus: BusAddress;
  /** Null: in plain text. */
  readonly busTls: BusTlsPaths | null;
  /** Seconds between heartbeats; null leaves it to the router. */
  readonly interval: number | null;
}

const DEFAULT_BUS = 'nats://127.0.0.1:4222';
const MAX_PORT = 65_535;
/** A day: within what a timer takes. Seconds. */
const MAX_INTERVAL = 86_400;
const CHECK_INTERVAL_MS = 5_000;
const CHECK_TIMEOUT_MS = 2_000;

export function parseRegister(
  argv: readonly string[],
): RegisterCommand | UsageError | { readonly kind: 'help'; readonly of: CommandSpec } {
  const options = parseOptions(argv, REGISTER.options);
  const parsed =
    options.kind === 'usage-error'
      ? options
      : options.has('--help')
        ? ({ kind: 'help', of: REGISTER } as const)
        : parse(options);
  return parsed.kind === 'usage-error' ? { ...parsed, command: REGISTER.name, exitCode: EX_USAGE } : parsed;
}

function parse(options: ParsedOptions): RegisterCommand | UsageError {
  const given = readOptions(options);
  if ('kind' in given) return given;
  const target = options.operands.at(-1);
  const uris = options.operands.slice(0, -1);
  const problem = operandProblem(uris, target, given);
  if (problem !== undefined) return usageError(problem);
  const endpoint = parseHostPort(target!);
  if (endpoint === null) {
    return usageError(`found "${target}" where HOST:PORT of the application belongs, like 127.0.0.1:3000`);
  }
  const bus = parseBusUrl(options.value('--bus') ?? DEFAULT_BUS);
  // The value may hold a password, so it is not repeated.
  if (bus === null) return usageError('option "--bus" needs a URL like nats://user:pass@host:4222');
  const interval = options.value('--interval');
  if (interval !== null && !(Number(interval) >= 1 && Number(interval) <= MAX_INTERVAL)) {
    return usageError(`option "--interval" needs seconds from 1 to ${MAX_INTERVAL}, found "${interval}"`);
  }
  const registration = { uris, ...endpoint, ...given.registration };
  const check = parseCheck(options.value('--check'), registration);
  if (check === 'no-check')
    return usageError('option "--check" needs a path that begins with /, tcp, or grpc');
  const busTls = parseBusTls(options);
  if (busTls !== null && 'kind' in busTls) return busTls;
  return {
    kind: 'register',
    registration,
    check,
    bus,
    busTls,
    interval: interval === null ? null : Number(interval),
  };
}

function operandProblem(
  uris: readonly string[],
  target: string | undefined,
  given: RegisterOptions,
): string | undefined {
  if (given.registration.tcp !== null) {
    if (target === undefined) return 'register --tcp needs HOST:PORT of the application';
    if (uris.length > 0) return `found the route "${uris[0]}" beside --tcp: register them one by one`;
    return optionProblem(given);
  }
  if (target === undefined || uris.length === 0) {
    return 'register needs at least one ROUTE, then HOST:PORT of the application';
  }
  for (const uri of uris) {
    const problem = routeProblem(uri);
    if (problem !== undefined) return `route: ${problem}`;
  }
  return optionProblem(given);
}

/** Why no request could ever be for this route. */
function routeProblem(uri: string): string | undefined {
  const tcp = /^tcp:(?:\/\/)?(?:[^/]*:)?(\d{1,5})$/.exec(uri)?.[1];
  if (tcp !== undefined) return `found "${uri}", which is no host: for a TCP route say --tcp ${tcp}`;
  const hash = uri.indexOf('#');
  if (hash >= 0) return `found "${uri}": clients do not send what follows #, so it would never match`;
  const host = uri.replace(/^\//, '').split(/[/?]/)[0] ?? '';
  const user = host.indexOf('@');
  if (user >= 0 && !uri.includes('://')) {
    return `found a user name before "${host.slice(user)}": routes are told apart by host and path alone`;
  }
  if (/^[^:]+:\d+$/.test(host)) {
    const without = uri.replace(/:\d+/, '');
    return `found "${uri}": routers look at no port, so it would never match; say "${without}"`;
  }
  return uriProblem(uri);
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

function parseCheck(text: string | null, registration: Registration): Check | null | 'no-check' {
  if (text === null) return null;
  const probe = parseProbe(text, registration);
  if (probe === null) return 'no-check';
  const times = { interval: CHECK_INTERVAL_MS, timeout: CHECK_TIMEOUT_MS, startDelay: 0 };
  return { kind: 'probe', probe, rise: 1, fall: 2, ...times };
}

function parseProbe(text: string, registration: Registration): Probe | null {
  const { host, port, tlsPort, certificateName } = registration;
  const target = { host, port: tlsPort ?? port };
  const secured = { ...target, tls: tlsPort !== null, serverName: certificateName };
  if (text === 'tcp') return { kind: 'tcp', ...target };
  if (text === 'grpc') return { kind: 'grpc', ...secured, service: '' };
  if (!/^\/[\x21-\x7e]*$/.test(text)) return null;
  return { kind: 'http', ...secured, path: text, headers: {}, expect: [[200, 399]] };
}

function parseBusTls(options: ParsedOptions): BusTlsPaths | UsageError | null {
  const [caPath, certPath, keyPath] = ['--bus-ca', '--bus-cert', '--bus-key'].map((name) =>
    options.value(name),
  );
  if (!caPath && !certPath && !keyPath) return null;
  if (caPath && certPath && keyPath) return { caPath, certPath, keyPath };
  return usageError('options "--bus-ca", "--bus-cert" and "--bus-key" belong together');
}
