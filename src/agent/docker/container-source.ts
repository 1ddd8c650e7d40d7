import { ONE_ROUND, type Owner } from '../../boundary/owner.ts';
import { after, every } from '../../boundary/timers.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { type Container, runOf } from '../containers/container.ts';
import type { ContainerEvent } from '../containers/container-event.ts';
import { isLabelled, type LabelReading, type LabelTerms, routeText } from '../containers/container-routes.ts';
import { type Change, Fleet, type FleetRoute } from '../containers/fleet.ts';
import { readContainer } from '../containers/read-container.ts';
import { registrationRoute } from '../registration-route.ts';
import type { WantedRoute } from '../route/agent-route.ts';
import type { RouteSource, WantRoutes } from '../route-source.ts';
import { ContainerFollower, type ContainerListener } from './container-follower.ts';
import type { EngineApi } from './engine-api.ts';
import { isRunning, markProcess, type ProcessMark } from './process-mark.ts';

export interface ContainerSourceOptions {
  readonly dial: () => EngineApi;
  readonly terms: LabelTerms;
  readonly log: ComponentLog;
  /** Milliseconds between two looks at the list; default: by what the engine tells. */
  readonly lookInterval?: number;
}

/** How often processes are looked at while their engine is away. */
const WATCH_MS = 250;
const RESTART_MS = 10_000;

/**
 * Routes of containers, by their labels. While their engine is away what is known of them stays, but for those whose
 * process is seen to have ended: their addresses may be others' soon.
 */
export class ContainerSource implements RouteSource, ContainerListener {
  readonly name = 'containers';
  readonly #options: ContainerSourceOptions;
  readonly #fleet: Fleet;
  readonly #follower: ContainerFollower;
  readonly #processes = new Map<string, ProcessMark>();
  /** Of each address in what was wanted last, whose it was: of several in the network of their machine. */
  #runs: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  #state: 'new' | 'following' | 'away' | 'stopped' = 'new';
  #want: WantRoutes = () => {};
  #watch: NodeJS.Timeout | undefined;
  #restart: NodeJS.Timeout | undefined;

