import type { LookupAddress, LookupOptions } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { readFileSync, statSync } from 'node:fs';
import { isIP, isIPv6 } from 'node:net';
import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { inBackground } from '../boundary/boundary.ts';
import { ONE_MESSAGE } from '../boundary/owner.ts';
import { plainName, readHosts } from './hosts-file.ts';
import { candidates, readSearchList, type SearchList } from './search-list.ts';

export interface NamesOptions {
  readonly hostsFile?: string;
  readonly resolverFile?: string;
  /** `address:port`; default: those of `resolverFile`. */
  readonly servers?: readonly string[];
  /** Milliseconds for which the files are taken to be what they were; default 5000, as in Go's resolver. */
  readonly trust?: number;
}

type Answer = LookupAddress[];
type Callback = (error: Error | null, address: string | Answer, family?: number) => void;

const TRUST_MS = 5000;
/** Per try, which a server that does not answer has two of. */
const TIMEOUT_MS = 2000;
const TRIES = 2;
/** What IPv6 addresses are waited for when those of IPv4 are there (RFC 8305 §3). */
const RESOLUTION_DELAY_MS = 50;
/** There are no such addresses, or none a server could tell: a longer name may have some. */
const GO_ON: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'ESERVFAIL', 'EREFUSED', 'EBADNAME']);
const NO_SUCH_NAME: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);

/** A name that has no address now. `code`: ENOTFOUND, or EAI_AGAIN where nobody could tell. */
export class LookupError extends Error {
  override readonly name = 'LookupError';
  readonly code: 'ENOTFOUND' | 'EAI_AGAIN';
  readonly hostname: string;

  constructor(hostname: string, cause: string) {
    const code = NO_SUCH_NAME.has(cause) ? 'ENOTFOUND' : 'EAI_AGAIN';
    super(code === cause ? `lookup ${code} ${hostname}` : `lookup ${code} ${hostname} (${cause})`);
    this.code = code;
    this.hostname = hostname;
  }
}

/**
 * Looks names up in the hosts file and by DNS, each for itself. The C library's way, which is Node's, has two at a time for
 * the whole process: two names that nobody answers for hold up all others for as long as a minute and a half (decision 0040).
 */
export class Names {
  readonly #hostsFile: string;
  readonly #resolverFile: string;
  readonly #servers: readonly string[] | undefined;
  readonly #trust: number;
  /** By name: those who ask while it is under way share the answer. */
  readonly #underWay = new Map<string, Promise<Answer>>();
  #resolver: Resolver | null = null;
  #hosts: ReturnType<typeof readHosts> = new Map();
  #search: SearchList = { domains: [], ndots: 1 };
  #stamp = '';
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(options: NamesOptions = {}) {
    this.#hostsFile = options.hostsFile ?? '/etc/hosts';
    this.#resolverFile = options.resolverFile ?? '/etc/resolv.conf';
    this.#servers = options.servers;
    this.#trust = options.trust ?? TRUST_MS;
  }

  /** In place of `dns.lookup`: for sockets, and with all that it takes. */
  readonly lookUp = (name: string, options: LookupOptions | number | Callback, callback?: Callback): void => {
    const wanted = typeof options === 'number' ? { family: options } : options;
    if (typeof wanted === 'function') this.#callBack(name, 0, false, wanted);
    else this.#callBack(name, familyOf(wanted.family), wanted.all === true, callback!);
  };

  #callBack(name: string, family: 0 | 4 | 6, all: boolean, callback: Callback): void {
    inBackground(ONE_MESSAGE, this.#tell(name, family, all, callback));
  }

  async #tell(name: string, family: 0 | 4 | 6, all: boolean, callback: Callback): Promise<void> {
    const found = await this.#find(name);
    if (found instanceof LookupError) {
      callback(found, '');
      return;
    }
    const addresses = family === 0 ? found : found.filter((address) => address.family === family);
    const [first] = addresses;
    if (first === undefined) callback(new LookupError(name, 'ENODATA'), '');
    else if (all) callback(null, addresses);
    else callback(null, first.address, first.family);
  }

  async #find(name: string): Promise<Answer | LookupError> {
    try {
      return await this.addresses(name);
    } catch (error) {
      if (error instanceof LookupError) return error;
      throw error;
    }
  }

  /** At least one, those of IPv4 first. @throws {LookupError} */
  async addresses(name: string): Promise<Answer> {
    if (isIP(name) !== 0) return [addressOf(name)];
    this.#refresh();
    const key = plainName(name);
    const known = this.#hosts.get(key) ?? (isLocal(key) ? ['127.0.0.1', '::1'] : undefined);
    if (known !== undefined) return known.map(addressOf);
    let pending = this.#underWay.get(name);
    if (pending === undefined) {
      pending = this.#resolve(name);
      this.#underWay.set(name, pending);
    }
    try {
      return await pending;
    } finally {
      if (this.#underWay.get(name) === pending) this.#underWay.delete(name);
    }
  }

  async #resolve(name: string): Promise<Answer> {
    let cause = 'ENOTFOUND';
    for (const candidate of candidates(name, this.#search)) {
      const answer = await this.#ask(candidate);
      if (typeof answer !== 'string') return answer;
      // What nobody could tell outweighs what is not there.
      if (!NO_SUCH_NAME.has(answer)) cause = answer;
      if (!GO_ON.has(answer)) break;
    }
    throw new LookupError(name, cause);
  }

  /** The addresses, or the code of what went wrong. */
  async #ask(name: string): Promise<Answer | string> {
    const resolver = this.#resolver!;
    const [four, six] = [outcome(resolver.resolve4(name)), outcome(resolver.resolve6(name))];
    const first = await four;
    if (typeof first === 'string') {
      const second = await six;
      return typeof second !== 'string' || NO_SUCH_NAME.has(first) ? second : first;
    }
    const second = await Promise.race([six, delay(RESOLUTION_DELAY_MS, 'ENODATA', { ref: false })]);
    return typeof second === 'string' ? first : [...first, ...second];
  }

  /** The files may change while the router runs. */
  #refresh(): void {
    const now = performance.now();
    if (now - this.#readAt < this.#trust) return;
    this.#readAt = now;
    const stamp = `${stampOf(this.#hostsFile)} ${stampOf(this.#resolverFile)}`;
    if (stamp === this.#stamp && this.#resolver !== null) return;
    this.#stamp = stamp;
    this.#hosts = readHosts(textOf(this.#hostsFile));
    this.#search = readSearchList(textOf(this.#resolverFile), hostname());
    // It reads its servers when it is made; what is under way goes on with the one before.
    this.#resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES, maxTimeout: TIMEOUT_MS });
    if (this.#servers !== undefined) this.#resolver.setServers(this.#servers);
  }
}

async function outcome(addresses: Promise<string[]>): Promise<Answer | string> {
  try {
    const found = (await addresses).map(addressOf);
    return found.length > 0 ? found : 'ENODATA';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'EFORMERR';
  }
}

function addressOf(address: string): LookupAddress {
  return { address, family: isIPv6(address) ? 6 : 4 };
}

function familyOf(family: LookupOptions['family']): 0 | 4 | 6 {
  if (family === 4 || family === 'IPv4') return 4;
  return family === 6 || family === 'IPv6' ? 6 : 0;
}

/** RFC 6761 §6.3 */
function isLocal(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

function stampOf(path: string): string {
  return String(statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
