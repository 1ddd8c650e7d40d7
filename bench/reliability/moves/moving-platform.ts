import { setTimeout as delay } from 'node:timers/promises';
import { CannotStart } from '../../cannot-start.ts';
import type { AnnouncerCalls } from '../processes/announcer.ts';
import type { TenantsCalls } from '../processes/tenants.ts';
import type { WaryClientsCalls } from '../processes/wary-clients.ts';
import type { Subprocess } from '../subprocess.ts';
import type { Announced } from './announced.ts';
import { type Applications, type Random, registrationOf, type Tenant } from './applications.ts';
import type { Bystanders, Word } from './bystanders.ts';
import type { Ledger } from './ledger.ts';

/** Milliseconds a router is given to hear of a change; no address has a new tenant sooner. */
export const WINDOW_MS = 500;
/** What timers may be early by. */
const MARGIN_MS = 5;
/** Moves under way at once. */
const MOVERS = 6;
const LONGEST_PAUSE_MS = 300;
const TICK_MS = 50;

export interface Cast {
  readonly announcer: Subprocess<AnnouncerCalls>;
  readonly tenants: Subprocess<TenantsCalls>;
  readonly clients: Subprocess<WaryClientsCalls>;
  readonly applications: Applications;
  readonly bystanders: Bystanders;
  readonly ledger: Ledger;
  readonly announced: Announced;
  readonly random: Random;
}

type Move = 'drained' | 'crashed' | 'replaced' | 'remapped';

/** Gives addresses from one application's instance to another's, as a platform does, and writes down who had what. */
export class MovingPlatform {
  readonly moves: Record<Move, number> = { drained: 0, crashed: 0, replaced: 0, remapped: 0 };
  changes = 0;
  readonly #cast: Cast;
  readonly #addresses: readonly string[];
  readonly #busy = new Set<string>();

  constructor(cast: Cast, addresses: readonly string[]) {
    this.#cast = cast;
    this.#addresses = addresses;
  }

  /** Everybody is there; resolves when the bus has handed it on. */
  async arrive(): Promise<void> {
    const { applications, bystanders } = this.#cast;
    await this.#tell(bystanders.arrive());
    for (const address of this.#addresses) await this.#enter(applications.settle(address));
  }

  /** Moves and changes until `performance.now()` is `end`; resolves when the last is done with. */
  async run(end: number, changesPerSecond: number): Promise<void> {
    const movers = Array.from({ length: MOVERS }, () => this.#moveUntil(end));
    await Promise.all([...movers, this.#changeUntil(end, changesPerSecond)]);
  }

  async #moveUntil(end: number): Promise<void> {
    const { random } = this.#cast;
    while (performance.now() < end) {
      const address = this.#addresses[Math.floor(random() * this.#addresses.length)]!;
      if (!this.#busy.has(address)) {
        this.#busy.add(address);
        await this.#move(address);
        this.#busy.delete(address);
      }
      await delay(random() * LONGEST_PAUSE_MS);
    }
  }

  async #changeUntil(end: number, perSecond: number): Promise<void> {
    const { bystanders, announcer } = this.#cast;
    const begun = performance.now();
    while (performance.now() < end) {
      const due = ((performance.now() - begun) * perSecond) / 1000;
      const words: Word[] = [];
      for (; this.changes < due; this.changes++) words.push(bystanders.change());
      this.#note(words);
      await Promise.all([announcer.call('say', words), delay(TICK_MS)]);
    }
  }

  async #move(address: string): Promise<void> {
    const { applications, random } = this.#cast;
    const chance = random();
    const old = applications.tenantAt(address)!;
    const move = chance < 0.4 ? 'drained' : chance < 0.6 ? 'crashed' : chance < 0.8 ? 'replaced' : 'remapped';
    this.#press(old, WINDOW_MS * 2);
    await delay(20);
    switch (move) {
      case 'drained':
        await this.#leave(old, old.hosts);
        this.#press(old, WINDOW_MS);
        await delay(WINDOW_MS + MARGIN_MS);
        await this.#close(old);
        await this.#enter(applications.settle(address));
        break;
      case 'crashed':
        await this.#close(old);
        await delay(random() * 200);
        await this.#leave(old, old.hosts);
        this.#press(old, WINDOW_MS);
        await delay(WINDOW_MS + MARGIN_MS);
        await this.#enter(applications.settle(address));
        break;
      case 'replaced':
        await this.#close(old);
        await this.#replace(old, applications.settle(address, old.number));
        break;
      case 'remapped':
        await this.#remap(old);
        break;
    }
    this.moves[move]++;
  }

  async #enter(tenant: Tenant): Promise<void> {
    await this.#cast.tenants.call('open', tenant);
    await this.#announce(tenant, tenant.hosts);
  }

