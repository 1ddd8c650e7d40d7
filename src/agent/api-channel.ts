import { inBackground } from '../boundary/boundary.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';
import type { RoutingApi } from '../routing-api/routing-api.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import type { Channel, Hearing } from './channel.ts';
import { type ApiAnnouncement, announcedAs } from './route/announcement.ts';
import { lifetimeOf, tcpMapping } from './tcp-mapping.ts';

interface Call {
  readonly verb: 'create' | 'delete';
  readonly announcement: ApiAnnouncement;
  readonly interval: number;
}

/** What waits behind a call for the same route; the last word takes the place of those before it. */
interface Line {
  next: Call | null;
}

const SETTLE_TIMEOUT_MS = 5_000;

/** Announces TCP routes to the routing API; a failed call is told, and made again with the next heartbeat. */
export class ApiChannel implements Channel<ApiAnnouncement> {
  readonly state = 'ready';
  readonly #api: RoutingApi;
  readonly #maxTtl: number;
  readonly #log: ComponentLog;
  /** By name. */
  readonly #groups = new Map<string, string>();
  readonly #lines = new Map<string, Line>();
  /** Of which the last word was not taken. */
  readonly #failed = new Set<string>();
  readonly #speaking = new Set<Promise<void>>();
  readonly #end = new AbortController();
  #failures = 0;

  /** @param maxTtl milliseconds */
  constructor(api: RoutingApi, maxTtl: number, log: ComponentLog) {
    this.#api = api;
    this.#maxTtl = maxTtl;
    this.#log = log;
  }

  register(announcement: ApiAnnouncement, interval: number): void {
    this.#say({ verb: 'create', announcement, interval });
  }

  unregister(announcement: ApiAnnouncement, interval: number): void {
    this.#say({ verb: 'delete', announcement, interval });
  }

  hearing(announcement: ApiAnnouncement): Hearing {
    const id = idOf(announcement);
    if (this.#lines.has(id)) return 'waiting';
    return this.#failed.has(id) ? 'failed' : 'heard';
  }

  life(interval: number): number {
    return lifetimeOf(interval, this.#maxTtl) * 1000;
  }

  async settle(): Promise<boolean> {
    const before = this.#failures;
    const late = Promise.withResolvers<'late'>();
    const timer = after(SETTLE_TIMEOUT_MS, ONE_ROUND, () => late.resolve('late'));
    const end = await Promise.race([Promise.all(this.#speaking), late.promise]);
    clearTimeout(timer);
    return end !== 'late' && this.#failures === before;
  }

  /** Cuts what is under way. */
  close(): void {
    this.#end.abort();
    this.#api.close();
  }

  #say(call: Call): void {
    const id = idOf(call.announcement);
    const line = this.#lines.get(id);
    if (line !== undefined) {
      line.next = call;
      return;
    }
    const speaking = this.#speak(id, call);
    this.#speaking.add(speaking);
    inBackground(ONE_ROUND, this.#forget(speaking));
  }

  async #forget(speaking: Promise<void>): Promise<void> {
    try {
      await speaking;
    } finally {
      this.#speaking.delete(speaking);
    }
  }

  /** One after the other: what was said last is what holds. */
  async #speak(id: string, first: Call): Promise<void> {
    const line: Line = { next: null };
    this.#lines.set(id, line);
    try {
      for (let call: Call | null = first; call !== null && !this.#end.signal.aborted; ) {
        if (await this.#send(call)) this.#failed.delete(id);
        else this.#failed.add(id);
        call = line.next;
        line.next = null;
      }
    } finally {
      this.#lines.delete(id);
    }
  }

  /** Resolves with whether it was taken. */
  async #send({ verb, announcement, interval }: Call): Promise<boolean> {
    const route = announcedAs(announcement);
    try {
      const guid = await this.#guidOf(announcement.routerGroup);
      const mapping = tcpMapping(announcement, guid, lifetimeOf(interval, this.#maxTtl));
      await this.#api.send(`/routing/v1/tcp_routes/${verb}`, [mapping], this.#end.signal);
      this.#log.debug(verb === 'create' ? 'Upserted route' : 'Deleted route', { route });
      return true;
    } catch (error) {
      this.#failures++;
      if (this.#end.signal.aborted) return false;
      const what = verb === 'create' ? 'Failed to upsert route mapping' : 'Failed to delete route mapping';
      this.#log.error(what, { route, error });
      return false;
    }
  }

  async #guidOf(name: string): Promise<string> {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const path = `/routing/v1/router_groups?name=${encodeURIComponent(name)}`;
    const groups = await this.#api.list(path, this.#end.signal);
    const group = groups.find((each) => isObject(each) && each['name'] === name);
    const guid = isObject(group) ? group['guid'] : undefined;
    if (typeof guid !== 'string' || guid === '') throw new Error(`Router group '${name}' not found`);
    this.#groups.set(name, guid);
    this.#log.info('Mapped new router group', { router_group: name, guid });
    return guid;
  }
}

function idOf({ routerGroup, uris, address }: ApiAnnouncement): string {
  return JSON.stringify([routerGroup, uris, address]);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
