import type { WantedRoute } from './route/agent-route.ts';

/** Takes all that a source wants, in the place of all that it wanted before. */
export type WantRoutes = (wanted: readonly WantedRoute[]) => void;

/**
 * Where routes come from: a file, files that globs lead to, a command line, containers. A source says what it wants, and
 * how what it wants is doing; the engine alone announces, checks and drains.
 */
export interface RouteSource {
  /** For logs, and the only one of that name in an engine. */
  readonly name: string;
  /**
   * Calls `want` as soon as it knows, and again whenever anything is different. @param stopping runs that another agent
   * has seen told to stop
   */
  start(want: WantRoutes, stopping: ReadonlySet<string>): void;
  /** It wants nothing new from now on; what it wanted stays. */
  stop(): void;
}

/** Routes that do not change. */
export class FixedSource implements RouteSource {
  readonly name: string;
  readonly #wanted: readonly WantedRoute[];

  constructor(name: string, routes: readonly WantedRoute['route'][]) {
    this.name = name;
    this.#wanted = routes.map((route) => ({ route, standing: 'serving' }));
  }

  start(want: WantRoutes): void {
    want(this.#wanted);
  }

  stop(): void {}
}
