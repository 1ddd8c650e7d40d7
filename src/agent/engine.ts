import type { Owner } from '../boundary/owner.ts';
import { Checker, type CheckerOptions } from './checker.ts';
import { type DrainErrand, Drains } from './drains.ts';
import { HeldRoute } from './held-route.ts';
import { HeldRoutes } from './held-routes.ts';
import { Inheritance } from './inheritance.ts';
import type { Legacy } from './legacy.ts';
import { Agenda } from './route/agenda.ts';
import { type AgentRoute, routePlace, type WantedRoute } from './route/agent-route.ts';
import type { Announcement } from './route/announcement.ts';
import { answerSpread, Beats } from './route/beats.ts';
import type { Clock } from './route/clock.ts';
import type { DrainCause } from './route/drain.ts';
import type { RouteSource } from './route-source.ts';
import { Speaker, type SpeakerOptions } from './speaker.ts';

export interface EngineOptions extends SpeakerOptions, CheckerOptions {
  readonly clock: Clock;
  /** From 0 to less than 1. */
  random(): number;
}

type Errand =
  | { readonly kind: 'beat' | 'probe'; readonly held: HeldRoute; readonly beats: Beats }
  | { readonly kind: 'answer'; readonly held: HeldRoute }
  | DrainErrand;

/** What is due within so many milliseconds is done in one go: a machine's many routes wake the process that often. */
const GRAIN_MS = 50;

