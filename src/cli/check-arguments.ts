import { CHECK } from './check-spec.ts';
import type { CommandSpec } from './command-spec.ts';
import { parseOptions } from './options.ts';
import { type UsageError, usageError } from './usage-error.ts';

export interface CheckCommand {
  readonly kind: 'check';
  /** Null: of a router that is started without. */
  readonly configFile: string | null;
  /** Whether the configuration in force is shown. */
  readonly print: boolean;
  /** Whether this machine is of no concern. */
  readonly fileOnly: boolean;
}

export function parseCheck(
  argv: readonly string[],
): CheckCommand | UsageError | { readonly kind: 'help'; readonly of: CommandSpec } {
  const options = parseOptions(argv, CHECK.options);
  if (options.kind === 'usage-error') return options;
  if (options.has('--help')) return { kind: 'help', of: CHECK };
  const named = options.value('-c');
  const [file, stray] = options.operands;
  const surplus = named === null ? stray : file;
  if (surplus !== undefined)
    return usageError(`unexpected argument "${surplus}": there is one file to check`);
  return {
    kind: 'check',
    configFile: named ?? file ?? null,
    print: options.has('--print'),
    fileOnly: options.has('--file-only'),
  };
}
