import { randomUUID } from 'node:crypto';
import { ONE_ROUND } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';
import type { Bus } from '../bus/bus.ts';
import { parsePayload } from '../bus/payload.ts';

/** What is looked for in every router's table. */
export interface AskedRoute {
  /** As its table has it: host and path in lower case, or `tcp:PORT[/SERVER-NAME]`. */
  readonly route: string;
  /** Of this application alone; empty: of all. */
  readonly app: string;
}

export interface RouteCensusOptions {
  /** Of this router, as in the roll-call. */
  readonly id: string;
  /** Endpoints that this router has for it. */
  count(asked: AskedRoute): number;
}

const QUESTIONS = 'cellgate.v1.route.ask';
/** Bytes of a question or an answer. */
const MAX_PAYLOAD = 4096;
const MAX_ANSWERS = 1000;
const ID = /^[\x21-\x7e]{1,128}$/;

/** Asks all routers on a bus whether they have a route, and answers those that ask. */
export class RouteCensus {
  readonly #options: RouteCensusOptions;
  readonly #inbox = `cellgate.v1.route.answer.${randomUUID()}`;
  /** By the subject of their answers. */
  readonly #asked = new Map<string, Map<string, number>>();
  #questions = 0;
  /** Null: not there yet. */
  #bus: Bus | null = null;

  constructor(options: RouteCensusOptions) {
    this.#options = options;
  }

  /** To be called once, when the bus is there. */
  connect(bus: Bus): void {
    this.#bus = bus;
    bus.subscribe(QUESTIONS, (_subject, payload, reply) => this.#answer(payload, reply));
    bus.subscribe(`${this.#inbox}.*`, (subject, payload) => this.#heed(subject, payload));
  }

  /** Endpoints by the ids of the routers that have answered within so many milliseconds; this one is always among them. */
  async ask(asked: AskedRoute, timeout: number): Promise<ReadonlyMap<string, number>> {
    const answers = new Map([[this.#options.id, this.#options.count(asked)]]);
    if (this.#bus === null) return answers;
    const reply = `${this.#inbox}.${++this.#questions}`;
    const over = Promise.withResolvers<void>();
    this.#asked.set(reply, answers);
    after(timeout, ONE_ROUND, over.resolve);
    this.#bus.publish(QUESTIONS, bytesOf(asked), reply);
    await over.promise;
    this.#asked.delete(reply);
    return answers;
  }

  #answer(payload: Uint8Array, reply: string): void {
    const { route, app } = fieldsOf(payload);
    if (reply === '' || typeof route !== 'string' || typeof app !== 'string') return;
    const { id, count } = this.#options;
    this.#bus?.publish(reply, bytesOf({ id, endpoints: count({ route, app }) }));
  }

  #heed(subject: string, payload: Uint8Array): void {
    const answers = this.#asked.get(subject);
    const { id, endpoints } = fieldsOf(payload);
    if (answers === undefined || typeof id !== 'string' || !ID.test(id)) return;
    if (!Number.isSafeInteger(endpoints) || (answers.size >= MAX_ANSWERS && !answers.has(id))) return;
    answers.set(id, endpoints as number);
  }
}

function bytesOf(message: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(message));
}

/** Empty where it is no JSON object: whoever sends such a thing is none of ours. */
function fieldsOf(payload: Uint8Array): Readonly<Record<string, unknown>> {
  if (payload.length > MAX_PAYLOAD) return {};
  const parsed = parsePayload(payload);
  if (!parsed.ok || typeof parsed.value !== 'object' || parsed.value === null) return {};
  return parsed.value as Record<string, unknown>;
}
