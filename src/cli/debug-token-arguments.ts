import { parseDuration } from '../config/schema/duration.ts';
import type { AdminAddress } from './admin-address.ts';
import { adminAddressOf } from './admin-options.ts';
import { ADMIN_OPTIONS, type CommandSpec, HELP_OPTION } from './command-spec.ts';
import { parseOptions } from './options.ts';
import { EX_USAGE, type UsageError, usageError } from './usage-error.ts';

export interface DebugTokenCommand {
  readonly kind: 'debug-token';
  /** See `RoutersCommand`. */
  readonly address: AdminAddress | null;
  /** Milliseconds. */
  readonly lasts: number;
  readonly json: boolean;
}

export const DEBUG_TOKEN: CommandSpec = {
  name: 'debug-token',
  operands: '',
  meaning: 'make a token that has responses say how they came about',
  details: `Prints a token for the request header X-Cellgate-Debug. A response to a request that has it says in Cellgate-Debug
and Proxy-Status by which router, route and endpoint it came about, with inner addresses; applications never see the
token. It holds for all routers with the same cellgate.debug_key.

  curl -H "X-Cellgate-Debug: $(cellgate debug-token --for 10m)" -sD- -o /dev/null https://shop.example.com/cart

Takes the right "debug". Ends with 1 when no router answers or none has a key, and with 64 when the command line is
wrong.`,
  options: [
    ...ADMIN_OPTIONS,
    {
      names: ['--for'],
      value: 'DURATION',
      meaning: 'how long it holds, from 1s to 1h (default 1h)',
    },
    { names: ['--json'], value: null, meaning: 'print JSON, with the time at which it ends' },
    HELP_OPTION,
  ],
};

const LEAST_MS = 1000;
const MOST_MS = 3_600_000;

export function parseDebugToken(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): DebugTokenCommand | UsageError | { readonly kind: 'help'; readonly of: CommandSpec } {
  const options = parseOptions(argv, DEBUG_TOKEN.options);
  if (options.kind === 'usage-error') return { ...options, exitCode: EX_USAGE };
  if (options.has('--help')) return { kind: 'help', of: DEBUG_TOKEN };
  const wrong = (message: string): UsageError => ({ ...usageError(message), exitCode: EX_USAGE });
  const [stray] = options.operands;
  if (stray !== undefined) return wrong(`unexpected argument "${stray}"`);
  const written = options.value('--for') ?? '1h';
  const lasts = parseDuration(written);
  if (typeof lasts !== 'number' || lasts < LEAST_MS || lasts > MOST_MS) {
    return wrong(`--for: found "${written}", allowed: a time from 1s to 1h`);
  }
  const address = adminAddressOf(options, env);
  if (address?.kind === 'usage-error') return { ...address, exitCode: EX_USAGE };
  return { kind: 'debug-token', address, lasts, json: options.has('--json') };
}
