import { Arrivals, type ArrivalsOptions } from './arrivals.ts';
import { Checker, type CheckerOptions } from './checker.ts';
import { Drains } from './drains.ts';
import type { HeldRoute } from './held-route.ts';
import { HeldRoutes } from './held-routes.ts';
import { Inheritance } from './inheritance.ts';
import { type Legacy, legacyOf } from './legacy.ts';
import type { WantedRoute } from './route/agent-route.ts';
import type { Announcement } from './route/announcement.ts';
import { answerSpread } from './route/beats.ts';
import type { DrainCause } from './route/drain.ts';
import type { RouteSource } from './route-source.ts';
import { Speaker, type SpeakerOptions } from './speaker.ts';
import { Timetable, type TimetableOptions } from './timetable.ts';

export interface EngineOptions extends SpeakerOptions, CheckerOptions, ArrivalsOptions, TimetableOptions {}

/**
 * Keeps what routers know in line with what sources want: announces, checks, drains, and takes back what nobody wants
 * any more. It is closed once, by the first `stop`.
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #routes = new HeldRoutes();
  readonly #sources: RouteSource[] = [];
  /** Names of sources that have said what they want. */
  readonly #spoken = new Set<string>();
  readonly #inheritance = new Inheritance();
  readonly #speaker: Speaker;
  readonly #drains: Drains;
  readonly #timetable: Timetable;
  readonly #arrivals: Arrivals;
  #state: 'running' | 'stopped' | 'left' = 'running';
  #stopping: Promise<boolean> | null = null;

  constructor(options: EngineOptions) {
    this.#options = options;
    const speaker = new Speaker(options, this.#routes);
    const checker = new Checker(options, (held) => speaker.say(held));
    this.#speaker = speaker;
    this.#timetable = new Timetable(options, speaker, checker, () => this.#drains);
    this.#drains = new Drains(options, speaker, (due, errand) => this.#timetable.noteDrain(due, errand));
    this.#arrivals = new Arrivals(options, {
      routes: this.#routes,
      inheritance: this.#inheritance,
      speaker,
      checker,
      drains: this.#drains,
      timetable: this.#timetable,
    });
  }

  /** It has ended, and taken nothing back. */
  get hasLeft(): boolean {
    return this.#state === 'left';
  }

  get routes(): Iterable<HeldRoute> {
    return this.#routes;
  }

  /** From now on the engine stops the sources with itself. */
  follow(...sources: readonly RouteSource[]): void {
    this.#sources.push(...sources);
    const { stopping } = this.#inheritance;
    for (const source of sources) source.start((wanted) => this.#want(source.name, wanted), stopping);
  }

  /** A router has started, or a bus is back: all is announced again, spread over a while. */
  answer(kind: Announcement['kind']): void {
    if (this.#state !== 'running') return;
    this.#speaker.payOwed(kind);
    const spread = answerSpread(this.#routes.size);
    for (const held of this.#routes) {
      if (held.route.announcement.kind === kind) this.#timetable.noteAnswer(held, spread);
    }
    this.#timetable.arm();
  }

  /** Routers ask for another pace. */
  repace(): void {
    for (const held of this.#routes) this.#timetable.repace(held);
    this.#timetable.arm();
  }

  /** What another agent will need, if this one takes nothing back. */
  get legacy(): Legacy {
    return legacyOf(this.#routes, this.#routes.owed, this.#inheritance.unsettled);
  }

  /**
   * Goes on where another agent has ended. What that has announced and no source wants is taken back once all that are
   * followed have said what they do. Before they are.
   */
  inherit(legacy: Legacy): void {
    this.#inheritance.receive(legacy);
  }

  /** Resolves when all that were picked are drained, gone, or were let go of again; with how many of them are what. */
  async drain(
    picks: (held: HeldRoute) => boolean,
    cause: DrainCause,
  ): Promise<{ readonly picked: number; readonly drained: number }> {
    const picked = [...this.#routes].filter(picks);
    for (const held of picked) this.#drains.order(held, cause);
    this.#timetable.arm();
    const ends = await Promise.all(picked.map((held) => held.drainEnd()));
    const drained = ends.filter((end) => end === 'drained');
    return { picked: picked.length, drained: drained.length };
  }

  /** @returns how many were picked */
  release(picks: (held: HeldRoute) => boolean, cause: DrainCause): number {
    const picked = [...this.#routes].filter(picks);
    for (const held of picked) this.#drains.letGo(held, cause);
    return picked.length;
  }

  /** `leave` takes nothing back: another agent has the routes now. Resolves with whether all has been heard. */
  stop(ending: 'unregister' | 'leave'): Promise<boolean> {
    this.#stopping ??= this.#stop(ending);
    return this.#stopping;
  }

  async #stop(ending: 'unregister' | 'leave'): Promise<boolean> {
    this.#state = ending === 'leave' ? 'left' : 'stopped';
    this.#timetable.stop();
    for (const source of this.#sources) source.stop();
    for (const held of this.#routes) held.end();
    const heard = ending === 'leave' || this.#speaker.takeAllBack();
    const settled = await this.#speaker.settle();
    return heard && settled;
  }

  #want(source: string, wanted: readonly WantedRoute[]): void {
    if (this.#state !== 'running') return;
    this.#arrivals.want(source, wanted);
    this.#spoken.add(source);
    this.#takeBackInherited();
    this.#timetable.arm();
  }

  #takeBackInherited(): void {
    if (!this.#sources.every(({ name }) => this.#spoken.has(name))) return;
    const announced = this.#inheritance.settle();
    for (const announcement of announced) this.#routes.owe(announcement);
    if (announced.length > 0 && this.#options.channels.bus?.state === 'ready') this.#speaker.payOwed('bus');
  }
}