/**
 * Keeps what routers know in line with what sources want: announces, checks, drains, and takes back what nobody wants
 * any more. It is closed once, by the first `stop`.
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #routes = new HeldRoutes();
  readonly #sources: RouteSource[] = [];
  readonly #agenda = new Agenda<Errand>();
  /** Names of sources that have said what they want. */
  readonly #spoken = new Set<string>();
  readonly #inheritance = new Inheritance();
  readonly #speaker: Speaker;
  readonly #checker: Checker;
  readonly #drains: Drains;
  #state: 'running' | 'stopped' | 'left' = 'running';
  #stopping: Promise<boolean> | null = null;
  #callOff: () => void = () => {};
  #wakesAt = Number.POSITIVE_INFINITY;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#speaker = new Speaker(options, this.#routes);
    this.#checker = new Checker(options, (held) => this.#speaker.say(held));
    this.#drains = new Drains(options, this.#speaker, (due, errand) => this.#agenda.note(due, errand));
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
    for (const source of sources) source.start((wanted) => this.#want(source.name, wanted));
  }

  /** A router has started, or a bus is back: all is announced again, spread over a while. */
  answer(kind: Announcement['kind']): void {
    if (this.#state !== 'running') return;
    const now = this.#options.clock.now();
    this.#speaker.payOwed(kind);
    const spread = answerSpread(this.#routes.size);
    for (const held of this.#routes) {
      if (held.route.announcement.kind !== kind || held.answers === 'noted') continue;
      held.answers = 'noted';
      this.#agenda.note(now + this.#options.random() * spread, { kind: 'answer', held });
    }
    this.#arm();
  }

  /** Routers ask for another pace. */
  repace(): void {
    for (const held of this.#routes) {
      if (held.beats.interval === this.#speaker.interval(held)) continue;
      held.beats = this.#beats(held.route);
      this.#noteBeat(held);
    }
    this.#arm();
  }

  /** What another agent will need, if this one takes nothing back. */
  get legacy(): Legacy {
    const routes = [...this.#routes];
    const announced = routes
      .filter(({ said }) => said === 'registered')
      .map(({ route }) => route.announcement);
    return {
      drained: routes.filter(isDrainedByCommand).map(({ route }) => route.name),
      announced: [
        ...announced.filter((each) => each.kind === 'bus'),
        ...this.#routes.owed,
        ...this.#inheritance.announced,
      ],
    };
  }

  /**
   * Goes on where another agent has ended. What that has announced and no source wants is taken back once all that are
   * followed have said what they do. Before they are.
   */
  inherit({ drained, announced }: Legacy): void {
    this.#drains.expect(drained);
    this.#inheritance.receive(announced);
  }

  /** Resolves when all that were picked are drained, gone, or were let go of again; with how many of them are what. */
  async drain(
    picks: (held: HeldRoute) => boolean,
    cause: DrainCause,
  ): Promise<{ readonly picked: number; readonly drained: number }> {
    const picked = [...this.#routes].filter(picks);
    for (const held of picked) this.#drains.order(held, cause);
    this.#arm();
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
    this.#callOff();
    for (const source of this.#sources) source.stop();
    for (const held of this.#routes) held.end();
    const heard = ending === 'leave' || this.#speaker.takeAllBack();
    const settled = await this.#speaker.settle();
    return heard && settled;
  }

  #takeBackInherited(): void {
    if (!this.#sources.every(({ name }) => this.#spoken.has(name))) return;
    const announced = this.#inheritance.settle();
    for (const announcement of announced) this.#routes.owe(announcement);
    if (announced.length > 0 && this.#options.channels.bus?.state === 'ready') this.#speaker.payOwed('bus');
  }

  #want(source: string, wanted: readonly WantedRoute[]): void {
    if (this.#state !== 'running') return;
    const former = this.#routes.of(source);
    const next = new Map<string, HeldRoute>();
    const fresh: HeldRoute[] = [];
    const ages = new Map<HeldRoute, number>();
    for (const { route, standing, age = 0 } of wanted) {
      const made = new HeldRoute(source, route, standing, this.#beats(route));
      if (next.has(made.key)) continue;
      const held = former.get(made.key) ?? made;
      next.set(held.key, held);
      if (held === made) {
        fresh.push(held);
        ages.set(held, age);
      } else this.#stand(held, standing);
    }
    const gone = this.#routes.replace(source, next);
    const places = new Map(gone.map((held) => [routePlace(held.route), held]));
    for (const held of fresh) this.#begin(held, places.get(routePlace(held.route)), ages.get(held)!);
    // What has come is registered before what has gone is taken back: a route that has changed is never without.
    for (const held of gone) this.#end(held);
    this.#drains.unexpect(fresh.map(({ route }) => route.name));
    this.#spoken.add(source);
    this.#takeBackInherited();
    this.#arm();
  }

  #begin(held: HeldRoute, former: HeldRoute | undefined, age: number): void {
    const { clock, random, tell } = this.#options;
    tell({ kind: 'added', route: held.route, source: held.source, isChanged: former !== undefined });
    if (former !== undefined) held.inherit(former);
    if (held.drain.state === 'draining') this.#drains.goOn(held);
    const { check } = held.route;
    this.#noteBeat(held);
    if (this.#drains.isExpected(held)) this.#drains.order(held, 'command');
    if (held.standing === 'draining') this.#drains.order(held, 'source');
    else if (check?.kind === 'script') this.#checker.begin(held, check);
    else this.#speaker.say(held);
    if (check?.kind !== 'probe') return;
    // An agent that starts late must not wait for what has started long ago.
    const delay = this.#inheritance.has(held.route.announcement) ? 0 : Math.max(check.startDelay - age, 0);
    const first = clock.now() + delay;
    const probe: Errand = { kind: 'probe', held, beats: new Beats(first, check.interval, random()) };
    if (delay === 0) this.#run(probe, first);
    else this.#agenda.note(first, probe);
  }

  #end(held: HeldRoute): void {
    held.end();
    this.#options.tell({ kind: 'removed', route: held.route, source: held.source });
    this.#speaker.takeBack(held);
  }

  #stand(held: HeldRoute, standing: WantedRoute['standing']): void {
    if (held.standing === standing) return;
    held.standing = standing;
    if (standing === 'draining') this.#drains.order(held, 'source');
    else if (held.drain.state !== 'serving') this.#drains.letGo(held, 'source');
    else this.#speaker.say(held);
  }

  #run(errand: Errand, now: number): void {
    const { held } = errand;
    if (held.state === 'gone') return;
    const { check } = held.route;
    switch (errand.kind) {
      case 'beat':
        if (errand.beats !== held.beats) return;
        this.#noteBeat(held);
        if (check?.kind === 'script') this.#checker.begin(held, check);
        else this.#speaker.say(held);
        return;
      case 'probe':
        this.#agenda.note(errand.beats.next(now), errand);
        if (check !== null) this.#checker.begin(held, check);
        return;
      case 'answer':
        held.answers = 'none';
        // What was to be taken back while nobody heard it is, too.
        if (held.phase === 'announced' || held.said !== 'unregistered') this.#speaker.say(held);
        return;
      case 'drain-end':
        this.#drains.look(errand, now);
    }
  }

  #noteBeat(held: HeldRoute): void {
    const { beats } = held;
    this.#agenda.note(beats.next(this.#options.clock.now()), { kind: 'beat', held, beats });
  }

  #beats(route: AgentRoute): Beats {
    const { clock, random } = this.#options;
    return new Beats(clock.now(), this.#speaker.interval({ route }), random());
  }

  #arm(): void {
    const { soonest } = this.#agenda;
    if (this.#state !== 'running' || soonest === null || soonest >= this.#wakesAt) return;
    this.#callOff();
    const { clock } = this.#options;
    const wait = Math.max(soonest - clock.now(), GRAIN_MS);
    this.#wakesAt = clock.now() + wait;
    // What one errand throws costs that errand; the rest is done in the next round.
    const owner: Owner = { kind: 'round', panic: () => this.#arm() };
    this.#callOff = clock.after(wait, owner, () => this.#wake());
  }

  #wake(): void {
    this.#wakesAt = Number.POSITIVE_INFINITY;
    const now = this.#options.clock.now();
    for (let errand = this.#agenda.take(now); errand !== null; errand = this.#agenda.take(now)) {
      this.#run(errand, now);
    }
    this.#arm();
  }
}

function isDrainedByCommand({ drain }: HeldRoute): boolean {
  return drain.state !== 'serving' && drain.causes.has('command');
}
