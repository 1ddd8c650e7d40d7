import type { AdminAddress } from './admin-address.ts';
import { adminAddressOf } from './admin-options.ts';
import type { CommandSpec } from './command-spec.ts';
import { ROUTERS } from './commands.ts';
import { parseOptions } from './options.ts';
import { EX_USAGE, type UsageError, usageError } from './usage-error.ts';

export interface RoutersCommand {
  readonly kind: 'routers';
  /** Null: nobody has named a router, and none has left its address. */
  readonly address: AdminAddress | null;
  readonly json: boolean;
}

export function parseRouters(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): RoutersCommand | UsageError | { readonly kind: 'help'; readonly of: CommandSpec } {
  const options = parseOptions(argv, ROUTERS.options);
  if (options.kind === 'usage-error') return { ...options, exitCode: EX_USAGE };
  if (options.has('--help')) return { kind: 'help', of: ROUTERS };
  const [stray] = options.operands;
  if (stray !== undefined) return { ...usageError(`unexpected argument "${stray}"`), exitCode: EX_USAGE };
  const address = adminAddressOf(options, env);
  if (address?.kind === 'usage-error') return { ...address, exitCode: EX_USAGE };
  return { kind: 'routers', address, json: options.has('--json') };
}
