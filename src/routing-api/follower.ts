import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { contain, giveUp, inBackground } from '../boundary/boundary.ts';
import { ONE_MESSAGE, ONE_ROUND } from '../boundary/owner.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { inTurns } from '../time/in-turns.ts';
import type { StreamEvent } from './event-stream.ts';
import { SilenceError } from './peer-errors.ts';
import { RetryPace } from './retry-pace.ts';
import type { RoutingApi } from './routing-api.ts';
import { TokenError } from './token.ts';

/** A kind of routes: how they are asked for, and who takes them. */
interface Following {
  readonly eventsPath: string;
  /** The whole list, as the routing API has it. */
  fetch(signal: AbortSignal): Promise<readonly unknown[]>;
  /** Takes a list in pieces, which are asked for in turns of the loop of their own. */
  replace(values: readonly unknown[]): Iterable<unknown>;
  upsert(value: unknown): void;
  remove(value: unknown): void;
  /** It does not answer, or what it says from here on may be missed; until the next list that is taken. */
  lost?(): void;
}

/** Messages of the log, as operators of gorouter and cf-tcp-router know them. */
interface FollowerWords {
  readonly subscribing: string;
  readonly subscribed: string;
  readonly subscribeFailed: string;
  readonly nextEventFailed: string;
  readonly tokenFailed: string;
  readonly fetchFailed: string;
  /** Of a list, with how many there are under this name. */
  readonly fetched: readonly [message: string, name: string];
}

export interface FollowerOptions {
  readonly api: Pick<RoutingApi, 'events' | 'subscribeEventsErrors'>;
  readonly following: Following;
  readonly words: FollowerWords;
  /** Milliseconds between fetches of the whole list. */
  readonly syncInterval: number;
  /** Milliseconds until a stream that broke off is opened again; twice as many after each further failure, 5 s at most. */
  readonly retryInterval: number;
  readonly log: ComponentLog;
  /** Where the lists are told of; default: where the events are. */
  readonly listLog?: ComponentLog;
}

/** Events that wait for a list under way, characters in all: more than the list itself can have. */
const MAX_HELD = 64 * 1024 * 1024;
/** Of those, taken in one turn of the loop. */
const EVENTS_PER_TURN = 250;

/** Keeps a kind of routes in step with the routing API: its whole list now and then, and its events in between. */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #end = new AbortController();
  /**
   * Whether a list is under way, until the last of its routes is taken. `again`: the stream was opened anew meanwhile, and
   * the list may miss what happened in between.
   */
  #fetching: 'no' | 'yes' | 'again' = 'no';
  #held: StreamEvent[] = [];
  #heldSize = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** For the start, when nothing works without. @throws {Error} why there is no list */
  async fetchOnce(): Promise<void> {
    const { following } = this.#options;
    const values = await following.fetch(this.#end.signal);
    await inTurns(following.replace(values), this.#end.signal);
  }

  /** The same for the start of what works without. */
  fetchIfPossible(): Promise<void> {
    return this.#sync();
  }

  start(): void {
    inBackground(ONE_ROUND, this.#watch());
    inBackground(ONE_ROUND, this.#syncAgainAndAgain());
  }

  stop(): void {
    this.#end.abort();
  }

  async #syncAgainAndAgain(): Promise<void> {
    // One that takes longer than the interval is not to be followed by another at once.
    while (await this.#pause(this.#options.syncInterval)) if (this.#fetching === 'no') await this.#sync();
  }

  async #watch(): Promise<void> {
    const pace = new RetryPace(this.#options.retryInterval);
    let rest: number;
    do {
      const begun = performance.now();
      const opened = await this.#follow();
      rest = pace.restAfter(performance.now() - begun, opened);
    } while (await this.#pause(rest));
  }

  /**
   * The stream from its opening to its end; answers whether it was open. It replays nothing, so each time it is open the
   * whole list is fetched.
   */
  async #follow(): Promise<boolean> {
    const { api, following, words, log } = this.#options;
    let phase: 'subscribing' | 'subscribed' = 'subscribing';
    try {
      log.info(words.subscribing);
      const events = await api.events(following.eventsPath, this.#end.signal);
      log.info(words.subscribed);
      phase = 'subscribed';
      inBackground(ONE_ROUND, this.#sync());
      for await (const event of events) this.#onEvent(event);
      throw new Error('the stream of events ended');
    } catch (error) {
      if (this.#end.signal.aborted) return true;
      // Where there are no routes there are no events either.
      if (phase === 'subscribed' && error instanceof SilenceError) {
        log.info('routing-api-stream-silent');
        return true;
      }
      following.lost?.();
      if (error instanceof TokenError) log.error(words.tokenFailed, { error: messageOf(error) });
      else {
        api.subscribeEventsErrors++;
        const message = phase === 'subscribed' ? words.nextEventFailed : words.subscribeFailed;
        log.error(message, { error: messageOf(error) });
      }
    }
    return phase === 'subscribed';
  }

  /** On any failure the routes stay as they are. */
  async #sync(): Promise<void> {
    if (this.#fetching !== 'no') {
      this.#fetching = 'again';
      return;
    }
    do {
      this.#fetching = 'yes';
      await this.#fetch();
    } while (this.#isWantedAgain());
    this.#fetching = 'no';
  }

  #isWantedAgain(): boolean {
    return this.#fetching === 'again' && !this.#end.signal.aborted;
  }

  async #fetch(): Promise<void> {
    const { following, words, log: eventLog, listLog: log = eventLog } = this.#options;
    const [fetched, name] = words.fetched;
    try {
      const values = await following.fetch(this.#end.signal);
      log.debug(fetched, { [name]: values.length });
      await this.#take(values);
    } catch (error) {
      if (this.#end.signal.aborted) return;
      following.lost?.();
      log.error(error instanceof TokenError ? words.tokenFailed : words.fetchFailed, {
        error: messageOf(error),
      });
    }
    await inTurns(this.#release(), this.#end.signal);
  }

  /** Events that come meanwhile wait, and no other list is begun. */
  async #take(values: readonly unknown[]): Promise<void> {
    try {
      await inTurns(this.#options.following.replace(values), this.#end.signal);
    } catch (error) {
      giveUp(ONE_ROUND, error);
    }
  }

  /** In their order; those that come in between stand behind them. */
  *#release(): Generator<void> {
    while (this.#held.length > 0) {
      const held = this.#held;
      this.#held = [];
      this.#heldSize = 0;
      for (let at = 0; at < held.length; at++) {
        this.#apply(held[at]!);
        if ((at + 1) % EVENTS_PER_TURN === 0) yield;
      }
    }
  }

  #onEvent(event: StreamEvent): void {
    if (this.#fetching === 'no') {
      this.#apply(event);
      return;
    }
    this.#heldSize += event.data.length;
    if (this.#heldSize > MAX_HELD) throw new Error('too many events while the list was under way');
    this.#held.push(event);
  }

  #apply({ event, data }: StreamEvent): void {
    const { following, log } = this.#options;
    if (event !== 'Upsert' && event !== 'Delete') return;
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      log.error('routing-api-event-refused', { error: 'not JSON' });
      return;
    }
    contain(ONE_MESSAGE, () => (event === 'Upsert' ? following.upsert(value) : following.remove(value)));
  }

  /** `false`: the end has come. */
  #pause(milliseconds: number): Promise<boolean> {
    const { signal } = this.#end;
    return delay(milliseconds, true, { signal }).catch(() => false);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
