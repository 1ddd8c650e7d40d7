import { randomUUID } from 'node:crypto';
import { inBackground } from '../boundary/boundary.ts';
import { ONE_MESSAGE, ONE_ROUND } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';
import type { Bus } from '../bus/bus.ts';
import { isInbox } from './inbox.ts';
import { type Fields, PLAIN, type Wording } from './wording.ts';

/** Something that every router on a bus can be asked. Both readers answer null for what is none of ours. */
export interface Topic<Question extends object, Answer extends object> {
  /** Of this router, as in the roll-call. */
  readonly id: string;
  /** As in `cellgate.v1.NAME.ask`. */
  readonly name: string;
  /** Bytes of an answer. */
  readonly longest: number;
  readQuestion(fields: Fields): Question | null;
  readAnswer(fields: Fields): Answer | null;
  /** What this router has to say. */
  answer(question: Question): Answer | Promise<Answer>;
  /** A question as it crosses the bus; default: as it is. */
  ask?(question: Question): object;
  /** An answer as it crosses the bus; default: as it is. */
  write?(answer: Answer): object;
  /** Default: as plain JSON. */
  readonly wording?: Wording;
}

interface Asked<Answer> {
  readonly answers: Map<string, Answer>;
  readonly awaited: Set<string>;
  readonly end: () => void;
}

/** Bytes: some name each of the routers that there may be. */
const LONGEST_QUESTION = 64 * 1024;
const MAX_ANSWERS = 1000;
const ID = /^[\x21-\x7e]{1,128}$/;

/** Asks all routers on a bus one kind of question, and answers those that ask. */
export class Inquiry<Question extends object, Answer extends object> {
  readonly #topic: Topic<Question, Answer>;
  readonly #wording: Wording;
  readonly #subject: string;
  readonly #inbox: string;
  /** By the subject of their answers. */
  readonly #asked = new Map<string, Asked<Answer>>();
  #questions = 0;
  /** Null: not there yet, or no more. */
  #bus: Bus | null = null;

  constructor(topic: Topic<Question, Answer>) {
    this.#topic = topic;
    this.#wording = topic.wording ?? PLAIN;
    this.#subject = `cellgate.v1.${topic.name}.ask`;
    this.#inbox = `cellgate.v1.${topic.name}.answer.${randomUUID()}`;
  }

  /** To be called once, when the bus is there. */
  connect(bus: Bus): void {
    this.#bus = bus;
    bus.subscribe(this.#subject, (subject, payload, reply) => {
      // Its own question it has answered already.
      if (reply.startsWith(this.#inbox)) return;
      const read = this.#wording.read(payload, { subject, reply }, LONGEST_QUESTION);
      const question = this.#topic.readQuestion(read?.fields ?? {});
      if (question !== null && isInbox(reply)) inBackground(ONE_MESSAGE, this.#answer(question, reply));
    });
    bus.subscribe(`${this.#inbox}.*`, (subject, payload) => this.#heed(subject, payload));
  }

  /** Who waits gets what was answered so far. */
  stop(): void {
    this.#bus = null;
    for (const { end } of this.#asked.values()) end();
  }

  /**
   * Answers by the ids of the routers that gave them within so many milliseconds, or until those that are awaited have;
   * this router is always among them.
   * @param awaited null: whoever there may be
   */
  async ask(
    question: Question,
    timeout: number,
    awaited: Iterable<string> | null = null,
  ): Promise<ReadonlyMap<string, Answer>> {
    const { id } = this.#topic;
    const bus = this.#bus;
    const own = this.#topic.answer(question);
    if (bus === null) return new Map([[id, await own]]);
    const reply = `${this.#inbox}.${++this.#questions}`;
    const over = Promise.withResolvers<void>();
    const waits = new Set(awaited ?? [ANYBODY]);
    waits.delete(id);
    const asked: Asked<Answer> = { answers: new Map(), awaited: waits, end: over.resolve };
    this.#asked.set(reply, asked);
    const timer = after(timeout, ONE_ROUND, over.resolve);
    if (waits.size > 0) {
      const place = { subject: this.#subject, reply };
      const message = this.#topic.ask?.(question) ?? question;
      bus.publish(this.#subject, this.#wording.write(message, id, place), reply);
    } else over.resolve();
    try {
      const [said] = await Promise.all([own, over.promise]);
      return asked.answers.set(id, said);
    } finally {
      clearTimeout(timer);
      this.#asked.delete(reply);
    }
  }

  async #answer(question: Question, reply: string): Promise<void> {
    const { id, write } = this.#topic;
    const answer = await this.#topic.answer(question);
    const message = { id, ...(write?.(answer) ?? answer) };
    this.#bus?.publish(reply, this.#wording.write(message, id, { subject: reply, reply: '' }));
  }

  #heed(subject: string, payload: Uint8Array): void {
    const asked = this.#asked.get(subject);
    if (asked === undefined) return;
    const read = this.#wording.read(payload, { subject, reply: '' }, this.#topic.longest);
    const { id } = read?.fields ?? {};
    // Who writes under a seal cannot write for another.
    if (read === null || (read.from !== null && read.from !== id)) return;
    const { fields } = read;
    if (typeof id !== 'string' || !ID.test(id) || id === this.#topic.id) return;
    const answer = this.#topic.readAnswer(fields);
    if (answer === null || (asked.answers.size >= MAX_ANSWERS && !asked.answers.has(id))) return;
    asked.answers.set(id, answer);
    if (asked.awaited.delete(id) && asked.awaited.size === 0) asked.end();
  }
}

/** No router's id. */
const ANYBODY = '';
