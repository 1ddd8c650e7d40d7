import type { AgentListener } from './agent-event.ts';
import type { Channel, Channels, Hearing } from './channel.ts';
import type { HeldRoute } from './held-route.ts';
import type { HeldRoutes } from './held-routes.ts';
import type { Announcement } from './route/announcement.ts';
import type { Pace } from './route/pace.ts';

export interface SpeakerOptions {
  readonly channels: Channels;
  readonly pace: Pace;
  /** So many messages in a row unregister a route at most, from 1. */
  readonly unregistrationLimit: number;
  readonly tell: AgentListener;
}

/** Says to routers what is to be said of routes. */
export class Speaker {
  readonly #options: SpeakerOptions;
  readonly #routes: HeldRoutes;

  constructor(options: SpeakerOptions, routes: HeldRoutes) {
    this.#options = options;
    this.#routes = routes;
  }

  /** What its phase asks for at this moment. */
  say(held: HeldRoute): void {
    const { phase, route } = held;
    if (phase === 'withdrawn') this.takeBack(held);
    if (phase !== 'announced') return;
    const channel = this.#channel(route.announcement);
    if (channel === null) this.#options.tell({ kind: 'no-channel', route });
    if (channel?.state !== 'ready') return;
    const kind = held.said === 'registered' ? 'heartbeat' : 'registered';
    held.said = 'registered';
    held.unregistrations = 0;
    // First: who keeps it for the next agent has it before any router does.
    this.#options.tell({ kind, route });
    channel.register(route.announcement, this.interval(held));
  }

  /**
   * Once more, within the limit; what is gone and cannot be taken back now is owed. Answers what becomes of what is said,
   * or was if nothing is left to be.
   */
  takeBack(held: HeldRoute): Hearing {
    const announcement = this.#routes.withdrawable(held);
    if (announcement === null) return 'heard';
    const channel = this.#channel(announcement);
    if (channel === null) return 'heard';
    if (held.unregistrations >= this.#options.unregistrationLimit) {
      const hearing = channel.hearing(announcement);
      if (hearing !== 'failed') return hearing === 'away' ? 'heard' : hearing;
    }
    if (channel.state !== 'ready') {
      if (held.state === 'gone') this.#routes.owe(announcement);
      return 'away';
    }
    channel.unregister(announcement, this.interval(held));
    held.said = 'unregistered';
    held.unregistrations++;
    this.#options.tell({ kind: 'unregistered', route: held.route, announcement });
    return channel.hearing(announcement);
  }

  /** What has become of what was said last to take it back. */
  hearing(held: HeldRoute): Hearing {
    const announcement = this.#routes.withdrawable(held);
    return (announcement && this.#channel(announcement)?.hearing(announcement)) ?? 'heard';
  }

  /** Milliseconds after which routers have forgotten it, if nobody tells them anything. */
  life(held: HeldRoute): number {
    const channel = this.#channel(held.route.announcement);
    return channel?.life(this.interval(held)) ?? this.#options.pace.forgets * 1000;
  }

  /** What could not be taken back before. */
  payOwed(kind: Announcement['kind']): void {
    for (const owed of this.#routes.takeOwed(kind)) this.#channel(owed)?.unregister(owed, 0);
  }

  /** Takes back every route once, whatever its phase. @returns whether there is somebody to hear it */
  takeAllBack(): boolean {
    let heard = true;
    for (const held of this.#routes) {
      const channel = this.#channel(held.route.announcement);
      if (channel?.state === 'away') heard = false;
      else channel?.unregister(held.route.announcement, this.interval(held));
    }
    return heard;
  }

  /** Resolves with whether all that was said has been heard. */
  async settle(): Promise<boolean> {
    const { channels } = this.#options;
    const settled = await Promise.all([channels.bus?.settle(), channels['routing-api']?.settle()]);
    return settled.every((all) => all !== false);
  }

  /** Milliseconds between two announcements of a route. */
  interval({ route }: Pick<HeldRoute, 'route'>): number {
    const own = route.interval === null ? null : route.interval / 1000;
    return this.#options.pace.of(own) * 1000;
  }

  #channel({ kind }: Announcement): Channel | null {
    return this.#options.channels[kind] as Channel | null;
  }
}
