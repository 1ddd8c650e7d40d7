import { type AgentCommand, parseAgent } from './agent-arguments.ts';
import { type CheckCommand, parseCheck } from './check-arguments.ts';
import type { CommandSpec } from './command-spec.ts';
import { COMMANDS, HELP, ROUTER, VERSION } from './commands.ts';
import { type CutoverCommand, parseCutover } from './cutover-arguments.ts';
import { type DebugTokenCommand, parseDebugToken } from './debug-token-arguments.ts';
import { type EndpointCommand, parseEndpoint } from './endpoint-arguments.ts';
import { type ExplainCommand, parseExplain } from './explain-arguments.ts';
import { type HealthCommand, parseHealth } from './health-arguments.ts';
import { parseOptions } from './options.ts';
import { parseRegister, type RegisterCommand } from './register-arguments.ts';
import { parseRouters, type RoutersCommand } from './routers-arguments.ts';
import { type RunCommand, runCommand } from './run-arguments.ts';
import { parseShow, type ShowCommand } from './show-arguments.ts';
import { parseSplit, type SplitCommand } from './split-arguments.ts';
import { parseTable, type TableCommand } from './table-arguments.ts';
import { parseTap, type TapCommand } from './tap-arguments.ts';
import { parseTcp, type TcpCommand } from './tcp-arguments.ts';
import { EX_USAGE, type UsageError, unknownName, usageError } from './usage-error.ts';
import { parseWaitRoute, type WaitRouteCommand } from './wait-route-arguments.ts';

export type Command =
  | RunCommand
  | CheckCommand
  | { readonly kind: 'help'; readonly of: CommandSpec }
  | { readonly kind: 'version' }
  | AgentCommand
  | RegisterCommand
  | RoutersCommand
  | TableCommand
  | SplitCommand
  | CutoverCommand
  | DebugTokenCommand
  | EndpointCommand
  | HealthCommand
  | ExplainCommand
  | ShowCommand
  | TapCommand
  | TcpCommand
  | WaitRouteCommand;

/** @param argv without the program */
export function parseArguments(argv: readonly string[]): Command | UsageError {
  const [first, ...rest] = argv;
  if (first === 'agent') return parseAgent(rest);
  if (first === 'register') return parseRegister(rest);
  if (first === 'routers') return parseRouters(rest);
  if (first === 'table') return parseTable(rest);
  if (first === 'split') return parseSplit(rest);
  if (first === 'cutover') return parseCutover(rest);
  if (first === 'endpoint') return parseEndpoint(rest);
  if (first === 'explain') return parseExplain(rest);
  if (first === 'debug-token') return parseDebugToken(rest);
  if (first === 'show') return parseShow(rest);
  if (first === 'tap') return parseTap(rest);
  if (first === 'wait-route') return parseWaitRoute(rest);
  if (first === 'tcp') return parseTcp(rest);
  if (first === 'health') return parseHealth(rest);
  if (first === 'check') return parseCheck(rest);
  if (first === 'version') return parseVersion(rest);
  if (first === 'help') return parseHelp(rest);
  if (first !== undefined && !first.startsWith('-')) return unknownCommand(first);

  const options = parseOptions(argv, ROUTER.options);
  if (options.kind === 'usage-error') return options;
  if (options.has('--help')) return { kind: 'help', of: ROUTER };
  if (options.has('--version')) return { kind: 'version' };
  const [stray] = options.operands;
  if (stray !== undefined) return usageError(`unexpected argument "${stray}"`);
  return runCommand(options.value('-c'), options.value('--port'));
}

function parseVersion(argv: readonly string[]): Command | UsageError {
  const options = parseOptions(argv, VERSION.options);
  if (options.kind === 'usage-error') return { ...options, exitCode: EX_USAGE };
  if (options.has('--help')) return { kind: 'help', of: VERSION };
  const [stray] = options.operands;
  if (stray !== undefined) return { ...usageError(`unexpected argument "${stray}"`), exitCode: EX_USAGE };
  return { kind: 'version' };
}

function parseHelp(argv: readonly string[]): Command | UsageError {
  const options = parseOptions(argv, HELP.options);
  if (options.kind === 'usage-error') return options;
  const [name] = options.operands;
  if (name === undefined) return { kind: 'help', of: ROUTER };
  const of = COMMANDS.find((command) => command.name === name);
  return of === undefined ? unknownCommand(name) : { kind: 'help', of };
}

function unknownCommand(name: string): UsageError {
  return unknownName(
    'command',
    name,
    COMMANDS.map((command) => command.name),
  );
}
