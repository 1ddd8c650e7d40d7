import type { RouteState } from './route/agent-line.ts';
import { type AgentRoute, routeKey, type Standing } from './route/agent-route.ts';
import type { Beats } from './route/beats.ts';
import { type Drain, SERVING } from './route/drain.ts';
import { type Health, initialHealth } from './route/health.ts';
import { type Phase, phaseOf } from './route/phase.ts';

/** How a drain has come to its end. */
export type DrainEnd = 'drained' | 'called-off' | 'gone';

/** A route as the engine has it, from the moment it is wanted until nobody wants it any more. */
export class HeldRoute implements RouteState {
  readonly key: string;
  readonly route: AgentRoute;
  readonly source: string;
  standing: Standing;
  health: Health;
  drain: Drain = SERVING;
  beats: Beats;
  /** What routers were told last. */
  said: 'nothing' | 'registered' | 'unregistered' = 'nothing';
  /** Since it was registered last. */
  unregistrations = 0;
  state: 'held' | 'gone' = 'held';
  /** Ends the check that is under way; null: none is. */
  checking: AbortController | null = null;
  /** An answer to a router is noted already. */
  answers: 'none' | 'noted' = 'none';
  /** Who waits for the end of its drain. */
  readonly #waiting: ((end: DrainEnd) => void)[] = [];

  constructor(source: string, route: AgentRoute, standing: Standing, beats: Beats) {
    this.key = routeKey(route);
    this.source = source;
    this.route = route;
    this.standing = standing;
    this.health = initialHealth(route.check);
    this.beats = beats;
  }

  get phase(): Phase {
    return phaseOf(this.standing, this.drain, this.health);
  }

  get weight(): number {
    return this.route.weight;
  }

  /** It is the changed form of one that was there: what was known of that holds until a check says otherwise. */
  inherit(former: HeldRoute): void {
    if (this.route.check !== null) this.health = former.health;
    this.drain = former.drain;
    this.unregistrations = former.unregistrations;
    this.said = former.said;
    this.#waiting.push(...former.#waiting.splice(0));
  }

  /** How the drain that is under way ends; of one that has, at once. */
  drainEnd(): Promise<DrainEnd> {
    if (this.drain.state === 'drained') return Promise.resolve('drained');
    if (this.drain.state === 'serving' || this.state === 'gone') return Promise.resolve('called-off');
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  drainEnded(end: DrainEnd): void {
    for (const call of this.#waiting.splice(0)) call(end);
  }

  /** Nobody wants it any more. */
  end(): void {
    this.state = 'gone';
    this.checking?.abort();
    this.drainEnded('gone');
  }
}
