import type { LookupAddress, LookupOptions } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import { guarded, inBackground } from '../boundary/boundary.ts';
import { ONE_MESSAGE } from '../boundary/owner.ts';
import { after, soon } from '../boundary/timers.ts';
import { type Addresses, addressOf, type Family, familyOf } from './addresses.ts';
import { plainName, readHosts } from './hosts-file.ts';
import { type LookUpLimits, LookUps, type Standing } from './look-ups.ts';
import { LookupError } from './lookup-error.ts';
import { NameServers } from './name-servers.ts';
import { type AskSystem, hasOtherSources, OtherSources } from './other-sources.ts';
import { readSearchList } from './search-list.ts';

export interface NamesOptions {
  readonly hostsFile?: string;
  readonly resolverFile?: string;
  readonly switchFile?: string;
  /** The C library's way; default: Node's, which is its. */
  readonly askSystem?: AskSystem;
  /** `address:port`; default: those of `resolverFile`. */
  readonly servers?: readonly string[];
  /** Milliseconds for which the files are taken to be what they were; default 5000, as in Go's resolver. */
  readonly trust?: number;
  readonly limits?: Partial<LookUpLimits>;
}

type Callback = (error: Error | null, address: string | LookupAddress[], family?: number) => void;
type Waiter = (found: Addresses | LookupError) => void;

const TRUST_MS = 5000;
/** From here on a look-up gives its place to another: what servers know they have answered long before. */
const OVERDUE_MS = 100;

const LIMITS: LookUpLimits = {
  // Each is two questions, and the kernel keeps some 250 for a name server that is busy: it would lose the others.
  places: { answered: 32, new: 64, unanswered: 16 },
  absentMs: 1000,
  unansweredMs: 2000,
  remembered: 10_000,
};
/** For whoever waits between attempts himself. */
export const NOTHING_REMEMBERED: Partial<LookUpLimits> = { absentMs: 0, unansweredMs: 0 };

/**
 * Looks names up in the hosts file, by DNS, and where neither knows them wherever else nsswitch.conf says, so that none is
 * held up by another. The C library's way, which is Node's, has two at a time for the whole process: two names that nobody answers for hold up all others for as long as a minute and a
 * half (decision 0040). Each part of the router has its own: none waits for the names of another's.
 */
export class Names {
  readonly #hostsFile: string;
  readonly #resolverFile: string;
  readonly #switchFile: string;
  readonly #otherSources: OtherSources;
  readonly #servers: readonly string[] | undefined;
  readonly #trust: number;
  readonly #lookUps: LookUps<Waiter, LookupError>;
  #hosts: ReturnType<typeof readHosts> = new Map();
  /** Names that nobody answered for are asked apart: c-ares thinks less of a server then. */
  #nameServers: Readonly<Record<'usual' | 'unanswered', NameServers>> | null = null;
  #hasOtherSources = false;
  #stamp = '';
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(options: NamesOptions = {}) {
    this.#hostsFile = options.hostsFile ?? '/etc/hosts';
    this.#resolverFile = options.resolverFile ?? '/etc/resolv.conf';
    this.#switchFile = options.switchFile ?? '/etc/nsswitch.conf';
    this.#otherSources = new OtherSources(options.askSystem ?? askSystem);
    this.#servers = options.servers;
    this.#trust = options.trust ?? TRUST_MS;
    this.#lookUps = new LookUps(
      { ...LIMITS, ...options.limits },
      () => performance.now(),
      (name, standing) => inBackground(ONE_MESSAGE, this.#resolve(name, standing)),
    );
  }

  /** In place of `dns.lookup`: for sockets, and with all that it takes. */
  readonly lookUp = (name: string, options: LookupOptions | number | Callback, callback?: Callback): void => {
    if (typeof options === 'function') this.ask(name, {}, options);
    else this.ask(name, typeof options === 'number' ? { family: options } : options, callback!);
  };

  /** The same for a dial that may be given up. Answers how to wait no more: the callback is not called from then on. */
  ask(name: string, { family, all }: LookupOptions, callback: Callback): () => void {
    let waits = true;
    const waiter = guarded(ONE_MESSAGE, (found: Addresses | LookupError) => {
      // Of those that wait for a name one that is told may have another leave.
      if (waits) tell(found, name, familyOf(family), all === true, callback);
    });
    const known = this.#known(name) ?? this.#lookUps.ask(name, waiter);
    if (known !== null) soon(ONE_MESSAGE, () => waiter(known));
    return () => {
      waits = false;
      if (known === null) this.#lookUps.leave(name, waiter);
    };
  }

  /** Of its addresses the first. @throws {LookupError} */
  async first(name: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.ask(name, {}, (error, address) => (error === null ? resolve(address as string) : reject(error)));
    return promise;
  }

  /** What DNS need not be asked for. */
  #known(name: string): Addresses | null {
    if (isIP(name) !== 0) return [addressOf(name)];
    this.#refresh();
    const key = plainName(name);
    const known = this.#hosts.get(key) ?? (isLocal(key) ? ['127.0.0.1', '::1'] : null);
    return known === null ? null : known.map(addressOf);
  }

  async #resolve(name: string, standing: Standing): Promise<void> {
    const late = after(OVERDUE_MS, ONE_MESSAGE, () => this.#lookUps.overdue(name));
    const found = await this.#addresses(
      name,
      this.#nameServers![standing === 'unanswered' ? standing : 'usual'],
    );
    clearTimeout(late);
    const waiters = this.#lookUps.settle(name, found instanceof LookupError ? found : null);
    for (const waiter of waiters) waiter(found);
  }

  async #addresses(name: string, servers: NameServers): Promise<Addresses | LookupError> {
    const found = await servers.resolve(name);
    // Where DNS cannot tell, the C library would ask it all over again, and wait for as long as it likes.
    if (!(found instanceof LookupError) || found.unanswered || !this.#hasOtherSources) return found;
    return (await this.#otherSources.find(name)) ?? found;
  }

  /** The files may change while the router runs. */
  #refresh(): void {
    const now = performance.now();
    if (now - this.#readAt < this.#trust) return;
    this.#readAt = now;
    const files = [this.#hostsFile, this.#resolverFile, this.#switchFile];
    const stamp = files.map(stampOf).join(' ');
    if (stamp === this.#stamp && this.#nameServers !== null) return;
    this.#stamp = stamp;
    this.#hosts = readHosts(textOf(this.#hostsFile));
    this.#hasOtherSources = hasOtherSources(textOf(this.#switchFile));
    const search = readSearchList(textOf(this.#resolverFile), hostname());
    // What is under way goes on with those of before.
    const [usual, unanswered] = [
      new NameServers(search, this.#servers),
      new NameServers(search, this.#servers),
    ];
    this.#nameServers = { usual, unanswered };
  }
}

function tell(
  found: Addresses | LookupError,
  name: string,
  family: Family,
  all: boolean,
  callback: Callback,
): void {
  if (found instanceof LookupError) {
    callback(found, '');
    return;
  }
  const addresses = family === 0 ? found : found.filter((address) => address.family === family);
  const [first] = addresses;
  if (first === undefined) callback(new LookupError(name, 'ENODATA'), '');
  else if (all) callback(null, [...addresses]);
  else callback(null, first.address, first.family);
}

function askSystem(name: string): Promise<LookupAddress[]> {
  return lookup(name, { all: true, order: 'ipv4first' });
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
