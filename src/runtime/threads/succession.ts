import { performance } from 'node:perf_hooks';
import { inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';
import { after } from '../../boundary/timers.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import type { Crew } from './crew.ts';
import { listenOn, type OpenDoor } from './open-door.ts';
import type { ProxyWorker } from './proxy-worker.ts';
import { RestartDelay } from './restart-delay.ts';

/** Before a thread that died is replaced: one that dies at once must not take all there is of the CPU. */
const RESTART_DELAY_MS = 100;
/** How long a thread that leaves may finish what it has. */
const LEAVE_MS = 10_000;
/** What it may need beyond, to write its logs out. */
const GRACE_MS = 5000;

export interface SuccessionOptions {
  /** So many threads are to serve. */
  readonly count: number;
  readonly crew: Crew;
  onReplaced(): void;
  readonly log: ComponentLog;
}

type State =
  /** The router starts, and does not if a thread ends; or it ends. */
  | { readonly kind: 'off' }
  | { readonly kind: 'watching' }
  /** One at a time. */
  | { readonly kind: 'starting' };

/** Sees to it that there are as many threads as there should be, and that those which should go can go. */
export class Succession {
  readonly #options: SuccessionOptions;
  #state: State = { kind: 'off' };
  #doors: readonly OpenDoor[] = [];
  readonly #delay = new RestartDelay();
  #later: NodeJS.Timeout | undefined;

  constructor(options: SuccessionOptions) {
    this.#options = options;
  }

  /** From now on threads are replaced, and listen there. */
  begin(doors: readonly OpenDoor[]): void {
    this.#doors = doors;
    if (this.#state.kind !== 'off') return;
    this.#state = { kind: 'watching' };
    this.look();
  }

  get doors(): readonly OpenDoor[] {
    return this.#doors;
  }

  get isOn(): boolean {
    return this.#state.kind !== 'off';
  }

  end(): void {
    this.#state = { kind: 'off' };
  }

  /** It has to be replaced, or has ended without being asked to. */
  onLoss({ startedAt }: Pick<ProxyWorker, 'startedAt'>): void {
    this.#delay.lose(startedAt, performance.now());
  }

  lookSoon(): void {
    after(RESTART_DELAY_MS, ONE_ROUND, () => this.look());
  }

  /** Does what is next to be done, if anything. */
  look(): void {
    if (this.#state.kind !== 'watching') return;
    const { count, crew } = this.#options;
    const carrying = crew.workers.filter(({ carries }) => carries);
    const unsound = carrying.find(({ state }) => state === 'unsound');
    if (unsound !== undefined && carrying.length > count) this.#dismiss(unsound);
    else if ((unsound !== undefined || carrying.length < count) && crew.hasRoom) this.#start();
  }

  #start(): void {
    const { crew, log } = this.#options;
    const now = performance.now();
    const left = this.#delay.left(now);
    if (left > 0) {
      clearTimeout(this.#later);
      this.#later = after(left, ONE_ROUND, () => this.look()).unref();
      return;
    }
    let worker: ProxyWorker;
    try {
      worker = crew.start();
    } catch (error) {
      log.error('proxy-thread-cannot-start', { error });
      this.#delay.lose(now, performance.now());
      this.lookSoon();
      return;
    }
    this.#state = { kind: 'starting' };
    inBackground({ kind: 'round', panic: () => this.#onFailure(worker) }, this.#ready(worker));
  }

  async #ready(worker: ProxyWorker): Promise<void> {
    const { crew, log, onReplaced } = this.#options;
    const thread = worker.lane;
    try {
      await crew.informed(worker);
      for (const door of this.#doors) await listenOn(worker, door);
    } catch (error) {
      if (this.isOn) log.error('proxy-thread-cannot-listen', { thread, error });
      this.#onFailure(worker);
      return;
    }
    if (worker.state !== 'starting') {
      this.#onFailure(worker);
      return;
    }
    worker.state = 'serving';
    // Only now: a thread that is still starting would keep a connection handed over to it waiting.
    crew.connect(worker);
    if (this.#state.kind !== 'starting') return;
    this.#state = { kind: 'watching' };
    log.info('proxy-thread-replaced', { thread });
    onReplaced();
    this.look();
  }

  /** Its end, or what comes first, begins the next attempt. */
  #onFailure(worker: ProxyWorker): void {
    this.#options.crew.cut(worker);
    this.onLoss(worker);
    if (this.#state.kind !== 'starting') return;
    this.#state = { kind: 'watching' };
    this.lookSoon();
  }

  #dismiss(worker: ProxyWorker): void {
    const { crew, log } = this.#options;
    log.info('proxy-thread-leaves', { thread: worker.lane });
    crew.dismiss(worker, LEAVE_MS);
    after(LEAVE_MS + GRACE_MS, ONE_ROUND, () => {
      if (worker.state === 'leaving') crew.cut(worker);
    }).unref();
    this.look();
  }
}
