import { parsePayload } from '../bus/payload.ts';

export const ROUTER_STATES = ['starting', 'serving', 'draining', 'leaving'] as const;
type RouterState = (typeof ROUTER_STATES)[number];

/** What a router says of itself in the roll-call. */
export interface RollMessage {
  /** One per process; the id of its `router.start`. */
  readonly id: string;
  /** Whose place it has taken: that one is gone, and may have been killed. */
  readonly former?: string;
  readonly version: string;
  /** Where it can be asked for more, `host:port`; empty: nowhere. */
  readonly address: string;
  /** Routes in its table. */
  readonly routes: number;
  /** Of its table: it goes up with every change. */
  readonly generation: number;
  /** The highest revision of a decision that it knows; 0: of none. */
  readonly decisions: number;
  readonly state: RouterState;
}

export type DecodedRollMessage =
  | { readonly ok: true; readonly message: RollMessage }
  | { readonly ok: false; readonly error: string };

/** Bytes; the texts below come to a quarter of that. */
const MAX_PAYLOAD = 4096;
const MAX_ID = 128;
const MAX_VERSION = 64;
const MAX_ADDRESS = 300;
/** Printable, and without a blank: it is shown in tables and logs. */
const WORD = /^[\x21-\x7e]*$/;

export function encodeRollMessage(message: RollMessage): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(message));
}

/** Fields that are not known are left out, since a later version may have more. Never throws. */
export function decodeRollMessage(payload: Uint8Array): DecodedRollMessage {
  const read = fieldsOf(payload);
  if (typeof read === 'string') return { ok: false, error: read };
  const { id, former, version, address, routes, generation, decisions, state } = read;
  const error =
    wordFault('id', id, 1, MAX_ID) ??
    (former === undefined ? null : wordFault('former', former, 1, MAX_ID)) ??
    wordFault('version', version, 0, MAX_VERSION) ??
    wordFault('address', address, 0, MAX_ADDRESS) ??
    countFault('routes', routes) ??
    countFault('generation', generation) ??
    countFault('decisions', decisions) ??
    (isState(state) ? null : fault('state', state, `one of ${ROUTER_STATES.join(', ')}`));
  if (error !== null) return { ok: false, error };
  const said = { id, version, address, routes, generation, decisions, state };
  return { ok: true, message: (former === undefined ? said : { ...said, former }) as RollMessage };
}

/** The id in a `router.start`, or in an answer to `router.greet`; null where there is none that could be one. */
export function idOfStart(payload: Uint8Array): string | null {
  const read = fieldsOf(payload);
  if (typeof read === 'string') return null;
  return wordFault('id', read['id'], 1, MAX_ID) === null ? (read['id'] as string) : null;
}

function fieldsOf(payload: Uint8Array): Readonly<Record<string, unknown>> | string {
  if (payload.length > MAX_PAYLOAD) {
    return `payload is ${payload.length} bytes long, allowed: at most ${MAX_PAYLOAD}`;
  }
  const parsed = parsePayload(payload);
  if (!parsed.ok) return parsed.error;
  const { value } = parsed;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'message: no JSON object';
  return value as Record<string, unknown>;
}

function isState(value: unknown): value is RouterState {
  return ROUTER_STATES.some((state) => state === value);
}

function wordFault(name: string, value: unknown, least: number, most: number): string | null {
  const fits = typeof value === 'string' && value.length >= least && value.length <= most && WORD.test(value);
  return fits ? null : fault(name, value, `${least} to ${most} printable characters without blanks`);
}

function countFault(name: string, value: unknown): string | null {
  return Number.isSafeInteger(value) && (value as number) >= 0
    ? null
    : fault(name, value, 'an integer from 0');
}

function fault(name: string, value: unknown, allowed: string): string {
  return `${name}: found ${(JSON.stringify(value) ?? 'nothing').slice(0, 60)}, allowed: ${allowed}`;
}
