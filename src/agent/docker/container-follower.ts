import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND, type Owner } from '../../boundary/owner.ts';
import { every } from '../../boundary/timers.ts';
import { isLive } from '../containers/container.ts';
import { type ContainerEvent, readEvent } from '../containers/container-event.ts';
import { isLabelled } from '../containers/container-routes.ts';
import { type EngineApi, EngineFailure, type ListedContainer } from './engine-api.ts';
import { restAfter } from './reconnect-pace.ts';

/** What a follower finds, in the order in which it was so. */
export interface ContainerListener {
  /** The engine was reached, and all that runs has been told: what has not is gone. */
  onReached(engine: string, ids: ReadonlySet<string>): void;
  /** Tried again after so many milliseconds. */
  onAway(reason: string, retryIn: number): void;
  /** The answer to an inspection; null: there is no such container. */
  onSeen(id: string, answer: unknown): void;
  onEvent(event: ContainerEvent): void;
  /** It cannot be inspected: what is known of it stays. */
  onUnseen(id: string, reason: string): void;
}

export interface FollowerOptions {
  /** Called for every attempt: the usual place of a socket may be another by then. */
  readonly dial: () => EngineApi;
  readonly listener: ContainerListener;
  /** Whether a container needs to be looked at again and again: it has a state that no event tells. */
  readonly isRestless: (id: string) => boolean;
  /** Milliseconds between two looks at the list. */
  readonly lookInterval?: number;
  /** From 0 to less than 1. */
  readonly random?: () => number;
}

/** What events tell at once is looked for as well, in case one is missed; Podman tells less. */
const LOOK_MS = 20_000;
const LOOK_AT_PODMAN_MS = 2_000;

/** Follows an engine from when it is there until `stop`, over all its restarts. */
export class ContainerFollower {
  readonly #options: FollowerOptions;
  readonly #end = new AbortController();

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  start(owner: Owner): void {
    inBackground(owner, this.#follow());
  }

  stop(): void {
    this.#end.abort();
  }

  async #follow(): Promise<void> {
    const { dial, listener, random = Math.random } = this.#options;
    const { signal } = this.#end;
    for (let failures = 0; !signal.aborted; ) {
      const began = performance.now();
      const reason = await this.#session(dial());
      if (signal.aborted) return;
      const rest = restAfter(failures, performance.now() - began, random());
      failures = rest.failures;
      listener.onAway(reason, rest.milliseconds);
      await delay(rest.milliseconds, undefined, { signal }).catch(() => {});
    }
  }

  /** Resolves with why it has ended. */
  async #session(api: EngineApi): Promise<string> {
    const session = new Session(api, this.#options, this.#end.signal);
    try {
      await session.run();
      return `the stream of events from ${api.name} has ended`;
    } catch (error) {
      if (!(error instanceof EngineFailure)) throw error;
      return error.message;
    } finally {
      session.end();
      api.close();
    }
  }
}

/** One connection to an engine: its events, and what is asked because of them. */
class Session {
  readonly #api: EngineApi;
  readonly #options: FollowerOptions;
  readonly #end = new AbortController();
  readonly #signal: AbortSignal;
  /** Ids that are being asked for; `stale`: something has happened since, so that the answer may be of before. */
  readonly #asking = new Map<string, 'fresh' | 'stale'>();
  /** As the list had them when they were inspected last. */
  #signatures = new Map<string, string>();
  #looks: 'idle' | 'under-way' = 'idle';
  #timer: NodeJS.Timeout | undefined;
  #failure: EngineFailure | null = null;

  constructor(api: EngineApi, options: FollowerOptions, signal: AbortSignal) {
    this.#api = api;
    this.#options = options;
    this.#signal = AbortSignal.any([signal, this.#end.signal]);
  }

  /** @throws {EngineFailure} when the engine cannot be followed any more */
  async run(): Promise<void> {
    // First: what happens while the list is read is told behind it.
    const events = await this.#api.events(this.#signal);
    const { ids, isPodman } = await this.#look();
    this.#options.listener.onReached(this.#api.name, ids);
    const usual = isPodman ? LOOK_AT_PODMAN_MS : LOOK_MS;
    this.#timer = every(this.#options.lookInterval ?? usual, ONE_ROUND, () => this.#lookAgain());
    try {
      for await (const line of events) {
        const event = readEvent(line);
        if (event !== null) this.#heed(event);
      }
    } catch (error) {
      throw this.#failure ?? error;
    }
  }

  end(): void {
    clearInterval(this.#timer);
    this.#end.abort();
  }

  #heed(event: ContainerEvent): void {
    this.#options.listener.onEvent(event);
    inBackground(ONE_ROUND, this.#inspect(event.id));
  }

  #lookAgain(): void {
    if (this.#looks === 'under-way') return;
    const owner: Owner = { kind: 'round', panic: () => this.#end.abort() };
    inBackground(owner, this.#lookOrEnd());
  }

  /** An engine that does not answer a list has its events no more either. */
  async #lookOrEnd(): Promise<void> {
    try {
      await this.#look();
    } catch (error) {
      if (!(error instanceof EngineFailure)) throw error;
      this.#failure ??= error;
      this.#end.abort();
    }
  }

  /** Looks at what has labels for us and is new, or may have changed. Answers with all that runs. */
  async #look(): Promise<{ readonly ids: ReadonlySet<string>; readonly isPodman: boolean }> {
    this.#looks = 'under-way';
    try {
      const { containers, isPodman } = await this.#api.list(this.#signal);
      const ours = containers.filter(({ state, labels }) => isLive(state) && isLabelled(labels));
      const due = ours.filter((listed) => this.#isDue(listed));
      const before = this.#signatures;
      this.#signatures = new Map(ours.map(({ id, signature }) => [id, signature]));
      const ids = new Set(ours.map(({ id }) => id));
      const gone = [...before.keys()].filter((id) => !ids.has(id));
      await Promise.all([...due.map(({ id }) => id), ...gone].map((id) => this.#inspect(id)));
      return { ids, isPodman };
    } finally {
      this.#looks = 'idle';
    }
  }

  #isDue({ id, signature }: ListedContainer): boolean {
    return this.#signatures.get(id) !== signature || this.#options.isRestless(id);
  }

  async #inspect(id: string): Promise<void> {
    const asked = this.#asking.has(id);
    this.#asking.set(id, asked ? 'stale' : 'fresh');
    if (asked) return;
    const { listener } = this.#options;
    try {
      for (;;) {
        const answer = await this.#api.inspect(id, this.#signal);
        if (this.#signal.aborted) return;
        if (this.#asking.get(id) === 'fresh') {
          listener.onSeen(id, answer);
          return;
        }
        this.#asking.set(id, 'fresh');
      }
    } catch (error) {
      if (!(error instanceof EngineFailure)) throw error;
      if (this.#signal.aborted) return;
      // It is looked at again.
      this.#signatures.delete(id);
      listener.onUnseen(id, error.message);
    } finally {
      this.#asking.delete(id);
    }
  }
}
