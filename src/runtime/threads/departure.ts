import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';
import { soon } from '../../boundary/timers.ts';
import type { HttpProxy } from '../../http/proxy/http-proxy.ts';
import type { AccessLog } from '../../telemetry/access-log.ts';
import type { RootLog } from '../../telemetry/component-log.ts';
import type { TcpService } from '../tcp/tcp-service.ts';
import type { ConnectionLoads } from './connection-loads.ts';
import type { HandOvers } from './hand-overs.ts';
import type { Listener } from './listener.ts';
import type { FromProxyThread } from './thread-messages.ts';

/** How long a stuck disk may hold up the end. */
const LOG_CLOSE_MS = 2000;
/** A thread that leaves waits so long for a request before it closes a connection. */
const FIRST_REQUEST_MS = 1000;
/** Turns of the loop without a new connection, after which a port that is to close has none waiting. */
const QUIET_TURNS = 3;
/** Turns in all: where connections come without end, some have to be reset. */
const MOST_ACCEPTS = 4096;
/** The same in a drain, after which there is nobody else to connect to here. */
const MOST_LAST_ACCEPTS = 64;

export interface DepartureOptions {
  readonly lane: number;
  readonly proxy: HttpProxy;
  /** Null: no TCP router. */
  readonly tcp: TcpService | null;
  readonly listener: Listener;
  readonly handOvers: HandOvers;
  readonly loads: ConnectionLoads;
  readonly accessLog: AccessLog;
  /** Null: nobody is told of requests. */
  readonly envelopes: { close(): Promise<void> } | null;
  readonly log: RootLog;
  say(message: FromProxyThread): void;
}

type State =
  | { readonly kind: 'serving' }
  /** With the router, which decides when it is over. */
  | { readonly kind: 'draining' }
  /** Another thread has taken its place. */
  | { readonly kind: 'leaving'; readonly until: number }
  | { readonly kind: 'ending' };

/** The ways in which a proxy thread goes out of service. */
export class Departure {
  readonly #options: DepartureOptions;
  #state: State = { kind: 'serving' };
  #portsAreClosed = false;
  /** When the thread that leaves has first seen a client's connection. */
  readonly #seenAt = new WeakMap<object, number>();

  constructor(options: DepartureOptions) {
    this.#options = options;
  }

  get hasBegun(): boolean {
    return this.#state.kind !== 'serving';
  }

  /** Closes the ports and idle connections; says `drained` when nothing is left, and goes on saying so. */
  drain(): void {
    this.#sayDraining();
    if (this.#state.kind !== 'serving') return;
    this.#state = { kind: 'draining' };
    this.#options.proxy.phase = 'draining';
    this.#closeSoon(0, MOST_LAST_ACCEPTS);
    this.#advance();
  }

  /**
   * The same, and ends the thread then, or after so many milliseconds. Its own doing may have gone wrong: exchanges end
   * on the connections they have, and none of those is used for another.
   */
  leave(milliseconds: number): void {
    if (this.#state.kind !== 'serving') return;
    const { proxy } = this.#options;
    this.#state = { kind: 'leaving', until: proxy.context.readClock() + milliseconds };
    proxy.phase = 'leaving';
    proxy.backends.shedIdle();
    this.#closeSoon(0, MOST_ACCEPTS);
  }

  /** Call it every 100 ms. */
  tick(): void {
    if (this.#state.kind === 'draining') this.#advance();
    else if (this.#state.kind === 'leaving') this.#leaveOn(this.#state.until);
  }

  /** Cuts what is left, writes the logs out and ends the thread. */
  stop(): void {
    if (this.#state.kind === 'ending') return;
    this.#state = { kind: 'ending' };
    inBackground({ kind: 'part', panic: () => process.exit(1) }, this.#end());
  }

  /** Again and again: a response that had begun before ends on a connection that is then idle. */
  #advance(): void {
    const { tcp, say } = this.#options;
    this.#closeIdle();
    if (this.#hasNobody && (tcp === null || tcp.proxy.relays.size === 0)) say({ kind: 'drained' });
  }

  /** Neither clients, nor connections that are still in front of their first request, or on their way to this thread. */
  get #hasNobody(): boolean {
    const { proxy, loads, lane } = this.#options;
    return this.#portsAreClosed && proxy.downstreams.size === 0 && (loads.count(lane) ?? 0) <= 0;
  }

  #leaveOn(until: number): void {
    const { proxy, handOvers } = this.#options;
    this.#closeIdleSince(proxy.context.now - FIRST_REQUEST_MS);
    // Another may hand a connection over until it has heard of this.
    const isEmpty = handOvers.isAlone && this.#hasNobody;
    if (isEmpty || proxy.context.now >= until) this.stop();
  }

  /**
   * What the kernel has accepted for this thread would be reset: each socket of a port gives one of those in each turn of
   * the loop, and all are closed after turns without any. One that comes between the last look and the close is reset all the same.
   */
  #closeSoon(quiet: number, most: number): void {
    const { placed } = this.#options.handOvers;
    soon(ONE_ROUND, () => {
      const isQuiet = this.#options.handOvers.placed === placed;
      if ((isQuiet && quiet + 1 >= QUIET_TURNS) || most === 0) this.#closePorts();
      else this.#closeSoon(isQuiet ? quiet + 1 : 0, most - 1);
    });
  }

  /** Not those that have just been accepted: their first request may be on its way. */
  #closeIdleSince(time: number): void {
    const { downstreams, context } = this.#options.proxy;
    for (const downstream of downstreams) {
      const seenAt = this.#seenAt.get(downstream);
      if (seenAt === undefined) this.#seenAt.set(downstream, context.now);
      else if (seenAt <= time) downstream.drain();
    }
  }

  #closeIdle(): void {
    for (const downstream of this.#options.proxy.downstreams) downstream.drain();
  }

  #closePorts(): void {
    this.#portsAreClosed = true;
    this.#options.listener.close();
    this.#options.tcp?.proxy.closeListeners();
  }

  #sayDraining(): void {
    const { proxy, tcp, say } = this.#options;
    let idle = 0;
    for (const downstream of proxy.downstreams) if (downstream.isIdle) idle++;
    const active = proxy.downstreams.size - idle + (tcp?.proxy.relays.size ?? 0);
    say({ kind: 'draining', active, idle });
  }

  async #end(): Promise<void> {
    const { proxy, tcp, listener, accessLog, envelopes, log } = this.#options;
    listener.close();
    for (const downstream of proxy.downstreams) downstream.destroy();
    proxy.backends.retireAll();
    // Connections write their last access-log line, and their last spans, when they close, which is after this turn.
    await nextTurn();
    proxy.ledger.spans.flush();
    const closed = Promise.all([accessLog.close(), envelopes?.close(), tcp?.stop()]);
    await Promise.race([closed, delay(LOG_CLOSE_MS)]);
    // A line on its way to the system would end with the thread.
    await log.settle();
    proxy.log.flush();
    process.exit(0);
  }
}
