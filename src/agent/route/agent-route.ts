import { createHash } from 'node:crypto';
import type { Announcement } from './announcement.ts';
import type { Check } from './check.ts';

/** What one source wants announced: one endpoint, its routes, and when it is fit to serve. */
export interface AgentRoute {
  /** By which people know it in logs and orders; need not be the only one of that name. */
  readonly name: string;
  /** The run of a container, which is the same whatever name that is given; left out: the name tells which it is. */
  readonly run?: string;
  readonly announcement: Announcement;
  /** Milliseconds between registrations, at least 100; null: as the routers ask for. */
  readonly interval: number | null;
  /** Null: it is taken for healthy. */
  readonly check: Check | null;
  readonly drain: DrainTerms;
  /** What HAProxy is told, percent from 0 to 100. */
  readonly weight: number;
}

export interface DrainTerms {
  /** As long as there is a file of this name, the route is drained; null: none. */
  readonly file: string | null;
  /** Milliseconds for which the application goes on serving when its routes are unregistered. */
  readonly time: number;
  /** Run, without arguments, when the application may stop; null: nothing. */
  readonly command: string | null;
}

/** `draining`: it is about to stop. `unready`: its source knows that it serves nobody. */
export type Standing = 'serving' | 'unready' | 'draining';

/** A route, and what its source knows of the moment, which makes it no other route. */
export interface WantedRoute {
  readonly route: AgentRoute;
  readonly standing: Standing;
  /** Milliseconds for which its application has run already, when it is first wanted; default 0. */
  readonly age?: number;
}

/** What makes a route the one it is: all that is wanted of it, as a digest, since there may be thousands. */
export function routeKey(route: AgentRoute): string {
  return createHash('sha256').update(JSON.stringify(route)).digest('base64');
}

/** How it was known before, when it has been changed: its run, or its name, and where it leads. */
export function routePlace(route: AgentRoute): string {
  const { announcement, run } = route;
  return JSON.stringify([
    run === undefined ? 'name' : 'run',
    knownAs(route),
    announcement.kind,
    announcement.address,
  ]);
}

/** By what another agent knows it again. */
export function knownAs({ name, run }: AgentRoute): string {
  return run ?? name;
}
