import type { AgentListener } from './agent-event.ts';
import type { Checker } from './checker.ts';
import type { Drains } from './drains.ts';
import { HeldRoute } from './held-route.ts';
import type { HeldRoutes } from './held-routes.ts';
import type { Inheritance } from './inheritance.ts';
import { type AgentRoute, routePlace, type WantedRoute } from './route/agent-route.ts';
import type { Speaker } from './speaker.ts';
import type { Timetable } from './timetable.ts';

export interface ArrivalsOptions {
  readonly tell: AgentListener;
  /** Whether its drain is asked for from its first moment on; default: of none. */
  isDrainWanted?(route: AgentRoute): boolean;
}

interface Helpers {
  readonly routes: HeldRoutes;
  readonly inheritance: Inheritance;
  readonly speaker: Speaker;
  readonly checker: Checker;
  readonly drains: Drains;
  readonly timetable: Timetable;
}

/** Lets routes come, change and go as their sources want them. */
export class Arrivals {
  readonly #options: ArrivalsOptions;
  readonly #helpers: Helpers;

  constructor(options: ArrivalsOptions, helpers: Helpers) {
    this.#options = options;
    this.#helpers = helpers;
  }

  /** All that a source wants, in the place of all that it wanted before. */
  want(source: string, wanted: readonly WantedRoute[]): void {
    const { routes, timetable, inheritance } = this.#helpers;
    const former = routes.of(source);
    const next = new Map<string, HeldRoute>();
    const fresh = new Map<HeldRoute, number>();
    for (const { route, standing, age = 0 } of wanted) {
      const made = new HeldRoute(source, route, standing, timetable.beats(route));
      if (next.has(made.key)) continue;
      const held = former.get(made.key) ?? made;
      next.set(held.key, held);
      if (held === made) fresh.set(held, age);
      else this.#stand(held, standing);
    }
    const gone = routes.replace(source, next);
    const places = new Map(gone.map((held) => [routePlace(held.route), held]));
    for (const [held, age] of fresh) this.#begin(held, places.get(routePlace(held.route)), age);
    // What has come is registered before what has gone is taken back: a route that has changed is never without.
    for (const held of gone) this.#end(held);
    for (const { route } of fresh.keys()) inheritance.came(route);
  }

  #begin(held: HeldRoute, former: HeldRoute | undefined, age: number): void {
    const { inheritance, speaker, checker, drains, timetable } = this.#helpers;
    const { route } = held;
    const { check } = route;
    this.#options.tell({ kind: 'added', route, source: held.source, isChanged: former !== undefined });
    if (former !== undefined) held.inherit(former);
    if (held.drain.state === 'draining') drains.goOn(held);
    timetable.noteBeat(held);
    if (inheritance.isDrained(route)) drains.order(held, 'command');
    if (this.#options.isDrainWanted?.(route) === true) drains.order(held, 'file');
    if (held.standing === 'draining') drains.order(held, 'source');
    else if (check?.kind === 'script') checker.begin(held, check);
    else speaker.say(held);
    if (check?.kind !== 'probe') return;
    // An agent that starts late must not wait for what has started long ago.
    const delay = inheritance.has(route.announcement) ? 0 : Math.max(check.startDelay - age, 0);
    timetable.noteProbes(held, check.interval, delay);
  }

  #end(held: HeldRoute): void {
    held.end();
    this.#options.tell({ kind: 'removed', route: held.route, source: held.source });
    this.#helpers.speaker.takeBack(held);
  }

  #stand(held: HeldRoute, standing: WantedRoute['standing']): void {
    const { speaker, drains } = this.#helpers;
    if (held.standing === standing) return;
    held.standing = standing;
    if (standing === 'draining') drains.order(held, 'source');
    else if (held.drain.state !== 'serving') drains.letGo(held, 'source');
    else speaker.say(held);
  }
}
