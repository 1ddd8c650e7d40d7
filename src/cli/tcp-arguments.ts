import { parseDuration } from '../config/schema/duration.ts';
import type { TcpRouterFlags } from '../config/tcp-router-config.ts';
import type { CommandSpec } from './command-spec.ts';
import { DEFAULT_TCP_FILE, IGNORED_TCP_OPTIONS, TCP } from './commands.ts';
import { type ParsedOptions, parseOptions } from './options.ts';
import { type UsageError, usageError } from './usage-error.ts';

export type TcpCommand =
  | {
      readonly kind: 'tcp';
      readonly configFile: string;
      readonly flags: TcpRouterFlags;
      /** Options that were given and do nothing. */
      readonly ignored: readonly string[];
    }
  | { readonly kind: 'tcp-check'; readonly configFile: string; readonly print: boolean };

const LEVELS = ['debug', 'info', 'warn', 'error', 'fatal'] as const;
const TIME_FORMATS = ['unix-epoch', 'rfc3339'] as const;
/** What the routing API's TTL takes, seconds. */
const LONGEST_EXPIRY = 65_535;

export function parseTcp(
  argv: readonly string[],
): TcpCommand | UsageError | { readonly kind: 'help'; readonly of: CommandSpec } {
  const options = parseOptions(argv, TCP.options);
  if (options.kind === 'usage-error') return options;
  if (options.has('--help')) return { kind: 'help', of: TCP };
  const [operand, ...more] = options.operands;
  const stray = operand === 'check' ? more[0] : operand;
  if (stray !== undefined) return usageError(`unexpected argument "${stray}"`);
  const configFile = options.value('-config') ?? DEFAULT_TCP_FILE;
  const flags = flagsOf(options);
  if ('kind' in flags) return flags;
  if (operand === 'check') return { kind: 'tcp-check', configFile, print: options.has('--print') };
  if (options.has('--print')) return usageError('option "--print" goes with "tcp check"');
  const ignored = IGNORED_TCP_OPTIONS.map(({ names: [name] }) => name).filter((name) => options.has(name));
  return { kind: 'tcp', configFile, flags, ignored };
}

function flagsOf(options: ParsedOptions): TcpRouterFlags | UsageError {
  const problems: UsageError[] = [];
  const read = <Value>(
    name: string,
    preset: Value,
    allowed: string,
    parse: (text: string) => Value | undefined,
  ): Value => {
    const text = options.value(name);
    const value = text === null ? preset : parse(text);
    if (value !== undefined) return value;
    problems.push(usageError(`option "${name}" needs ${allowed}, found "${text}"`));
    return preset;
  };
  const duration = <Preset extends number | null>(name: string, preset: Preset): Preset | number =>
    read<Preset | number>(name, preset, 'a duration like "30s"', (text) => {
      const parsed = parseDuration(text);
      return typeof parsed === 'number' && parsed > 0 ? parsed : undefined;
    });
  const count = <Preset extends number | null>(name: string, preset: Preset): Preset | number =>
    read<Preset | number>(name, preset, 'a number', (text) =>
      /^\d{1,6}$/.test(text) ? Number(text) : undefined,
    );
  const choice = <Name extends string>(name: string, preset: Name, names: readonly Name[]): Name =>
    read(name, preset, `one of ${names.join(', ')}`, (text) => names.find((each) => each === text));

  const retry = count('-subscriptionRetryInterval', null);
  const flags: TcpRouterFlags = {
    subscriptionRetryInterval: retry === null ? null : Math.max(retry, 1) * 1000,
    syncInterval: duration('-syncInterval', null),
    staleRouteCheckInterval: duration('-staleRouteCheckInterval', 30_000),
    defaultRouteExpiry: duration('-defaultRouteExpiry', 120_000),
    tokenFetchMaxRetries: count('-tokenFetchMaxRetries', 3),
    tokenFetchRetryInterval: duration('-tokenFetchRetryInterval', 5000),
    tokenFetchExpirationBufferTime: count('-tokenFetchExpirationBufferTime', 30),
    routingGroupCheckExit: options.has('-routingGroupCheckExit'),
    logLevel: choice('-logLevel', 'info', LEVELS),
    timeFormat: choice('-timeFormat', 'unix-epoch', TIME_FORMATS),
  };
  // In cf-tcp-router's words (docs/compatibility.md §7.1).
  if (flags.defaultRouteExpiry > LONGEST_EXPIRY * 1000) {
    problems.push(usageError(`invalid-route-expiry: route expiry cannot be greater than ${LONGEST_EXPIRY}`));
  }
  if (flags.staleRouteCheckInterval > flags.defaultRouteExpiry) {
    problems.push(
      usageError(
        'invalid-stale-route-check-interval: stale route check interval cannot be greater than route expiry',
      ),
    );
  }
  return problems[0] ?? flags;
}
