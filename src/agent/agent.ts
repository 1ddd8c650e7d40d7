import { setTimeout as delay } from 'node:timers/promises';
import { inBackground } from '../boundary/boundary.ts';
import type { Owner } from '../boundary/owner.ts';
import type { BusClient } from '../bus/client.ts';
import { BusUnreachable, connectBus } from '../bus/connect-bus.ts';
import type { AnnouncedTimes } from '../bus/registration.ts';
import { lookUpServersApart } from '../bus/server-names.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { logAgentEvent } from './agent-log.ts';
import type { ApiChannel } from './api-channel.ts';
import { BusChannel } from './bus-channel.ts';
import { Engine } from './engine.ts';
import type { Legacy } from './legacy.ts';
import { LegacyKeeper } from './legacy-keeper.ts';
import { MONOTONIC } from './monotonic-clock.ts';
import { Pace } from './route/pace.ts';
import type { RouteSource } from './route-source.ts';
import { checksWith } from './run-check.ts';
import type { BusAccess } from './server-settings.ts';
import { DrainSigns, isDrainWanted, watchDrainFiles } from './tend-drains.ts';

export interface AgentOptions {
  /** Null: there is none. */
  readonly bus: BusAccess | null;
  /** The agent closes it; null: there is none. */
  readonly routingApi: ApiChannel | null;
  readonly unregistrationLimit: number;
  readonly sources: readonly RouteSource[];
  readonly log: ComponentLog;
}

const PING_INTERVAL_MS = 20_000;
const RECONNECT_MS = 2_000;
/** All of it: the agents of all machines lose a bus at the same moment. */
const RECONNECT_JITTER = 1;

/** An agent as one process has it: the engine, its channels and its sources. Closed once, by the first `stop`. */
export class Agent {
  readonly engine: Engine;
  /** Resolves with a sentence when the agent cannot go on. */
  readonly failed: Promise<string>;
  readonly #options: AgentOptions;
  readonly #fail: (sentence: string) => void;
  readonly #busChannel: BusChannel | null;
  readonly #pace = new Pace();
  readonly #signs: DrainSigns;
  readonly #end = new AbortController();
  #bus: BusClient | null = null;
  #unwatch: () => void = () => {};
  #stopping: Promise<boolean> | null = null;
  #keeper: LegacyKeeper | null = null;

  constructor(options: AgentOptions) {
    lookUpServersApart();
    this.#options = options;
    const { bus, routingApi, unregistrationLimit, log } = options;
    const failed = Promise.withResolvers<string>();
    this.failed = failed.promise;
    this.#fail = failed.resolve;
    this.#signs = new DrainSigns(log);
    this.#busChannel = bus === null ? null : new BusChannel();
    this.engine = new Engine({
      channels: { bus: this.#busChannel, 'routing-api': routingApi },
      check: checksWith(log),
      clock: MONOTONIC,
      random: Math.random,
      pace: this.#pace,
      unregistrationLimit,
      isDrainWanted,
      tell: (event) => {
        // First: who reads the log finds the signs.
        this.#signs.heed(event);
        this.#keeper?.heed(event);
        logAgentEvent(log, event);
      },
    });
  }

  /** Announces what sources want as soon as there is somebody to hear it. @param legacy of the agent before */
  start(legacy: Legacy): void {
    const { bus, sources } = this.#options;
    this.engine.inherit(legacy);
    this.engine.follow(...sources);
    this.#unwatch = watchDrainFiles(this.engine);
    if (bus === null) return;
    const owner: Owner = { kind: 'part', panic: (error) => this.#fail(String(error)) };
    inBackground(owner, this.#connect(bus));
  }

  /** From now on this agent has the state folder, as long as it is its own. Once, before the start. */
  keepLegacy(folder: string, isOurs: () => boolean): void {
    const { log } = this.#options;
    this.#keeper = new LegacyKeeper({ folder, log, legacy: () => this.engine.legacy, isOurs });
  }

  /** Resolves when all routes are drained, and all that was to be run then has ended. */
  async drain(): Promise<void> {
    await this.engine.drain(() => true, 'signal');
    await this.#signs.settle();
  }

  /** Resolves with whether routers have heard of the end. See `Engine.stop`. */
  stop(ending: 'unregister' | 'leave'): Promise<boolean> {
    this.#stopping ??= this.#stop(ending);
    return this.#stopping;
  }

  async #stop(ending: 'unregister' | 'leave'): Promise<boolean> {
    this.#end.abort();
    this.#unwatch();
    const heard = await this.engine.stop(ending);
    this.#keeper?.close(ending === 'leave' || !heard ? 'leave' : 'done');
    this.#signs.close();
    this.#options.routingApi?.close();
    await this.#bus?.close();
    return heard;
  }

  /** For as long as it takes: an agent may be there before its bus. */
  async #connect(access: BusAccess): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      try {
        const bus = await this.#dial(access);
        this.#bus = bus;
        this.#attend(bus);
        return;
      } catch (error) {
        if (!(error instanceof BusUnreachable)) throw error;
        if (!signal.aborted) this.#options.log.error('nats-connection-failed', { error });
        await delay(RECONNECT_MS * (1 - Math.random() / 2), undefined, { signal }).catch(() => {});
      }
    }
  }

  #dial({ servers, user, pass, tls }: BusAccess): Promise<BusClient> {
    return connectBus({
      servers,
      user,
      pass,
      ...(tls !== null && { tls }),
      attempts: 1,
      attemptInterval: 0,
      pingInterval: PING_INTERVAL_MS,
      reconnectWait: RECONNECT_MS,
      reconnectJitter: RECONNECT_JITTER,
      end: this.#end.signal,
      log: this.#options.log,
      onClosed: () => this.#fail('the connection to the bus was closed for good'),
    });
  }

  #attend(bus: BusClient): void {
    const engine = this.engine;
    const adopt = (times: AnnouncedTimes | null): void => {
      if (times !== null) this.#pace.adopt(times);
      this.#warnOfSeldom();
      engine.repace();
    };
    const hear = (times: AnnouncedTimes): void => {
      if (!this.#pace.hear(times)) return;
      this.#warnOfSeldom();
      engine.repace();
    };
    this.#busChannel?.attend(bus, {
      onGreeted: adopt,
      onHeard: hear,
      onStarted: (times) => {
        hear(times);
        engine.answer('bus');
      },
      onBack: () => engine.answer('bus'),
      onLost: () => {},
    });
    engine.answer('bus');
  }

  /** Told once for all routes that are announced too seldom to live. */
  #warnOfSeldom(): void {
    const seldom = [...this.engine.routes].filter(({ route }) => {
      const own = route.interval === null ? null : route.interval / 1000;
      return route.announcement.kind === 'bus' && this.#pace.of(own) < this.#pace.asked(own);
    });
    if (seldom.length === 0) return;
    this.#options.log.warn('registered-more-often-than-asked', {
      routes: seldom.length,
      reason: `the router forgets routes after ${this.#pace.forgets} s`,
    });
  }
}
