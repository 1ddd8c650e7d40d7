import type { Candidates } from '../../routing/balancer.ts';
import type { Endpoint } from '../../routing/endpoint.ts';
import type { Head } from '../message/head.ts';
import { ABSENT, type Request } from '../message/request.ts';
import {
  INVALID_APP_INSTANCE,
  INVALID_PROCESS_INSTANCE,
  type RouterError,
  unknownAppInstance,
  unknownProcessInstance,
} from './router-error.ts';

/** Which instances a request may go to by its own word (docs/compatibility.md §2.3). */
export interface InstancePin {
  readonly kind: 'app' | 'process';
  readonly guid: string;
  /** Empty: any. */
  readonly index: string;
}

const UUID = '([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})';
const APP = new RegExp(`^${UUID}:([0-9]+)$`);
const PROCESS = new RegExp(`^${UUID}(?::([0-9]+))?$`);

/** The pin of a request that has one of the two headers; `null` when they are empty, an error when not understood. */
export function readPin(head: Head, request: Request): InstancePin | RouterError | null {
  const app = request.appInstance === ABSENT ? '' : head.value(request.appInstance);
  if (app !== '') {
    const [, guid, index] = APP.exec(app) ?? [];
    return guid === undefined ? INVALID_APP_INSTANCE : { kind: 'app', guid, index: index! };
  }
  const process = request.processInstance === ABSENT ? '' : head.value(request.processInstance);
  if (process === '') return null;
  const [, guid, index = ''] = PROCESS.exec(process) ?? [];
  return guid === undefined ? INVALID_PROCESS_INSTANCE : { kind: 'process', guid, index };
}

/** Why a request cannot have the instance that it names among these; `null`: it can, or names none. */
export function pinRefusal(pool: Candidates, head: Head, request: Request): RouterError | null {
  const pin = readPin(head, request);
  if (pin === null || 'status' in pin) return pin;
  return pinnedIn(pool, pin).endpoints.length === 0 ? unknownInstance(pin, request.host) : null;
}

/** What a pin lets through of a route's endpoints, as they are now: of an app's instance one, of a process's any number, also none. */
export function pinnedIn(pool: Candidates, pin: InstancePin): Candidates {
  return new PinnedEndpoints(pool, pin);
}

/** Good for one choice. The place of round-robin is the pool's own. */
class PinnedEndpoints implements Candidates {
  readonly endpoints: readonly Endpoint[];
  hashTable: Uint16Array | null = null;
  readonly #pool: Candidates;

  constructor(pool: Candidates, pin: InstancePin) {
    const fitting = pool.endpoints.filter((endpoint) => fits(endpoint, pin));
    this.endpoints = pin.kind === 'app' ? fitting.slice(-1) : fitting;
    this.#pool = pool;
  }

  get hashBalance(): number {
    return this.#pool.hashBalance;
  }

  get cursor(): number {
    return this.#pool.cursor;
  }

  set cursor(cursor: number) {
    this.#pool.cursor = cursor;
  }
}

export function unknownInstance({ kind, guid, index }: InstancePin, host: string): RouterError {
  return kind === 'app' ? unknownAppInstance(host, guid, index) : unknownProcessInstance(host, guid, index);
}

function fits({ appId, tags, instanceIndex }: Endpoint, { kind, guid, index }: InstancePin): boolean {
  return (
    (kind === 'app' ? appId : tags?.['process_id']) === guid && (index === '' || index === instanceIndex)
  );
}
