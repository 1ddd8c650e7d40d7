import type { CommandSpec } from './command-spec.ts';
import { HEALTH } from './health-spec.ts';
import { parseOptions } from './options.ts';
import { EX_USAGE, type UsageError, usageError } from './usage-error.ts';

export interface HealthCommand {
  readonly kind: 'health';
  /** Null: as for a router that was started without. */
  readonly configFile: string | null;
  /** Null: the address that the configuration has. */
  readonly url: URL | null;
}

export function parseHealth(
  argv: readonly string[],
): HealthCommand | UsageError | { readonly kind: 'help'; readonly of: CommandSpec } {
  const options = parseOptions(argv, HEALTH.options);
  if (options.kind === 'usage-error') return { ...options, exitCode: EX_USAGE };
  if (options.has('--help')) return { kind: 'help', of: HEALTH };
  const [stray] = options.operands;
  if (stray !== undefined) return wrong(`unexpected argument "${stray}"`);
  const given = options.value('--url');
  if (given === null) return { kind: 'health', configFile: options.value('-c'), url: null };
  if (options.has('-c')) return wrong('option "--url" says where to ask, and so does "-c": give one of them');
  const url = URL.parse(given);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '') {
    return wrong('option "--url" needs http://HOST:PORT or https://HOST:PORT');
  }
  if (url.pathname === '/') url.pathname = '/health';
  return { kind: 'health', configFile: null, url };
}

function wrong(message: string): UsageError {
  return { ...usageError(message), exitCode: EX_USAGE };
}
