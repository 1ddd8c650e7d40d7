import { performance } from 'node:perf_hooks';
import { inBackground } from '../boundary/boundary.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import type { GivenKeys } from '../config/given-keys.ts';
import type { Config } from '../config/schema.ts';
import type { Tapped } from '../http/account/taps.ts';
import type { ComponentLogOptions, RootLog } from '../telemetry/component-log.ts';
import { drain } from './drain.ts';
import { HttpRouterParts } from './http-router-parts.ts';
import type { Addresses } from './parts/addresses.ts';
import type { Reload } from './parts/part.ts';
import { Parts } from './parts/parts.ts';
import { startFailure } from './parts/start-failure.ts';
import { givenAfter, reloadPlan } from './settings/reload-plan.ts';
import { giveBackMemory } from './threads/give-back.ts';

/** A whole router in this process: the control thread's work here, the traffic in its proxy threads. */
export class Router {
  readonly #pieces: HttpRouterParts;
  readonly #parts: Parts;

  private constructor(pieces: HttpRouterParts) {
    this.#pieces = pieces;
    this.#parts = new Parts(pieces.inOrder, pieces.log);
  }

  /** Resolves when requests are served. After an error nothing is left running. @throws {StartError} */
  static async start(
    config: Config,
    log: RootLog,
    logOptions: ComponentLogOptions,
    given: GivenKeys = new Set(),
  ): Promise<Router> {
    const router = new Router(new HttpRouterParts({ config, given }, log, logOptions));
    try {
      await router.#parts.start();
    } catch (error) {
      await router.#parts.stop();
      throw startFailure(error);
    }
    giveBackMemory();
    return router;
  }

  get addresses(): Addresses {
    return this.#pieces.addresses;
  }

  /** Where a browser on this machine gets in, for ten minutes and once; null: nowhere. */
  adminLink(): string | null {
    return this.#pieces.adminLink();
  }

  /** Shows all requests as they end, a quarter of a second late. */
  followRequests(show: (tapped: Tapped) => void): void {
    this.#pieces.followRequests(show);
  }

  /** Resolves when the router cannot go on by itself, with the reason. */
  get failed(): Promise<string> {
    return this.#pieces.failure.promise;
  }

  /** From now on what nobody catches in this process is written down and counted, and it goes on. */
  outlive(): void {
    this.#pieces.outlive();
  }

  /** For log rotation: the access log goes on in a new file of its name. */
  reopenLogs(): void {
    this.#pieces.threads.reopenLogs();
    this.#pieces.log.info('access-log-reopened');
  }

  /** Fails health checks for `drain_wait`, then lets connections finish for `drain_timeout` at most. */
  drain(): Promise<void> {
    const { setup, health, threads, snapshot, routerLog: log } = this.#pieces;
    // Whoever is killed in its drain leaves what it knew when it was told to go.
    inBackground(ONE_ROUND, snapshot.writeNow());
    return drain({ config: setup.config, health, threads, log, name: 'gorouter' });
  }

  /** Makes the router work by this configuration as far as it can while it runs, and says how far that is. */
  reload(wanted: Config, wantedGiven: GivenKeys = new Set()): void {
    const { setup, log } = this.#pieces;
    const { config, applied, waiting } = reloadPlan(setup.config, wanted);
    const given = givenAfter(setup.given, wantedGiven, waiting);
    let next: Reload;
    try {
      next = { config, ...setup.settings(config, given) };
    } catch (error) {
      this.refuseReload([(error as Error).message]);
      return;
    }
    setup.config = config;
    setup.given = given;
    setup.noteReload(true);
    this.#parts.reload(next);
    log.info('configuration-reloaded', { changed: applied });
    if (waiting.length > 0) log.warn('configuration-needs-restart', { keys: waiting });
  }

  /** What was to be the configuration is none: nothing changes. @param problems a sentence each */
  refuseReload(problems: readonly string[]): void {
    const { setup, log } = this.#pieces;
    setup.noteReload(false);
    for (const error of problems) log.error('configuration-reload-failed', { error });
  }

  async stop(): Promise<void> {
    const { routerLog: log } = this.#pieces;
    log.info('gorouter.stopping');
    const begun = performance.now();
    await this.#parts.stop();
    log.info('gorouter.stopped', { took: Math.round(performance.now() - begun) });
  }
}
