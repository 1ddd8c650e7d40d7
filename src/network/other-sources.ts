import type { LookupAddress } from 'node:dns';
import { inBackground } from '../boundary/boundary.ts';
import { ONE_MESSAGE } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';
import type { Addresses } from './addresses.ts';

/** As `lookup` of `node:dns/promises`, with all addresses, those of IPv4 first. */
export type AskSystem = (name: string) => Promise<LookupAddress[]>;

/** How long one waits for its answer, its turn included. */
const PATIENCE_MS = 5000;
/** Names that wait for their turn; others are told at once that there is nothing. */
const MOST_WAITING = 100;
/** What is read and asked here without the C library. */
const OWN: ReadonlySet<string> = new Set(['files', 'dns']);

/** Whether nsswitch.conf(5) has names of hosts looked up anywhere but in the hosts file and by DNS: mDNS, LDAP, this machine. */
export function hasOtherSources(text: string): boolean {
  const line = text
    .split('\n')
    .map((each) => each.replace(/#.*/, '').trim())
    .find((each) => /^hosts\s*:/.test(each));
  const sources = (line ?? '').replace(/^hosts\s*:/, '').replaceAll(/\[[^\]]*\]/g, ' ');
  return sources.split(/\s+/).some((source) => source !== '' && !OWN.has(source));
}

interface Question {
  readonly name: string;
  readonly answer: (addresses: Addresses | null) => void;
}

/**
 * Sources that the C library alone can ask, for names that DNS does not know. One name at a time: there are two threads for
 * that in the whole process, nothing ends what has begun, and no other name is to wait for it.
 */
export class OtherSources {
  readonly #ask: AskSystem;
  /** In the order in which they came. */
  readonly #queue = new Set<Question>();
  #state: 'idle' | 'asking' = 'idle';

  constructor(ask: AskSystem) {
    this.#ask = ask;
  }

  /** `null`: they know no addresses either, or do not say so in time. Never rejects. */
  async find(name: string): Promise<Addresses | null> {
    if (this.#queue.size >= MOST_WAITING) return null;
    const { promise, resolve: answer } = Promise.withResolvers<Addresses | null>();
    const question: Question = { name, answer };
    this.#queue.add(question);
    const late = after(PATIENCE_MS, ONE_MESSAGE, () => {
      this.#queue.delete(question);
      answer(null);
    });
    if (this.#state === 'idle') inBackground(ONE_MESSAGE, this.#askAll());
    try {
      return await promise;
    } finally {
      clearTimeout(late);
    }
  }

  async #askAll(): Promise<void> {
    this.#state = 'asking';
    for (const question of this.#queue) {
      this.#queue.delete(question);
      question.answer(await this.#addressesOf(question.name));
    }
    this.#state = 'idle';
  }

  async #addressesOf(name: string): Promise<Addresses | null> {
    try {
      const found = await this.#ask(name);
      return found.length > 0 ? found : null;
    } catch {
      return null;
    }
  }
}
