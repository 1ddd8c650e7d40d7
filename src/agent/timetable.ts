import type { Checker } from './checker.ts';
import type { DrainErrand, Drains } from './drains.ts';
import type { HeldRoute } from './held-route.ts';
import { Rounds } from './rounds.ts';
import type { AgentRoute } from './route/agent-route.ts';
import { Beats } from './route/beats.ts';
import type { Clock } from './route/clock.ts';
import type { Speaker } from './speaker.ts';

type Errand =
  | { readonly kind: 'beat' | 'probe'; readonly held: HeldRoute; readonly beats: Beats }
  | { readonly kind: 'answer'; readonly held: HeldRoute }
  | DrainErrand;

export interface TimetableOptions {
  readonly clock: Clock;
  /** From 0 to less than 1. */
  random(): number;
}

/** When what is done for the routes of an engine: they are announced, checked, and answers to routers. */
export class Timetable {
  readonly #options: TimetableOptions;
  readonly #speaker: Speaker;
  readonly #checker: Checker;
  readonly #drains: () => Drains;
  readonly #rounds: Rounds<Errand>;

  constructor(options: TimetableOptions, speaker: Speaker, checker: Checker, drains: () => Drains) {
    this.#options = options;
    this.#speaker = speaker;
    this.#checker = checker;
    this.#drains = drains;
    this.#rounds = new Rounds(options.clock, (errand, now) => this.#run(errand, now));
  }

  /** The times at which a route is announced that has come now. */
  beats(route: AgentRoute): Beats {
    const { clock, random } = this.#options;
    return new Beats(clock.now(), this.#speaker.interval({ route }), random());
  }

  /** From now on it is announced, or its script run, at the times that it has. */
  noteBeat(held: HeldRoute): void {
    const { beats } = held;
    this.#rounds.note(beats.next(this.#options.clock.now()), { kind: 'beat', held, beats });
  }

  /** From now on it is probed; the first time after a delay, in milliseconds; 0: at once. */
  noteProbes(held: HeldRoute, interval: number, delay: number): void {
    const { clock, random } = this.#options;
    const first = clock.now() + delay;
    const probe: Errand = { kind: 'probe', held, beats: new Beats(first, interval, random()) };
    if (delay === 0) this.#run(probe, first);
    else this.#rounds.note(first, probe);
  }

  noteDrain(due: number, errand: DrainErrand): void {
    this.#rounds.note(due, errand);
  }

  /** A router wants to hear of it, within so many milliseconds. */
  noteAnswer(held: HeldRoute, within: number): void {
    if (held.answers === 'noted') return;
    held.answers = 'noted';
    const { clock, random } = this.#options;
    this.#rounds.note(clock.now() + random() * within, { kind: 'answer', held });
  }

  /** Its interval may be another by now. */
  repace(held: HeldRoute): void {
    if (held.beats.interval === this.#speaker.interval(held)) return;
    held.beats = this.beats(held.route);
    this.noteBeat(held);
  }

  /** Sees to it that what has been noted is done in time. */
  arm(): void {
    this.#rounds.arm();
  }

  stop(): void {
    this.#rounds.stop();
  }

  #run(errand: Errand, now: number): void {
    const { held } = errand;
    if (held.state === 'gone') return;
    const { check } = held.route;
    switch (errand.kind) {
      case 'beat':
        if (errand.beats !== held.beats) return;
        this.noteBeat(held);
        if (check?.kind === 'script') this.#checker.begin(held, check);
        else this.#speaker.say(held);
        return;
      case 'probe':
        this.#rounds.note(errand.beats.next(now), errand);
        if (check !== null) this.#checker.begin(held, check);
        return;
      case 'answer':
        held.answers = 'none';
        // What was to be taken back while nobody heard it is, too.
        if (held.phase === 'announced' || held.said !== 'unregistered') this.#speaker.say(held);
        return;
      case 'drain-end':
        this.#drains().look(errand, now);
    }
  }
}
