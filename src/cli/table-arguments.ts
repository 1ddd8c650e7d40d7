import { parseDuration } from '../config/schema/duration.ts';
import type { AdminAddress } from './admin-address.ts';
import { adminAddressOf } from './admin-options.ts';
import type { CommandSpec } from './command-spec.ts';
import { TABLE } from './commands.ts';
import { type ParsedOptions, parseOptions } from './options.ts';
import { EX_USAGE, type UsageError, unknownName, usageError } from './usage-error.ts';

/** Where a table is: a file, or a router that runs. `address` null: nobody has named one. */
export type TablePlace =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'live'; readonly address: AdminAddress | null };

export type TableCommand =
  | {
      readonly kind: 'table-export';
      readonly from: TablePlace;
      /** Null: the standard output. */
      readonly output: string | null;
    }
  | {
      readonly kind: 'table-import';
      readonly file: string;
      readonly address: AdminAddress | null;
      readonly ttlSeconds: number;
      readonly dryRun: boolean;
    }
  | {
      readonly kind: 'table-diff';
      readonly old: TablePlace;
      readonly new: TablePlace;
      readonly json: boolean;
    };

const ACTIONS = ['export', 'import', 'diff'] as const;
/** Which options go with which action; the others are a mistake. */
const OWN_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  export: ['--file', '--output'],
  import: ['--ttl', '--dry-run'],
  diff: ['--json'],
};
/** Seconds: a week. */
const LONGEST_TTL = 7 * 24 * 3600;

export function parseTable(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): TableCommand | UsageError | { readonly kind: 'help'; readonly of: CommandSpec } {
  const options = parseOptions(argv, TABLE.options);
  if (options.kind === 'usage-error') return { ...options, exitCode: EX_USAGE };
  if (options.has('--help')) return { kind: 'help', of: TABLE };
  const command = commandOf(options, env);
  return command.kind === 'usage-error' ? { ...command, exitCode: EX_USAGE } : command;
}

function commandOf(
  options: ParsedOptions,
  env: Readonly<Record<string, string | undefined>>,
): TableCommand | UsageError {
  const [action, ...operands] = options.operands;
  if (action === undefined) return usageError('"table" needs export, import or diff');
  if (!(ACTIONS as readonly string[]).includes(action)) return unknownName('action', action, ACTIONS);
  const stray = strayOption(action, options);
  if (stray !== null) return usageError(`"table ${action}" has no option "${stray}"`);
  const address = adminAddressOf(options, env);
  if (address?.kind === 'usage-error') return address;
  if (action === 'export') return exportOf(operands, options, address);
  return action === 'import' ? importOf(operands, options, address) : diffOf(operands, options, address);
}

function exportOf(
  operands: readonly string[],
  options: ParsedOptions,
  address: AdminAddress | null,
): TableCommand | UsageError {
  if (operands[0] !== undefined) return usageError(`unexpected argument "${operands[0]}"`);
  const path = options.value('--file');
  const from: TablePlace = path === null ? { kind: 'live', address } : { kind: 'file', path };
  return { kind: 'table-export', from, output: options.value('--output') };
}

function importOf(
  [file, stray]: readonly string[],
  options: ParsedOptions,
  address: AdminAddress | null,
): TableCommand | UsageError {
  if (file === undefined) return usageError('"table import" needs a FILE');
  if (stray !== undefined) return usageError(`unexpected argument "${stray}"`);
  const ttl = options.value('--ttl');
  if (ttl === null) return usageError('"table import" needs --ttl DURATION, after which the routes go');
  const milliseconds = parseDuration(ttl);
  const seconds = typeof milliseconds === 'number' ? Math.ceil(milliseconds / 1000) : 0;
  if (seconds < 1 || seconds > LONGEST_TTL) {
    return usageError('option "--ttl" needs a duration like 1h or 90s, of at most 168h');
  }
  return { kind: 'table-import', file, address, ttlSeconds: seconds, dryRun: options.has('--dry-run') };
}

function diffOf(
  [old, next, stray]: readonly string[],
  options: ParsedOptions,
  address: AdminAddress | null,
): TableCommand | UsageError {
  if (old === undefined || next === undefined) {
    return usageError('"table diff" needs OLD and NEW, each a file or "live"');
  }
  if (stray !== undefined) return usageError(`unexpected argument "${stray}"`);
  const placeOf = (text: string): TablePlace =>
    text === 'live' ? { kind: 'live', address } : { kind: 'file', path: text };
  return { kind: 'table-diff', old: placeOf(old), new: placeOf(next), json: options.has('--json') };
}

function strayOption(action: string, options: ParsedOptions): string | null {
  const own = OWN_OPTIONS[action] ?? [];
  const others = Object.values(OWN_OPTIONS).flat();
  return others.find((name) => !own.includes(name) && options.has(name)) ?? null;
}