  async #announce(tenant: Tenant, arriving: readonly string[], first: readonly Word[] = []): Promise<number> {
    const message = registrationOf(tenant);
    const told = await this.#tell([...first, { verb: 'register', key: tenant.id, message }]);
    for (const host of arriving) this.#cast.ledger.arrive(host, tenant, told.saidAt);
    return told.flushedAt;
  }

  async #leave(tenant: Tenant, hosts: readonly string[]): Promise<void> {
    const stays = tenant.hosts.filter((host) => !hosts.includes(host));
    const gone: Word =
      stays.length === 0
        ? { verb: 'unregister', key: tenant.id, message: registrationOf(tenant) }
        : { verb: 'unregister', message: registrationOf(tenant, hosts) };
    const kept: Word[] =
      stays.length === 0
        ? []
        : [{ verb: 'register', key: tenant.id, message: registrationOf(tenant, stays) }];
    const { flushedAt } = await this.#tell([...kept, gone]);
    for (const host of hosts) this.#cast.ledger.leave(host, tenant, flushedAt);
  }

  /** The new one's registration is all that is said of it; it is there once every router must have heard that. */
  async #replace(old: Tenant, next: Tenant): Promise<void> {
    const silence: Word = { verb: 'forget', key: old.id, message: registrationOf(old) };
    const flushedAt = await this.#announce(next, next.hosts, [silence]);
    for (const host of old.hosts) this.#cast.ledger.leave(host, old, flushedAt);
    this.#press(old, WINDOW_MS);
    await delay(WINDOW_MS + MARGIN_MS);
    await this.#cast.tenants.call('open', next);
  }

  /** It loses a route, and has it again a while later. */
  async #remap(tenant: Tenant): Promise<void> {
    const { random } = this.#cast;
    const host = tenant.hosts[Math.floor(random() * tenant.hosts.length)]!;
    await this.#leave(tenant, [host]);
    this.#press(tenant, WINDOW_MS);
    await delay(WINDOW_MS * 2 * random());
    await this.#announce(tenant, [host]);
  }

  async #close({ address }: Tenant): Promise<void> {
    await this.#cast.tenants.call('close', { address, reset: this.#cast.random() < 0.5 });
  }

  /** Requests that are under way when it happens. */
  #press({ hosts, app, index }: Tenant, late: number): void {
    const { clients, random } = this.#cast;
    const host = hosts[Math.floor(random() * hosts.length)]!;
    clients.call('press', { host, pin: `${app}:${index}`, requests: 4, late }).catch(ignored);
  }

  #tell(words: readonly Word[]): Promise<{ saidAt: number; flushedAt: number }> {
    this.#note(words);
    return this.#cast.announcer.call('tell', words);
  }

  #note(words: readonly Word[]): void {
    for (const { verb, message } of words) {
      if (verb === 'register') this.#cast.announced.register(message);
      else this.#cast.announced.unregister(message);
    }
  }
}

/** Whoever else calls the same process hears of its end. */
function ignored(error: unknown): void {
  if (!(error instanceof CannotStart)) throw error;
}
