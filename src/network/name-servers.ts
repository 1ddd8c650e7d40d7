import { Resolver } from 'node:dns/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type Addresses, addressOf } from './addresses.ts';
import { LookupError, NO_SUCH_NAME } from './lookup-error.ts';
import { candidates, type SearchList } from './search-list.ts';

/** Of a try at most: c-ares waits five times as long as a server usually takes, and 250 ms at least. Each is twice the last. */
const TIMEOUT_MS = 2000;
const TRIES = 3;
/** What IPv6 addresses are waited for when those of IPv4 are there (RFC 8305 §3). */
const RESOLUTION_DELAY_MS = 50;
/** There are no such addresses, or none a server could tell: a longer name may have some. */
const GO_ON: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'ESERVFAIL', 'EREFUSED', 'EBADNAME']);

type Outcome = Addresses | string;
type Ask = (resolver: Resolver) => Promise<string[]>;

/**
 * The name servers of resolv.conf as they are when this is made, asked by c-ares, which waits for any number of answers
 * without a thread. What it thinks of a server that does not answer goes for all names that are asked here.
 */
export class NameServers {
  readonly #resolver: Resolver;
  readonly #servers: readonly string[] | undefined;
  readonly #search: SearchList;
  /** Questions for addresses of IPv6, by name: one that nobody answers goes on when the name has long been found. */
  readonly #six = new Map<string, Promise<Outcome>>();

  /** @param servers `address:port`; undefined: those of resolv.conf */
  constructor(search: SearchList, servers: readonly string[] | undefined) {
    this.#search = search;
    this.#servers = servers;
    this.#resolver = this.#newResolver();
  }

  /** At least one, those of IPv4 first; or why there is none. Never rejects. */
  async resolve(name: string): Promise<Addresses | LookupError> {
    let cause = 'ENOTFOUND';
    for (const candidate of candidates(name, this.#search)) {
      const answer = await this.#ask(candidate);
      if (typeof answer !== 'string') return answer;
      // What nobody could tell outweighs what is not there.
      if (!NO_SUCH_NAME.has(answer)) cause = answer;
      if (!GO_ON.has(answer)) break;
    }
    return new LookupError(name, cause);
  }

  /** The addresses, or the code of what went wrong. */
  async #ask(name: string): Promise<Outcome> {
    const [four, six] = [this.#outcome((resolver) => resolver.resolve4(name)), this.#askSix(name)];
    const first = await four;
    if (typeof first === 'string') {
      const second = await six;
      return typeof second !== 'string' || NO_SUCH_NAME.has(first) ? second : first;
    }
    const second = await Promise.race([six, delay(RESOLUTION_DELAY_MS, 'ENODATA', { ref: false })]);
    return typeof second === 'string' ? first : [...first, ...second];
  }

  #askSix(name: string): Promise<Outcome> {
    const underWay = this.#six.get(name);
    if (underWay !== undefined) return underWay;
    const six = this.#outcome((resolver) => resolver.resolve6(name)).finally(() => this.#six.delete(name));
    this.#six.set(name, six);
    return six;
  }

  /** With an answer that is none c-ares gives up all it has asked that server: each is asked once more, apart from the others. */
  async #outcome(ask: Ask): Promise<Outcome> {
    const first = await outcome(this.#resolver, ask);
    return first === 'EBADRESP' ? outcome(this.#newResolver(), ask) : first;
  }

  #newResolver(): Resolver {
    const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES, maxTimeout: TIMEOUT_MS });
    if (this.#servers !== undefined) resolver.setServers(this.#servers);
    return resolver;
  }
}

/** `ask` may throw as well. */
async function outcome(resolver: Resolver, ask: Ask): Promise<Outcome> {
  try {
    const found = (await ask(resolver)).map(addressOf);
    return found.length > 0 ? found : 'ENODATA';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'EFORMERR';
  }
}
