import { parseDuration } from '../config/schema/duration.ts';
import type { AdminAddress } from './admin-address.ts';
import { adminAddressOf } from './admin-options.ts';
import type { CommandSpec } from './command-spec.ts';
import { WAIT_ROUTE } from './commands.ts';
import { parseOptions } from './options.ts';
import { EX_USAGE, type UsageError, usageError } from './usage-error.ts';

export interface WaitRouteCommand {
  readonly kind: 'wait-route';
  /** See `RoutersCommand`. */
  readonly address: AdminAddress | null;
  readonly route: string;
  /** Null: of any application. */
  readonly app: string | null;
  /** Milliseconds. */
  readonly timeout: number;
  readonly json: boolean;
}

export function parseWaitRoute(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): WaitRouteCommand | UsageError | { readonly kind: 'help'; readonly of: CommandSpec } {
  const options = parseOptions(argv, WAIT_ROUTE.options);
  if (options.kind === 'usage-error') return { ...options, exitCode: EX_USAGE };
  if (options.has('--help')) return { kind: 'help', of: WAIT_ROUTE };
  const [route, stray] = options.operands;
  if (route === undefined) return { ...usageError('"wait-route" needs a ROUTE'), exitCode: EX_USAGE };
  if (stray !== undefined) return { ...usageError(`unexpected argument "${stray}"`), exitCode: EX_USAGE };
  const written = options.value('--timeout') ?? '60s';
  const timeout = parseDuration(written);
  if (typeof timeout !== 'number') {
    return {
      ...usageError(`--timeout: found "${written}", allowed: a time like 60s or 2m`),
      exitCode: EX_USAGE,
    };
  }
  const address = adminAddressOf(options, env);
  if (address?.kind === 'usage-error') return { ...address, exitCode: EX_USAGE };
  const app = options.value('--app');
  return { kind: 'wait-route', address, route, app, timeout, json: options.has('--json') };
}
