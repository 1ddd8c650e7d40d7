import { parseDuration } from '../config/schema/duration.ts';
import type { AdminAddress } from './admin-address.ts';
import { adminAddressOf } from './admin-options.ts';
import type { CommandSpec } from './command-spec.ts';
import { type ParsedOptions, parseOptions } from './options.ts';
import { SHOW } from './show-spec.ts';
import { EX_USAGE, type UsageError, unknownName, usageError } from './usage-error.ts';

const PATHS = {
  overview: '/v1/overview',
  routes: '/v1/routes',
  endpoints: '/v1/endpoints',
  splits: '/v1/splits',
  sessions: '/v1/sessions',
  failures: '/v1/requests',
  errors: '/v1/errors',
  rejected: '/v1/rejected',
  threads: '/v1/threads',
  tls: '/v1/tls',
} as const;

export type Shown = keyof typeof PATHS;

/** Which of the filters each heeds. */
const FILTERS: Readonly<Record<Shown, readonly string[]>> = {
  overview: [],
  routes: ['q', 'route', 'limit'],
  endpoints: ['q', 'route', 'app', 'state', 'limit'],
  splits: [],
  sessions: ['route', 'app', 'older', 'limit'],
  failures: [],
  errors: ['route'],
  rejected: [],
  threads: [],
  tls: [],
};

export interface ShowCommand {
  readonly kind: 'show';
  /** See `RoutersCommand`. */
  readonly address: AdminAddress | null;
  readonly what: Shown;
  /** With its query. */
  readonly path: string;
  readonly watch: boolean;
  readonly json: boolean;
}

export function parseShow(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): ShowCommand | UsageError | { readonly kind: 'help'; readonly of: CommandSpec } {
  const options = parseOptions(argv, SHOW.options);
  if (options.kind === 'usage-error') return { ...options, exitCode: EX_USAGE };
  if (options.has('--help')) return { kind: 'help', of: SHOW };
  const wanted = wantedOf(options);
  if ('kind' in wanted) return { ...wanted, exitCode: EX_USAGE };
  const address = adminAddressOf(options, env);
  if (address?.kind === 'usage-error') return { ...address, exitCode: EX_USAGE };
  return { kind: 'show', address, ...wanted, watch: options.has('--watch'), json: options.has('--json') };
}

function wantedOf(options: ParsedOptions): Pick<ShowCommand, 'what' | 'path'> | UsageError {
  const [name, text, stray] = options.operands;
  const known = Object.keys(PATHS);
  if (name === undefined) return usageError(`nothing to show: allowed: ${known.join(', ')}`);
  if (!known.includes(name)) return unknownName('thing to show', name, known);
  if (stray !== undefined) return usageError(`unexpected argument "${stray}"`);
  const what = name as Shown;
  const query = new URLSearchParams();
  const given: readonly (readonly [string, string | null])[] = [
    ['q', text ?? null],
    ...['route', 'app', 'state', 'older', 'limit'].map((each) => [each, options.value(`--${each}`)] as const),
  ];
  for (const [filter, value] of given) {
    if (value === null) continue;
    if (!FILTERS[what].includes(filter)) {
      return usageError(filter === 'q' ? `unexpected argument "${value}"` : `--${filter} is not for ${what}`);
    }
    if (filter !== 'older') {
      query.set(filter, value);
      continue;
    }
    const older = parseDuration(value);
    if (typeof older === 'string')
      return usageError(`--older: found "${value}", allowed: a time like 30s or 1h`);
    query.set('older_seconds', String(older / 1000));
  }
  return { what, path: query.size === 0 ? PATHS[what] : `${PATHS[what]}?${query}` };
}
