import type { AdminAddress } from './admin-address.ts';
import { adminAddressOf } from './admin-options.ts';
import type { CommandSpec } from './command-spec.ts';
import { SPLIT } from './commands.ts';
import { parseOptions } from './options.ts';
import { EX_USAGE, type UsageError, unknownName, usageError } from './usage-error.ts';

/** What is asked of a split. */
export type SplitAction =
  /** `route` null: of all. */
  | { readonly verb: 'show'; readonly route: string | null }
  | { readonly verb: 'set'; readonly route: string; readonly split: object }
  | { readonly verb: 'hold'; readonly route: string }
  | { readonly verb: 'clear'; readonly route: string };

export interface SplitCommand {
  readonly kind: 'split';
  /** See `RoutersCommand`. */
  readonly address: AdminAddress | null;
  readonly action: SplitAction;
  readonly json: boolean;
}

const VERBS = ['show', 'set', 'hold', 'clear'];

export function parseSplit(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): SplitCommand | UsageError | { readonly kind: 'help'; readonly of: CommandSpec } {
  const options = parseOptions(argv, SPLIT.options);
  if (options.kind === 'usage-error') return { ...options, exitCode: EX_USAGE };
  if (options.has('--help')) return { kind: 'help', of: SPLIT };
  const action = actionOf(options.operands, options.value('--key'), options.value('--on-empty'));
  if ('kind' in action) return { ...action, exitCode: EX_USAGE };
  const address = adminAddressOf(options, env);
  if (address?.kind === 'usage-error') return { ...address, exitCode: EX_USAGE };
  return { kind: 'split', address, action, json: options.has('--json') };
}

function actionOf(
  [verb, route, ...rest]: readonly string[],
  key: string | null,
  onEmpty: string | null,
): SplitAction | UsageError {
  if (verb === undefined) return usageError(`nothing to do: allowed: ${VERBS.join(', ')}`);
  if (!VERBS.includes(verb)) return unknownName('split command', verb, VERBS);
  if (verb !== 'set' && (key ?? onEmpty) !== null) return usageError('--key and --on-empty belong to "set"');
  if (verb !== 'set' && rest[0] !== undefined) return usageError(`unexpected argument "${rest[0]}"`);
  if (verb === 'show') return { verb, route: route ?? null };
  if (route === undefined) return usageError(`"split ${verb}" needs a ROUTE, like shop.example.com/cart`);
  if (verb === 'hold' || verb === 'clear') return { verb, route };
  if (rest.length === 0) {
    return usageError('"split set" needs arms, SELECTOR=WEIGHT, like app:GUID=9900 rest=100');
  }
  const arms = rest.map(armOf);
  const wrong = rest[arms.indexOf(null)];
  if (wrong !== undefined) {
    return usageError(`found "${wrong}", allowed: SELECTOR=WEIGHT with a weight from 0 to 10000`);
  }
  const split = { arms, ...(key !== null && { key }), ...(onEmpty !== null && { on_empty: onEmpty }) };
  return { verb: 'set', route, split };
}

/** The weight stands behind the last sign: a tag has one of its own. */
function armOf(text: string): { readonly selector: string; readonly weight: number } | null {
  const [, selector = '', digits = ''] = /^(.+)=(\d{1,5})$/.exec(text) ?? [];
  return selector === '' ? null : { selector, weight: Number(digits) };
}
