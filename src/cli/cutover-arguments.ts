import { parseDuration } from '../config/schema/duration.ts';
import type { AdminAddress } from './admin-address.ts';
import { adminAddressOf } from './admin-options.ts';
import type { CommandSpec } from './command-spec.ts';
import { CUTOVER } from './cutover-spec.ts';
import { type ParsedOptions, parseOptions } from './options.ts';
import { EX_USAGE, type UsageError, usageError } from './usage-error.ts';

export type CutoverVerb = 'status' | 'pause' | 'resume' | 'promote' | 'abort' | 'history';

/** What is asked of a cutover. */
type CutoverAction =
  /** `order`: as `/v1/cutovers` takes it. */
  | { readonly verb: 'begin'; readonly route: string; readonly order: object }
  /** `route` null: the only one that there is. */
  | { readonly verb: CutoverVerb; readonly route: string | null };

export interface CutoverCommand {
  readonly kind: 'cutover';
  /** See `RoutersCommand`. */
  readonly address: AdminAddress | null;
  readonly action: CutoverAction;
  readonly json: boolean;
}

const VERBS: readonly string[] = ['status', 'pause', 'resume', 'promote', 'abort', 'history'];
/** Options of a cutover that begins: the field of the order, and how the value is read. */
const FIELDS: Readonly<Record<string, readonly [field: string, kind: 'text' | 'number' | 'duration']>> = {
  '--from': ['from', 'text'],
  '--to': ['to', 'text'],
  '--plan': ['plan', 'text'],
  '--step-time': ['step_ms', 'duration'],
  '--window': ['window_ms', 'duration'],
  '--min-requests': ['min_requests', 'number'],
  '--probe-path': ['probe_path', 'text'],
  '--quiet-timeout': ['quiet_ms', 'duration'],
  '--on-quiet': ['on_quiet', 'text'],
  '--soak': ['soak_ms', 'duration'],
  '--expect-routers': ['expect_routers', 'number'],
  '--max-load-factor': ['max_load_factor', 'number'],
};

export function parseCutover(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): CutoverCommand | UsageError | { readonly kind: 'help'; readonly of: CommandSpec } {
  const options = parseOptions(argv, CUTOVER.options);
  if (options.kind === 'usage-error') return { ...options, exitCode: EX_USAGE };
  if (options.has('--help')) return { kind: 'help', of: CUTOVER };
  const action = actionOf(options);
  if ('kind' in action) return { ...action, exitCode: EX_USAGE };
  const address = adminAddressOf(options, env);
  if (address?.kind === 'usage-error') return { ...address, exitCode: EX_USAGE };
  return { kind: 'cutover', address, action, json: options.has('--json') };
}

function actionOf(options: ParsedOptions): CutoverAction | UsageError {
  const [first, second, stray] = options.operands;
  if (first === undefined) {
    return usageError(`nothing to do: allowed: a ROUTE with --from and --to, or ${VERBS.join(', ')}`);
  }
  const isVerb = VERBS.includes(first);
  const unexpected = isVerb ? stray : second;
  if (unexpected !== undefined) return usageError(`unexpected argument "${unexpected}"`);
  const given = Object.keys(FIELDS).filter((name) => options.value(name) !== null);
  if (!isVerb) return orderOf(first, given, options);
  if (given[0] !== undefined) return usageError(`${given[0]} belongs to a cutover that begins`);
  return { verb: first as CutoverVerb, route: second ?? null };
}

function orderOf(
  route: string,
  given: readonly string[],
  options: ParsedOptions,
): CutoverAction | UsageError {
  for (const needed of ['--from', '--to']) {
    if (!given.includes(needed)) return usageError(`a cutover needs ${needed} SELECTOR, like app:GUID`);
  }
  const order: Record<string, unknown> = { route };
  for (const name of given) {
    const [field, kind] = FIELDS[name]!;
    const written = options.value(name)!;
    const value = read(written, kind);
    if (value === null) {
      const allowed = kind === 'number' ? 'a number' : 'a time like 60s or 2m';
      return usageError(`${name}: found "${written}", allowed: ${allowed}`);
    }
    order[field] = value;
  }
  return { verb: 'begin', route, order };
}

function read(written: string, kind: 'text' | 'number' | 'duration'): string | number | null {
  if (kind === 'text') return written;
  if (kind === 'number') return /^\d{1,9}(?:\.\d{1,3})?$/.test(written) ? Number(written) : null;
  const parsed = parseDuration(written);
  return typeof parsed === 'number' ? parsed : null;
}
