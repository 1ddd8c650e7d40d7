import {
  parseSelector,
  type Selected,
  type Selector,
  SelectorError,
  selectorText,
  selects,
} from './selector.ts';

/** Of an arm: its share is that of all weights of the split. */
export const MOST_WEIGHT = 10_000;
export const MOST_ARMS = 16;

/** Part of a route's endpoints. */
interface SplitArm {
  readonly selector: Selector;
  /** 0 to 10 000; 0: it gets nothing that is not pinned to it. */
  readonly weight: number;
}

/** By what the same user is known again. */
type SplitKey =
  | { readonly kind: 'none' }
  | { readonly kind: 'cookie'; readonly name: string }
  /** Lower case. */
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'client-ip' }
  /** By a cookie that the router sets. */
  | { readonly kind: 'user' };

/**
 * How the requests of a route are shared out between parts of its endpoints, however many instances each has. An
 * endpoint is of the first arm that selects it; one that none selects gets nothing.
 */
export interface Split {
  /** Another for each route, so that whoever is in early here is not so everywhere. */
  readonly id: string;
  readonly arms: readonly SplitArm[];
  readonly key: SplitKey;
  /** Where an arm has nobody who can answer: whether others of weight do. */
  readonly onEmpty: 'spill' | 'fail';
}

export type ReadSplit =
  | { readonly ok: true; readonly split: Split }
  /** One sentence that names the field, what was found and what is allowed. */
  | { readonly ok: false; readonly error: string };

/** The place of the arm that an endpoint is of, which is the first that selects it; -1: it is of none. */
export function armAt(
  { arms }: { readonly arms: readonly Pick<SplitArm, 'selector'>[] },
  endpoint: Selected,
): number {
  return arms.findIndex(({ selector }) => selects(selector, endpoint));
}

/** A split as JSON has it: `{"arms": [{"selector", "weight"}], "key", "on_empty"}`. @param id see `Split` */
export function readSplit(value: Readonly<Record<string, unknown>>, id: string): ReadSplit {
  const { arms: given, key = 'none', on_empty: onEmpty = 'spill' } = value;
  if (!Array.isArray(given) || given.length === 0 || given.length > MOST_ARMS) {
    return refused(`arms: allowed: a list of 1 to ${MOST_ARMS} arms`);
  }
  if (onEmpty !== 'spill' && onEmpty !== 'fail') return refused('on_empty: allowed: spill, fail');
  const readKey = typeof key === 'string' ? keyOf(key) : null;
  if (readKey === null) return refused(`key: found ${quoted(key)}, allowed: ${KEYS}`);
  const arms: SplitArm[] = [];
  for (const [at, arm] of given.entries()) {
    const read = readArm(arm);
    if (typeof read === 'string') return refused(`arms[${at}]: ${read}`);
    arms.push(read);
  }
  const texts = arms.map(({ selector }) => selectorText(selector));
  const twice = texts.find((text, at) => texts.indexOf(text) !== at);
  if (twice !== undefined) return refused(`arms: ${twice} is there twice`);
  const rest = texts.indexOf('rest');
  if (rest >= 0 && rest < texts.length - 1) return refused('arms: rest must be the last');
  if (arms.every(({ weight }) => weight === 0)) return refused('arms: one of them needs a weight above 0');
  return { ok: true, split: { id, arms, key: readKey, onEmpty } };
}

export function splitJson({ arms, key, onEmpty }: Split): object {
  return {
    arms: arms.map(({ selector, weight }) => ({ selector: selectorText(selector), weight })),
    key: keyText(key),
    on_empty: onEmpty,
  };
}

const KEYS = 'none, client-ip, user, cookie:NAME, header:NAME';
/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;

function keyOf(text: string): SplitKey | null {
  if (text === 'none' || text === 'client-ip' || text === 'user') return { kind: text };
  const colon = text.indexOf(':');
  const name = text.slice(colon + 1);
  const kind = text.slice(0, colon);
  if (!TOKEN.test(name)) return null;
  if (kind === 'cookie') return { kind, name };
  return kind === 'header' ? { kind, name: name.toLowerCase() } : null;
}

export function keyText(key: SplitKey): string {
  return key.kind === 'cookie' || key.kind === 'header' ? `${key.kind}:${key.name}` : key.kind;
}

function readArm(arm: unknown): SplitArm | string {
  if (typeof arm !== 'object' || arm === null) return 'allowed: {"selector", "weight"}';
  const { selector, weight } = arm as Record<string, unknown>;
  if (typeof selector !== 'string') return 'selector: allowed: text';
  if (typeof weight !== 'number' || !Number.isInteger(weight) || weight < 0 || weight > MOST_WEIGHT) {
    return `weight: found ${quoted(weight)}, allowed: an integer from 0 to ${MOST_WEIGHT}`;
  }
  try {
    return { selector: parseSelector(selector), weight };
  } catch (error) {
    if (error instanceof SelectorError) return error.message;
    throw error;
  }
}

function refused(error: string): ReadSplit {
  return { ok: false, error };
}

function quoted(value: unknown): string {
  return String(JSON.stringify(value)).slice(0, 60);
}
