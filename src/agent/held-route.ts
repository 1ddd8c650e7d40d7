import type { RouteState } from './route/agent-line.ts';
import { type AgentRoute, routeKey, type Standing } from './route/agent-route.ts';
import type { Beats } from './route/beats.ts';
import { type Drain, SERVING } from './route/drain.ts';
import { type Health, initialHealth } from './route/health.ts';
import { type Phase, phaseOf } from './route/phase.ts';

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
  /** Called when it is drained, or never will be. */
  readonly #waiting: (() => void)[] = [];

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
  }

  onDrained(call: () => void): void {
    if (this.drain.state === 'draining' && this.state === 'held') this.#waiting.push(call);
    else call();
  }

  drainEnded(): void {
    for (const call of this.#waiting.splice(0)) call();
  }

  /** Nobody wants it any more. */
  end(): void {
    this.state = 'gone';
    this.checking?.abort();
    this.drainEnded();
  }
}