  constructor(options: ContainerSourceOptions) {
    this.#options = options;
    this.#fleet = new Fleet(options.terms);
    this.#follower = new ContainerFollower({
      dial: options.dial,
      listener: this,
      isRestless: (id) => (this.#fleet.get(id)?.health ?? 'none') !== 'none',
      ...(options.lookInterval !== undefined && { lookInterval: options.lookInterval }),
    });
  }

  start(want: WantRoutes, stopping: ReadonlySet<string> = new Set()): void {
    this.#want = want;
    this.#fleet.expect(stopping);
    const owner: Owner = {
      kind: 'part',
      panic: () => {
        if (this.#state === 'stopped') return;
        this.onAway('a fault of our own', RESTART_MS);
        this.#restart = after(RESTART_MS, owner, () => this.#follower.start(owner));
      },
    };
    this.#follower.start(owner);
  }

  stop(): void {
    this.#state = 'stopped';
    clearInterval(this.#watch);
    clearTimeout(this.#restart);
    this.#follower.stop();
    this.#want = () => {};
  }

  onReached(engine: string, ids: ReadonlySet<string>): void {
    clearInterval(this.#watch);
    for (const { id } of this.#fleet.containers) if (!ids.has(id)) this.#forget(id);
    this.#options.log.info(this.#state === 'away' ? 'container-engine-back' : 'following-containers', {
      engine,
      containers: this.#fleet.size,
    });
    this.#state = 'following';
    this.#announce();
  }

  onAway(reason: string, retryIn: number): void {
    const { log } = this.#options;
    const watched = this.#processes.size;
    log.error('container-engine-away', {
      reason,
      'known-containers': this.#fleet.size,
      meaning: 'what is known of containers stays, and nothing new is heard of',
      'watched-processes': watched,
      'retry-in-seconds': Math.round(retryIn / 100) / 10,
    });
    if (this.#state !== 'following') return;
    this.#state = 'away';
    this.#watch = every(WATCH_MS, ONE_ROUND, () => this.#lookAtProcesses());
  }

  onSeen(id: string, answer: unknown): void {
    if (answer === null) {
      this.#changed(this.#fleet.drop(id), id);
      return;
    }
    const container = readContainer(answer);
    if (typeof container === 'string') {
      this.onUnseen(id, container);
      return;
    }
    if (container.id !== id || !isLabelled(container.labels)) return;
    const former = this.#fleet.get(id);
    const change = this.#fleet.put(container);
    const { name, status, health } = container;
    if (change.kind === 'new') this.#tell(container, change.reading);
    if (former !== null && (former.status !== status || former.health !== health)) {
      this.#options.log.info('container-state', { container: name, status, health });
    }
    if (change.kind !== 'gone' && change.kind !== 'none') this.#mark(container);
    this.#changed(change, id);
  }

  onEvent({ id, kind, at, signal }: ContainerEvent): void {
    if (kind === 'died') this.#changed(this.#fleet.died(id, at), id);
    if (kind !== 'signalled' || signal === null || !this.#fleet.signalled(id, signal)) return;
    const { name = '' } = this.#fleet.get(id) ?? {};
    this.#options.log.info('container-told-to-stop', { container: name, signal });
    this.#announce();
  }

  onUnseen(id: string, reason: string): void {
    const container = this.#fleet.get(id)?.name ?? id.slice(0, 12);
    this.#options.log.error('container-not-inspected', { container, reason });
  }

  #changed(change: Change, id: string): void {
    if (change.kind === 'none' || change.kind === 'same') return;
    if (change.kind === 'gone') this.#forget(id);
    this.#announce();
  }

  #forget(id: string): void {
    this.#fleet.drop(id);
    this.#processes.delete(id);
  }

  #mark({ id, pid }: Container): void {
    const mark = pid === 0 ? null : markProcess(pid, id);
    if (mark === null) this.#processes.delete(id);
    else this.#processes.set(id, mark);
  }

  #lookAtProcesses(): void {
    for (const [id, mark] of this.#processes) {
      if (isRunning(mark)) continue;
      const { name = id } = this.#fleet.get(id) ?? {};
      this.#options.log.info('container-ended', { container: name, reason: 'its process is gone' });
      this.#changed(this.#fleet.drop(id), id);
    }
  }

  #announce(): void {
    // Before all is known of what runs, what a source does not want is taken for gone.
    if (this.#state === 'new') return;
    const routes = this.#fleet.routes();
    const isAnothers = (route: FleetRoute): boolean =>
      this.#runs.get(placeOf(route))?.has(runOf(route.container)) === false;
    // What another has announced at an address is taken back before its next holder is checked for the first time.
    const rest = routes.filter((route) => !isAnothers(route));
    if (rest.length < routes.length) this.#want(rest.map(wanted));
    this.#want(routes.map(wanted));
    const places = Map.groupBy(routes, placeOf);
    this.#runs = new Map(
      [...places].map(([place, there]) => [place, new Set(there.map(({ container }) => runOf(container)))]),
    );
  }

  #tell({ name: container }: Container, { routes, faults, warnings }: LabelReading): void {
    const { log } = this.#options;
    for (const fault of faults) log.error('container-refused', { container, fault });
    for (const warning of warnings) log.warn('container-label', { container, warning });
    if (faults.length === 0 && routes.length === 0) log.info('container-without-routes', { container });
    for (const route of routes) log.debug('container-route', { container, route: routeText(route) });
  }
}

function wanted({ container, route, standing }: FleetRoute): WantedRoute {
  const { registration, check, drainTime: time, weight } = route;
  return {
    route: {
      ...registrationRoute(registration, check, null),
      name: container.name,
      run: runOf(container),
      drain: { file: null, time, command: null },
      weight,
    },
    standing,
    // The engine's clock is that of this machine, or about the same.
    age: Math.max(Date.now() - container.startedAt, 0),
  };
}

function placeOf({ route: { registration } }: FleetRoute): string {
  return `${registration.host} ${registration.port}`;
}
