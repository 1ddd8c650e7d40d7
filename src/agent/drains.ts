import type { AgentListener } from './agent-event.ts';
import type { HeldRoute } from './held-route.ts';
import type { Clock } from './route/clock.ts';
import { afterHearing, afterOrder, afterRelease, afterTime, type DrainCause } from './route/drain.ts';
import type { Pace } from './route/pace.ts';
import type { Speaker } from './speaker.ts';

/** The drain of a route is to be looked at. */
export interface DrainErrand {
  readonly kind: 'drain-end';
  readonly held: HeldRoute;
  /** Routers have not been told yet: by then they have forgotten the route. Null: they have been told. */
  readonly forgotten: number | null;
}

export interface DrainsOptions {
  readonly clock: Clock;
  readonly pace: Pace;
  readonly tell: AgentListener;
}

/** How often it is tried to tell routers what they could not be told. */
const RETRY_MS = 1_000;

/** The drains of an engine's routes: an application may stop once routers have been told, and it has had its time. */
export class Drains {
  readonly #options: DrainsOptions;
  readonly #speaker: Speaker;
  readonly #note: (due: number, errand: DrainErrand) => void;
  readonly #expected = new Set<string>();

  constructor(options: DrainsOptions, speaker: Speaker, note: (due: number, errand: DrainErrand) => void) {
    this.#options = options;
    this.#speaker = speaker;
    this.#note = note;
  }

  /** Names of routes that are drained when they first come, by a command that another agent has had. */
  expect(names: Iterable<string>): void {
    for (const name of names) this.#expected.add(name);
  }

  isExpected({ route }: HeldRoute): boolean {
    return this.#expected.has(route.name);
  }

  /** They have come: who has one of these names later is another. */
  unexpect(names: Iterable<string>): void {
    for (const name of names) this.#expected.delete(name);
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
    this.#tend(held, this.#speaker.takeBack(held) || isKnown);
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
    if (forgotten !== null && now < forgotten) {
      if (this.#speaker.takeBack(held)) {
        held.drain = afterHearing(held.drain, now, held.route.drain.time);
        this.#tend(held, true);
      } else this.#note(now + RETRY_MS, errand);
      return;
    }
    const drain = afterTime(held.drain, now);
    if (drain.state !== 'drained') return;
    held.drain = drain;
    this.#options.tell({ kind: 'drained', route: held.route });
    held.drainEnded('drained');
  }

  #tend(held: HeldRoute, isHeard: boolean): void {
    if (held.drain.state !== 'draining') return;
    if (isHeard) {
      this.#note(held.drain.until, { kind: 'drain-end', held, forgotten: null });
      return;
    }
    const { clock, pace, tell } = this.#options;
    tell({ kind: 'drain-unheard', route: held.route });
    const now = clock.now();
    // From then on only who never forgets sends anything.
    const forgotten = Math.max(now + pace.forgets * 1000, held.drain.until);
    this.#note(now + RETRY_MS, { kind: 'drain-end', held, forgotten });
  }
}
