import { parseDuration } from '../config/schema/duration.ts';
import type { AdminAddress } from './admin-address.ts';
import { adminAddressOf } from './admin-options.ts';
import type { CommandSpec } from './command-spec.ts';
import { type ParsedOptions, parseOptions } from './options.ts';
import { TAP } from './tap-spec.ts';
import { EX_USAGE, type UsageError, usageError } from './usage-error.ts';

export interface TapCommand {
  readonly kind: 'tap';
  /** See `RoutersCommand`. */
  readonly address: AdminAddress | null;
  /** As `/v1/taps` takes it. */
  readonly filter: object;
  /** Infinite: as many as come. */
  readonly most: number;
  /** Milliseconds. */
  readonly lasts: number;
  readonly json: boolean;
}

const USUAL_MS = 60_000;

export function parseTap(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): TapCommand | UsageError | { readonly kind: 'help'; readonly of: CommandSpec } {
  const options = parseOptions(argv, TAP.options);
  if (options.kind === 'usage-error') return { ...options, exitCode: EX_USAGE };
  if (options.has('--help')) return { kind: 'help', of: TAP };
  const wanted = wantedOf(options);
  if ('kind' in wanted) return { ...wanted, exitCode: EX_USAGE };
  const address = adminAddressOf(options, env);
  if (address?.kind === 'usage-error') return { ...address, exitCode: EX_USAGE };
  return { kind: 'tap', address, ...wanted, json: options.has('--json') };
}

function wantedOf(options: ParsedOptions): Pick<TapCommand, 'filter' | 'most' | 'lasts'> | UsageError {
  const [stray] = options.operands;
  if (stray !== undefined) return usageError(`unexpected argument "${stray}"`);
  const [route, app, status] = ['--route', '--app', '--status'].map((name) => options.value(name));
  const slower = timeOf('--slower', options.value('--slower'));
  const lasts = timeOf('--for', options.value('--for'));
  if (typeof slower === 'object' && slower !== null) return slower;
  if (typeof lasts === 'object' && lasts !== null) return lasts;
  const max = options.value('--max');
  if (max !== null && !/^[1-9]\d{0,8}$/.test(max)) {
    return usageError(`--max: found "${max}", allowed: a number from 1`);
  }
  const filter = {
    ...(route && { route }),
    ...(app && { app }),
    ...(status && { status }),
    ...(slower !== null && { slower_ms: slower }),
    ...(options.has('--here') && { here: true }),
  };
  return { filter, most: max === null ? Number.POSITIVE_INFINITY : Number(max), lasts: lasts ?? USUAL_MS };
}

function timeOf(name: string, written: string | null): number | UsageError | null {
  if (written === null) return null;
  const parsed = parseDuration(written);
  if (typeof parsed === 'number') return parsed;
  return usageError(`${name}: found "${written}", allowed: a time like 500ms or 60s`);
}
