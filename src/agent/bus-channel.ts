import { randomUUID } from 'node:crypto';
import { ONE_ROUND } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';
import type { BusClient } from '../bus/client.ts';
import { type AnnouncedTimes, announcedTimes } from '../bus/registration.ts';
import type { Channel, Hearing } from './channel.ts';
import type { BusAnnouncement } from './route/announcement.ts';

export interface RouterListener {
  /** The first router that has answered the greeting; null: none has, within a second. */
  onGreeted(times: AnnouncedTimes | null): void;
  /** Another has answered. */
  onHeard(times: AnnouncedTimes): void;
  /** A router has started, and wants to know all routes. */
  onStarted(times: AnnouncedTimes): void;
  /** The connection was lost, and is there again. */
  onBack(): void;
  onLost(): void;
}

const GREET_TIMEOUT_MS = 1_000;
const FLUSH_TIMEOUT_MS = 2_000;
const NOTHING = new Uint8Array();

/** Announces on NATS, in the words of `router.register`. Whoever has made the client closes it. */
export class BusChannel implements Channel<BusAnnouncement> {
  /** Null: it has not been reached yet. */
  #bus: BusClient | null = null;
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();

  get state(): 'ready' | 'away' {
    return this.#bus?.state === 'connected' ? 'ready' : 'away';
  }

  /** Takes a bus that has been reached, once: greets the routers, and listens to them from now on. */
  attend(bus: BusClient, listener: RouterListener): void {
    this.#bus = bus;
    const times = (payload: Uint8Array): AnnouncedTimes => announcedTimes(this.#decoder.decode(payload));
    let greeting: 'open' | 'answered' = 'open';
    const late = after(GREET_TIMEOUT_MS, ONE_ROUND, () => {
      greeting = 'answered';
      listener.onGreeted(null);
    });
    const inbox = `_INBOX.${randomUUID()}`;
    bus.subscribe('router.start', (_subject, payload) => listener.onStarted(times(payload)));
    bus.subscribe(inbox, (_subject, payload) => {
      // NATS answers itself, with nothing, where nobody listens.
      if (payload.length === 0) return;
      const isFirst = greeting === 'open';
      greeting = 'answered';
      clearTimeout(late);
      if (isFirst) listener.onGreeted(times(payload));
      else listener.onHeard(times(payload));
    });
    bus.onChange((isConnected) => {
      if (!isConnected) listener.onLost();
    });
    bus.onReconnect(() => listener.onBack());
    bus.publish('router.greet', NOTHING, inbox);
  }

  register(announcement: BusAnnouncement): void {
    this.#bus?.publish('router.register', this.#message(announcement));
  }

  unregister(announcement: BusAnnouncement): void {
    this.#bus?.publish('router.unregister', this.#message(announcement));
  }

  /** What has been given to a connection is heard, as far as anybody can know. */
  hearing(): Hearing {
    return this.state === 'ready' ? 'heard' : 'away';
  }

  life(): null {
    return null;
  }

  async settle(): Promise<boolean> {
    if (this.state === 'away') return false;
    const late = Promise.withResolvers<false>();
    const timer = after(FLUSH_TIMEOUT_MS, ONE_ROUND, () => late.resolve(false));
    try {
      return await Promise.race([this.#flushed(), late.promise]);
    } catch {
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  async #flushed(): Promise<true> {
    await this.#bus?.flush();
    return true;
  }

  /** Written anew each time: of thousands of routes the texts would take more than writing them does. */
  #message({ fields }: BusAnnouncement): Uint8Array {
    return this.#encoder.encode(JSON.stringify(fields));
  }
}
