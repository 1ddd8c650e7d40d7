import { parseDuration } from '../config/schema/duration.ts';
import type { AdminAddress } from './admin-address.ts';
import { adminAddressOf } from './admin-options.ts';
import type { CommandSpec } from './command-spec.ts';
import { ENDPOINT } from './endpoint-spec.ts';
import { type ParsedOptions, parseOptions } from './options.ts';
import { EX_USAGE, type UsageError, unknownName, usageError } from './usage-error.ts';

type EndpointAction =
  | { readonly verb: 'list' }
  /** `order`: as `/v1/endpoints/{endpoint}/order` takes it. */
  | { readonly verb: 'order'; readonly endpoint: string; readonly order: object };

export interface EndpointCommand {
  readonly kind: 'endpoint';
  /** See `RoutersCommand`. */
  readonly address: AdminAddress | null;
  readonly action: EndpointAction;
  readonly json: boolean;
}

const ORDERS = ['drain', 'hold', 'ready'];
const VERBS = [...ORDERS, 'list'];

export function parseEndpoint(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): EndpointCommand | UsageError | { readonly kind: 'help'; readonly of: CommandSpec } {
  const options = parseOptions(argv, ENDPOINT.options);
  if (options.kind === 'usage-error') return { ...options, exitCode: EX_USAGE };
  if (options.has('--help')) return { kind: 'help', of: ENDPOINT };
  const action = actionOf(options);
  if ('kind' in action) return { ...action, exitCode: EX_USAGE };
  const address = adminAddressOf(options, env);
  if (address?.kind === 'usage-error') return { ...address, exitCode: EX_USAGE };
  return { kind: 'endpoint', address, action, json: options.has('--json') };
}

function actionOf(options: ParsedOptions): EndpointAction | UsageError {
  const [verb, endpoint, ...rest] = options.operands;
  if (verb === undefined) return usageError(`nothing to do: allowed: ${VERBS.join(', ')}`);
  if (!VERBS.includes(verb)) return unknownName('endpoint command', verb, VERBS);
  const stray = verb === 'list' ? endpoint : rest[0];
  if (stray !== undefined) return usageError(`unexpected argument "${stray}"`);
  const [route, ttl] = [options.value('--route'), options.value('--ttl')];
  if (verb === 'list') {
    return (route ?? ttl) === null ? { verb } : usageError('--route and --ttl belong to an order');
  }
  if (endpoint === undefined) return usageError(`"endpoint ${verb}" needs an ADDRESS or INSTANCE-ID`);
  if (verb === 'ready' && ttl !== null) return usageError('--ttl belongs to drain and hold');
  const ms = ttl === null ? null : parseDuration(ttl);
  if (typeof ms === 'string') return usageError(`--ttl: found "${ttl}", allowed: a time like 30m, or 0`);
  const order = {
    order: verb,
    ...(route !== null && { route }),
    ...(ms !== null && { ttl_seconds: Math.ceil(ms / 1000) }),
    ...(options.has('--force') && { force: true }),
  };
  return { verb: 'order', endpoint, order };
}
