import type { Socket } from 'node:net';
import type { Replica } from '../../routing/replica.ts';
import type { AccessLog, AppLog } from '../../telemetry/access-log.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import type { ThreadCounters } from '../../telemetry/counters.ts';
import type { Meters } from '../../telemetry/meters.ts';
import type { RequestCells } from '../../telemetry/request-cells.ts';
import { Ledger } from '../account/ledger.ts';
import type { StartStopEvents } from '../account/start-stop-events.ts';
import type { Door } from '../connection/client.ts';
import type { Clients } from '../connection/clients.ts';
import { ConnectionPools } from '../connection/connection-pools.ts';
import { type DestinationParts, Destinations } from '../exchange/destinations.ts';
import { Exchange } from '../exchange/exchange.ts';
import type { ExchangeParts } from '../exchange/exchange-parts.ts';
import { RequestIds } from '../exchange/request-id.ts';
import { Explainer } from '../explain/explainer.ts';
import { BackendConnections } from '../h2/connection/backend-connections.ts';
import { Http2Parts } from '../h2/connection/http2-parts.ts';
import { ProxyContext } from '../proxy-context.ts';
import type { HttpSettings } from '../settings.ts';
import { Front } from './front.ts';

export interface HttpProxyParts extends DestinationParts {
  readonly settings: HttpSettings;
  readonly counters: ThreadCounters;
  /** `null`: nothing is measured. */
  readonly meters?: Meters | null;
  /** `null`: nobody counts what requests came to. */
  readonly requests?: RequestCells | null;
  readonly accessLog: AccessLog;
  /** Lines for the applications themselves; `null`: none. */
  readonly appLog?: AppLog | null;
  /** Loggregator's events; `null`: none. */
  readonly events?: StartStopEvents | null;
  readonly log: ComponentLog;
  readonly health: ExchangeParts['health'];
  /** Of backends. */
  readonly names?: ProxyContext['names'];
  readonly identity?: ProxyContext['identity'];
}

/**
 * HTTP on one proxy thread, put together: what all share (`context`), where requests may go (`destinations`), the
 * connections there (`backends`), the clients (`front`), and where it is written down what became of them (`ledger`). Nobody below
 * knows of it.
 */
export class HttpProxy {
  readonly context: ProxyContext;
  readonly destinations: Destinations;
  readonly backends: ConnectionPools;
  readonly front: Front;
  readonly ledger: Ledger;
  readonly explainer: Explainer;

  constructor(parts: HttpProxyParts) {
    const { settings, counters, log, meters = null, requests = null, health, names, identity } = parts;
    const context = new ProxyContext(settings, counters, log, names, identity);
    const http2 = new Http2Parts(context);
    this.context = context;
    this.destinations = new Destinations(context, parts);
    this.backends = new ConnectionPools(context, (pool) => new BackendConnections(http2, pool));
    this.ledger = new Ledger(settings, parts, meters, context.clock, requests);
    const { destinations, backends, ledger } = this;
    context.onRefusedHead = (text, fault, client) => ledger.refuse(text, fault, client, context.readClock());
    context.onRefusal = (refusal) => ledger.noteRefusal(refusal, context.readClock());
    const requestIds = new RequestIds();
    const shared: ExchangeParts = {
      context,
      destinations,
      backends,
      ledger,
      requestIds,
      health,
    };
    this.explainer = new Explainer(shared);
    this.front = new Front(context, http2, (downstream) => new Exchange(shared, downstream));
  }

  /** Requests that come from now on are carried by these; connections stay, and are not told. */
  reload(settings: HttpSettings): void {
    const before = this.context.settings;
    if (!isSame(tlsOf(before), tlsOf(settings))) this.backends.replaceTls(settings);
    if (!isSame(before.frontTls, settings.frontTls)) this.front.entrance.replaceTls(settings.frontTls);
    this.context.reload(settings);
    this.destinations.reload(settings);
    this.ledger.reload(settings);
    this.front.reload(settings);
  }

  /** Takes over a connection that has just been accepted, paused. */
  serve(socket: Socket, door: Door = 'http'): void {
    this.front.enter(socket, door);
  }

  /** Ends what has run out of time; `true` when there may be more, for the next turn. To be called a few times a second. */
  tick(): boolean {
    return this.context.deadlines.expireDue(this.context.followClocks());
  }

  get routes(): Replica {
    return this.destinations.routes;
  }

  get activeApps(): Set<string> | null {
    return this.destinations.activeApps;
  }

  get downstreams(): Clients['live'] {
    return this.front.clients.live;
  }

  get admission(): Front['admission'] {
    return this.front.admission;
  }

  get meters(): Meters | null {
    return this.ledger.meters;
  }

  get log(): ComponentLog {
    return this.context.log;
  }

  get phase(): ProxyContext['phase'] {
    return this.context.phase;
  }

  set phase(phase: ProxyContext['phase']) {
    this.context.phase = phase;
  }
}

/** With backends and with route services. */
function tlsOf({ backendTls, routeServices }: HttpSettings): object {
  return [backendTls, routeServices.tls];
}

function isSame(a: object | null, b: object | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
