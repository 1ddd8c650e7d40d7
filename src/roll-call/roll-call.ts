import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { ONE_ROUND } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';
import type { Bus } from '../bus/bus.ts';
import { flushWithin } from '../bus/flush-within.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { isInbox } from './inbox.ts';
import { decodeRollMessage, encodeRollMessage, idOfStart, type RollMessage } from './roll-message.ts';
import { type KnownRouter, Roster } from './roster.ts';

export interface RollCallOptions {
  /** Of this router. */
  readonly id: string;
  /** What this router has to say of itself now. */
  about(): Omit<RollMessage, 'id'>;
  readonly log: ComponentLog;
  /** Milliseconds between two messages; default 5000. */
  readonly interval?: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  /** At least 0, below 1. */
  readonly random?: () => number;
}

interface Question {
  readonly answers: Map<string, RollMessage>;
  /** Nobody waits for more of them. */
  readonly end: () => void;
}

const SUBJECT = 'cellgate.v1.roll';
/** A request here is answered at once, by every router. */
const QUESTIONS = `${SUBJECT}.ask`;
const INTERVAL_MS = 5000;
/** Of an interval, either way: routers that were started together do not speak together. */
const JITTER = 0.1;
/** Rounds of this router between two greetings, which every gorouter answers. */
const ROUNDS_PER_GREETING = 6;
/** For the goodbye. Milliseconds. */
const FAREWELL = 500;
const NOTHING = new Uint8Array();

/**
 * Every router says what it is every five seconds, when it is asked, and when it goes. Nothing is agreed on here: it is
 * how routers know of each other.
 */
export class RollCall {
  readonly #options: RollCallOptions;
  readonly #roster: Roster;
  readonly #interval: number;
  readonly #now: () => number;
  readonly #random: () => number;
  /** Where answers to this router arrive; the number of the question stands behind it. */
  readonly #inbox = `${SUBJECT}.answer.${randomUUID()}`;
  /** By the subject of their answers. */
  readonly #asked = new Map<string, Question>();
  #questions = 0;
  #rounds = 0;
  #refused = 0;
  /** There were more routers than are kept; it is said once. */
  #overfull = false;
  /** Null: not there yet, or no more. */
  #bus: Bus | null = null;
  /** Whom this router has taken the place of. */
  #former: string | null = null;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RollCallOptions) {
    this.#options = options;
    this.#interval = options.interval ?? INTERVAL_MS;
    this.#now = options.now ?? (() => performance.now());
    this.#random = options.random ?? Math.random;
    this.#roster = new Roster({ id: options.id, interval: this.#interval });
  }

  /** Messages that were no message of a roll-call. */
  get refusedMessages(): number {
    return this.#refused;
  }

  /** How many other routers there are; null: too early to say. */
  get others(): number | null {
    return this.#roster.others(this.#now());
  }

  /** This router is in the place of one that is gone, and may have been killed: it says so in all that it says. Before `connect`. */
  succeed(former: string): void {
    this.#former = former;
    this.#roster.bury(former);
  }

  /** To be called once, when the bus is there; until then nobody is known. */
  connect(bus: Bus): void {
    if (this.#bus !== null || this.#stopped) return;
    this.#bus = bus;
    const heed = (subject: string, payload: Uint8Array): void => this.#onMessage(subject, payload);
    bus.subscribe(SUBJECT, heed);
    bus.subscribe(`${this.#inbox}.*`, heed);
    bus.subscribe(QUESTIONS, (_subject, _payload, reply) => this.#answer(reply));
    const onStart = (_subject: string, payload: Uint8Array): void => this.#onStart(payload);
    bus.subscribe('router.start', onStart);
    bus.subscribe(`${this.#inbox}.greeting.*`, onStart);
    bus.onReconnect(() => {
      this.#roster.interrupt();
      this.#introduce();
    });
    this.#introduce();
    this.#goOn();
  }

  /** Says goodbye; resolves when that has gone out, or after half a second. Who has asked gets what was answered so far. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const { end } of this.#asked.values()) end();
    const bus = this.#bus;
    this.#bus = null;
    if (bus === null) return;
    bus.publish(SUBJECT, this.#message({ state: 'leaving' }));
    await flushWithin(bus, FAREWELL);
  }

  /** To be called when what this router has to say has changed in a way that others wait for, such as its state. */
  announce(): void {
    this.#bus?.publish(SUBJECT, this.#message());
  }

  /** The other routers. One that has said goodbye, or nothing for a minute, is none of them. */
  known(): KnownRouter[] {
    return this.#roster.known(this.#now());
  }

  /** Whether a router has said goodbye. Who vanishes has not. */
  hasLeft(id: string): boolean {
    return this.#roster.hasLeft(id);
  }

  /** Ids of the routers on this bus that do not answer the roll-call. */
  gorouters(): string[] {
    return this.#roster.gorouters(this.#now());
  }

  /** Asks all other routers; resolves after so many milliseconds with what those said who have answered. */
  async ask(timeout: number): Promise<RollMessage[]> {
    if (this.#bus === null) return [];
    const reply = `${this.#inbox}.${++this.#questions}`;
    const over = Promise.withResolvers<void>();
    const question = { answers: new Map<string, RollMessage>(), end: over.resolve };
    this.#asked.set(reply, question);
    const timer = after(timeout, ONE_ROUND, over.resolve);
    this.#bus.publish(QUESTIONS, NOTHING, reply);
    await over.promise;
    clearTimeout(timer);
    this.#asked.delete(reply);
    return [...question.answers.values()];
  }

  /** At the start, and when the bus is back: who is there, and here am I. */
  #introduce(): void {
    this.announce();
    this.#bus?.publish(QUESTIONS, NOTHING, `${this.#inbox}.0`);
    this.#greet();
  }

  #greet(): void {
    this.#bus?.publish('router.greet', NOTHING, `${this.#inbox}.greeting.0`);
  }

  #goOn(): void {
    const wait = this.#interval * (1 + JITTER * (2 * this.#random() - 1));
    this.#timer = after(wait, ONE_ROUND, () => {
      // First, so that a round that throws is not the last one.
      this.#goOn();
      this.announce();
      if (++this.#rounds % ROUNDS_PER_GREETING === 0) this.#greet();
    });
  }

  #onMessage(subject: string, payload: Uint8Array): void {
    if (this.#bus === null) return;
    const decoded = decodeRollMessage(payload);
    if (!decoded.ok) {
      // Said once: what one router sends wrongly it sends every five seconds.
      if (this.#refused++ === 0) this.#options.log.warn('roll-call-refused', { error: decoded.error });
      return;
    }
    const { message } = decoded;
    const { id, version, address } = message;
    const heard = this.#roster.hear(message, this.#now());
    if (heard === 'new') this.#options.log.info('router-joined', { id, version, address });
    else if (heard === 'left') this.#options.log.info('router-left', { id });
    else if (heard === 'full' && !this.#overfull) {
      this.#overfull = true;
      this.#options.log.warn('roll-call-full', { id });
    }
    if (heard === 'new' || heard === 'known') this.#asked.get(subject)?.answers.set(id, message);
  }

  #onStart(payload: Uint8Array): void {
    const id = this.#bus === null ? null : idOfStart(payload);
    if (id !== null) this.#roster.hearStart(id, this.#now());
  }

  #answer(reply: string): void {
    if (isInbox(reply)) this.#bus?.publish(reply, this.#message());
  }

  #message(more: Partial<RollMessage> = {}): Uint8Array {
    const former = this.#former === null ? {} : { former: this.#former };
    return encodeRollMessage({ id: this.#options.id, ...former, ...this.#options.about(), ...more });
  }
}
