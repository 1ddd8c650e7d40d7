import type { AgentListener } from './agent-event.ts';
import type { Hearing } from './channel.ts';
import type { HeldRoute } from './held-route.ts';
import type { Clock } from './route/clock.ts';
import { afterHearing, afterOrder, afterRelease, afterTime, type DrainCause } from './route/drain.ts';
import type { Speaker } from './speaker.ts';

/** The drain of a route is to be looked at. */
export interface DrainErrand {
  readonly kind: 'drain-end';
  readonly held: HeldRoute;
  /** What had become of telling it to routers. */
  readonly hearing: Hearing;
  /** By then they have forgotten the route, if they are not told. */
  readonly forgotten: number;
}

export interface DrainsOptions {
  readonly clock: Clock;
  readonly tell: AgentListener;
}

/** How often it is tried to tell routers what they could not be told. */
const RETRY_MS = 1_000;

/** The drains of an engine's routes: an application may stop once routers have been told, and it has had its time. */
export class Drains {
  readonly #options: DrainsOptions;
  readonly #speaker: Speaker;
  readonly #note: (due: number, errand: DrainErrand) => void;

  constructor(options: DrainsOptions, speaker: Speaker, note: (due: number, errand: DrainErrand) => void) {
    this.#options = options;
    this.#speaker = speaker;
    this.#note = note;
  }

  order(held: HeldRoute, cause: DrainCause): void {
    const { clock, tell } = this.#options;
    const before = held.drain;
    held.drain = afterOrder(before, cause, clock.now(), held.route.drain.time);
    if (before.state !== 'serving') return;
    tell({ kind: 'draining', route: held.route });
    this.#tend(held, this.#speaker.takeBack(held));
  }

  /** One that has come with its drain, as the changed form of another. */
  goOn(held: HeldRoute): void {
    const isKnown = held.said === 'unregistered';
    const hearing = this.#speaker.takeBack(held);
    this.#tend(held, hearing === 'away' && isKnown ? 'heard' : hearing);
  }

  letGo(held: HeldRoute, cause: DrainCause): void {
    const before = held.drain;
    const drain = afterRelease(before, cause);
    held.drain = drain;
    if (before.state === 'serving' || drain.state !== 'serving') return;
    this.#options.tell({ kind: 'drain-called-off', route: held.route });
    held.drainEnded('called-off');
    this.#speaker.say(held);
  }

  look(errand: DrainErrand, now: number): void {
    const { held, forgotten } = errand;
    if (held.drain.state !== 'draining') return;
    if (errand.hearing !== 'heard' && now < forgotten) {
      const isUnderWay = errand.hearing === 'waiting';
      const hearing = isUnderWay ? this.#speaker.hearing(held) : this.#speaker.takeBack(held);
      if (hearing === 'heard') {
        held.drain = afterHearing(held.drain, now, held.route.drain.time);
        this.#tend(held, 'heard');
      } else {
        if (isUnderWay && hearing !== 'waiting')
          this.#options.tell({ kind: 'drain-unheard', route: held.route });
        this.#note(now + RETRY_MS, { ...errand, hearing });
      }
      return;
    }
    const drain = afterTime(held.drain, now);
    if (drain.state !== 'drained') return;
    held.drain = drain;
    this.#options.tell({ kind: 'drained', route: held.route });
    held.drainEnded('drained');
  }

  #tend(held: HeldRoute, hearing: Hearing): void {
    if (held.drain.state !== 'draining') return;
    const { clock, tell } = this.#options;
    const now = clock.now();
    // From then on only who never forgets sends anything.
    const forgotten = Math.max(now + this.#speaker.life(held), held.drain.until);
    if (hearing === 'failed' || hearing === 'away') tell({ kind: 'drain-unheard', route: held.route });
    const due = hearing === 'heard' ? held.drain.until : now + RETRY_MS;
    this.#note(due, { kind: 'drain-end', held, hearing, forgotten });
  }
}
