import { isIPv6 } from 'node:net';
import type { LogLevel } from '../telemetry/component-log.ts';
import { type DockerFlags, parseDocker } from './agent-docker-arguments.ts';
import { AGENT, DEFAULT_AGENT_FILE } from './agent-spec.ts';
import type { CommandSpec } from './command-spec.ts';
import { type ParsedOptions, parseOptions } from './options.ts';
import { EX_USAGE, type UsageError, usageError } from './usage-error.ts';

export interface AgentFlags {
  /** Null: none. */
  readonly configFile: string | null;
  readonly pidFile: string | null;
  readonly logLevel: LogLevel;
  readonly timeFormat: 'unix-epoch' | 'rfc3339';
  readonly handover: boolean;
  /** Null: the user's. */
  readonly stateDir: string | null;
  /** Null: HAProxy is not answered. */
  readonly agentCheck: { readonly host: string; readonly port: number } | null;
  /** Null: containers are not followed. */
  readonly docker: DockerFlags | null;
}

export type AgentCommand =
  | ({ readonly kind: 'agent' } & AgentFlags)
  | {
      readonly kind: 'agent-order';
      readonly order: 'drain' | 'undrain';
      readonly route: string;
      readonly stateDir: string | null;
    }
  | { readonly kind: 'agent-status'; readonly stateDir: string | null };

const LEVELS = ['debug', 'info', 'error', 'fatal'] as const;
const TIME_FORMATS = ['unix-epoch', 'rfc3339'] as const;

export function parseAgent(
  argv: readonly string[],
): AgentCommand | UsageError | { readonly kind: 'help'; readonly of: CommandSpec } {
  const parsed = parse(argv);
  return parsed.kind === 'usage-error' ? { ...parsed, command: AGENT.name, exitCode: EX_USAGE } : parsed;
}

function parse(
  argv: readonly string[],
): AgentCommand | UsageError | { readonly kind: 'help'; readonly of: CommandSpec } {
  const options = parseOptions(argv, AGENT.options);
  if (options.kind === 'usage-error') return options;
  if (options.has('--help')) return { kind: 'help', of: AGENT };
  const [order, route, stray] = options.operands;
  const stateDir = options.value('--state-dir');
  if (order === 'drain' || order === 'undrain') {
    if (route === undefined) return usageError(`agent ${order} needs a ROUTE, its name or one of its uris`);
    if (stray !== undefined) return usageError(`unexpected argument "${stray}"`);
    return { kind: 'agent-order', order, route, stateDir };
  }
  if (order === 'status') {
    return route === undefined
      ? { kind: 'agent-status', stateDir }
      : usageError(`unexpected argument "${route}"`);
  }
  if (order !== undefined) {
    return usageError(`found "${order}" where drain, undrain or status belongs; a file is named by --config`);
  }
  return flagsOf(options, stateDir);
}

function flagsOf(options: ParsedOptions, stateDir: string | null): AgentCommand | UsageError {
  const level = options.value('-logLevel') ?? 'info';
  const logLevel = LEVELS.find((each) => each === level);
  if (logLevel === undefined) {
    return usageError(`option "-logLevel" needs one of ${LEVELS.join(', ')}, found "${level}"`);
  }
  const format = options.value('-timeFormat') ?? 'unix-epoch';
  const timeFormat = TIME_FORMATS.find((each) => each === format);
  if (timeFormat === undefined) {
    return usageError(`option "-timeFormat" needs one of ${TIME_FORMATS.join(', ')}, found "${format}"`);
  }
  const where = options.value('--agent-port');
  const agentCheck = where === null ? null : listenAddress(where);
  if (where !== null && agentCheck === null) {
    return usageError(`option "--agent-port" needs PORT or HOST:PORT, found "${where}"`);
  }
  const docker = parseDocker(options);
  if (docker !== null && 'kind' in docker) return docker;
  return {
    kind: 'agent',
    configFile: options.value('--configPath') ?? (docker === null ? DEFAULT_AGENT_FILE : null),
    pidFile: options.value('-pidfile'),
    logLevel,
    timeFormat,
    handover: options.has('--handover'),
    stateDir,
    agentCheck,
    docker,
  };
}

function listenAddress(text: string): { host: string; port: number } | null {
  const match = /^(?:(?:\[([^\]]+)\]|([^\s:[\]/]+)):)?(\d{1,5})$/.exec(text);
  if (match === null) return null;
  const [, bracketed, plain, digits] = match;
  const port = Number(digits);
  if (port > 65_535 || (bracketed !== undefined && !isIPv6(bracketed))) return null;
  return { host: bracketed ?? plain ?? '127.0.0.1', port };
}
