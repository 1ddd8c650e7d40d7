import type { AdminAddress } from './admin-address.ts';
import { adminAddressOf } from './admin-options.ts';
import type { CommandSpec } from './command-spec.ts';
import { EXPLAIN } from './explain-spec.ts';
import { type ParsedOptions, parseOptions } from './options.ts';
import { EX_USAGE, type UsageError, usageError } from './usage-error.ts';

export interface ExplainCommand {
  readonly kind: 'explain';
  /** See `RoutersCommand`. */
  readonly address: AdminAddress | null;
  /** As `/v1/explain` takes it; a text: the id of a request that was made. */
  readonly asked: object | string;
  readonly json: boolean;
}

export function parseExplain(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): ExplainCommand | UsageError | { readonly kind: 'help'; readonly of: CommandSpec } {
  const options = parseOptions(argv, EXPLAIN.options);
  if (options.kind === 'usage-error') return { ...options, exitCode: EX_USAGE };
  if (options.has('--help')) return { kind: 'help', of: EXPLAIN };
  const asked = askedOf(options);
  if (typeof asked !== 'string' && 'kind' in asked) return { ...(asked as UsageError), exitCode: EX_USAGE };
  const address = adminAddressOf(options, env);
  if (address?.kind === 'usage-error') return { ...address, exitCode: EX_USAGE };
  return { kind: 'explain', address, asked, json: options.has('--json') };
}

function askedOf(options: ParsedOptions): object | string | UsageError {
  const [url, stray] = options.operands;
  const id = options.value('--id');
  if (id !== null) return url === undefined ? id : usageError('a URL or --id, not both');
  if (url === undefined) return usageError('"explain" needs a URL, like https://shop.example.com/cart');
  if (stray !== undefined) return usageError(`unexpected argument "${stray}"`);
  // Not by a parser of URLs: it would make regular what clients do not.
  const [, scheme = 'http', authority = '', rest = ''] = /^(?:(https?):\/\/)?([^/?#]*)(.*)$/s.exec(url) ?? [];
  if (authority === '')
    return usageError(`found "${url}", allowed: a URL like https://shop.example.com/cart`);
  const target = rest.startsWith('/') ? rest : `/${rest}`;
  const headers = options.values('-H');
  const wrong = headers.find((line) => !line.includes(':'));
  if (wrong !== undefined) return usageError(`-H: found "${wrong}", allowed: NAME: VALUE`);
  const isHost = (line: string): boolean => /^host:/i.test(line);
  const named = headers.find(isHost);
  const host = named === undefined ? authority : named.slice('host:'.length).trim();
  const tls = scheme === 'https' || options.has('--tls');
  const sni = options.value('--sni') ?? (tls ? authority.replace(/:\d*$/, '') : '');
  return {
    method: options.value('-X') ?? 'GET',
    target,
    host,
    lines: headers.filter((line) => !isHost(line)),
    client_ip: options.value('--client-ip') ?? '127.0.0.1',
    tls,
    server_name: sni,
    at: options.value('--at') ?? '',
  };
}
