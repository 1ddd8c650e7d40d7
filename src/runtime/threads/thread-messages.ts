import type { Socket } from 'node:net';
import type { MessagePort } from 'node:worker_threads';
import type { RequestRecord } from '../../http/account/request-record.ts';
import type { TapFilter, Tapped } from '../../http/account/taps.ts';
import type { Door } from '../../http/connection/client.ts';
import type { AskedRequest } from '../../http/explain/asked-request.ts';
import type { Explanation } from '../../http/explain/explanation.ts';
import type { HttpSettings } from '../../http/settings.ts';
import type { ArmRow } from '../../routing/arm-tally.ts';
import type { FailedEndpoint } from '../../routing/change.ts';
import type { EndpointBuffers } from '../../routing/endpoint-cells.ts';
import type { OrderedEndpoint } from '../../routing/endpoint-orders.ts';
import type { RecordBuffers } from '../../routing/record-memory.ts';
import type { RouteBatch } from '../../routing/route-batch.ts';
import type { RouteRow } from '../../routing/route-traffic.ts';
import type { TcpSettings } from '../../tcp/connection/settings.ts';
import type { TcpBatch } from '../../tcp/table/route.ts';
import type { ComponentLogOptions, LogLevel } from '../../telemetry/component-log.ts';
import type { MeterBuffers, MeterSettings } from '../../telemetry/meters.ts';
import type { Span } from '../../telemetry/span.ts';
import type { SyslogOptions } from '../../telemetry/syslog-message.ts';
import type { SyslogBatch } from '../../telemetry/syslog-relay.ts';
import type { LoggregatorSettings } from '../settings/metron-settings.ts';
import type { TcpMessage } from '../tcp/tcp-messages.ts';
import type { Look, Seen } from './look.ts';

/** How busy a thread was. */
export interface ThreadLoad {
  /** Of the time, the share that its loop had something to do: 0 to 1. */
  readonly busy: number;
  /** How late the latest of its ticks came, milliseconds. */
  readonly late: number;
}

/** What all threads share, as it crosses to them. */
export interface SharedBuffers {
  readonly endpoints: EndpointBuffers;
  readonly records: RecordBuffers;
  /** By thread: the last batch of changes of TCP ports that it has applied. */
  readonly tcpApplied: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
  readonly meters: MeterBuffers;
  readonly requests: SharedArrayBuffer;
  readonly connectionLoads: SharedArrayBuffer;
  readonly health: SharedArrayBuffer;
  readonly pulses: SharedArrayBuffer;
}

/** What a proxy thread is born with. */
export interface ProxyThreadData {
  /** Null: no TCP router. */
  readonly tcp: TcpSettings | null;
  /** Its place in what all share, and its name in the log. */
  readonly lane: number;
  /** Id of the router in the roll-call. */
  readonly router: string;
  readonly settings: HttpSettings;
  readonly meters: MeterSettings;
  /** On each port for HTTP. */
  readonly listeningSockets: number;
  /** Empty: no access log. */
  readonly accessLogFile: string;
  /** `null`: the access log is not streamed. */
  readonly syslog: SyslogOptions | null;
  /** `null`: applications get no lines. */
  readonly loggregator: LoggregatorSettings | null;
  readonly log: ComponentLogOptions;
  readonly orders: readonly OrderedEndpoint[];
  readonly taps: readonly TapFilter[];
  readonly shared: SharedBuffers;
}

export type ToProxyThread =
  | { readonly kind: 'routes'; readonly batch: RouteBatch }
  | { readonly kind: 'tcp-ports'; readonly batch: TcpBatch }
  /** Certificates and authorities of TCP routes may be others from now on. */
  | { readonly kind: 'tcp-settings'; readonly settings: TcpSettings }
  /** A line to another proxy thread, to hand over connections. */
  | { readonly kind: 'peer'; readonly lane: number; readonly line: MessagePort }
  /** No more connections are to be handed over to that one. */
  | { readonly kind: 'peer-leaves'; readonly lane: number }
  | { readonly kind: 'listen'; readonly door: Door; readonly host: string; readonly port: number }
  /** What the configuration says from now on. */
  | { readonly kind: 'settings'; readonly settings: HttpSettings }
  /** What operators have ordered of endpoints: all of it. */
  | { readonly kind: 'endpoint-orders'; readonly orders: readonly OrderedEndpoint[] }
  /** Every connection ends with its next response; new ones are still taken. */
  | { readonly kind: 'close-gently' }
  /** Say `explained` of that request. */
  | { readonly kind: 'explain'; readonly number: number; readonly asked: AskedRequest }
  /** Who looks on from now on: all of them. What is seen is told as `tapped`. */
  | { readonly kind: 'taps'; readonly filters: readonly TapFilter[] }
  /** Say `requests`: the last one of that id, or all that are kept where it is empty. */
  | { readonly kind: 'tell-requests'; readonly number: number; readonly id: string }
  /** Say `seen`. */
  | { readonly kind: 'look'; readonly number: number; readonly look: Look }
  /** Say `traffic`. */
  | { readonly kind: 'tell-traffic'; readonly number: number }
  /** Say `active-apps`. */
  | { readonly kind: 'tell-active-apps' }
  /** The level of the component log. */
  | { readonly kind: 'log-level'; readonly level: LogLevel }
  /** Say `cpu-profile` after that time. */
  | { readonly kind: 'profile-cpu'; readonly milliseconds: number }
  /** Say `varz`. */
  | { readonly kind: 'tell-varz' }
  /** The access-log file was moved away: go on in a new one of its name. */
  | { readonly kind: 'reopen' }
  /** So many characters of what `syslog` said are with the connection. */
  | { readonly kind: 'syslog-taken'; readonly characters: number }
  /** So many of what `spans` said have arrived. */
  | { readonly kind: 'spans-taken'; readonly count: number }
  /** No new connections; say `draining`, and `drained` when the last one is gone. */
  | { readonly kind: 'drain' }
  /** Another has taken this one's place: no new connections, end when the last one is gone, or after that time. */
  | { readonly kind: 'leave'; readonly milliseconds: number }
  /** Cut what is left, write the logs out and end. */
  | { readonly kind: 'stop' };

export type FromProxyThread =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'listen-failed'; readonly code: string; readonly message: string }
  /** Those that had requests since they were last told. */
  | { readonly kind: 'active-apps'; readonly apps: readonly string[] }
  /** Requests by application since this was last told, and lines of the thread's component log by level. */
  | {
      readonly kind: 'varz';
      readonly apps: readonly (readonly [app: string, requests: number])[];
      readonly logCounts: readonly number[];
    }
  /** JSON; empty when it could not be made. */
  | { readonly kind: 'cpu-profile'; readonly profile: string }
  /** Connections in use and idle ones, as they are when the drain begins. */
  | { readonly kind: 'draining'; readonly active: number; readonly idle: number }
  | { readonly kind: 'drained' }
  /** Lines for the router's connection to the syslog server. */
  | { readonly kind: 'syslog'; readonly batch: SyslogBatch }
  /** For the collector of OpenTelemetry. */
  | { readonly kind: 'spans'; readonly spans: readonly Span[] }
  /** Something has thrown outside of all that could be given up for it: this thread should be replaced. */
  | { readonly kind: 'unsound' }
  /** After that batch its table is not the control thread's. */
  | { readonly kind: 'table-differs'; readonly epoch: number }
  /** To be taken out of the table. */
  | { readonly kind: 'endpoint-failed'; readonly failed: FailedEndpoint }
  | { readonly kind: 'tapped'; readonly tapped: readonly Tapped[] }
  /** Newest first. */
  | { readonly kind: 'requests'; readonly number: number; readonly records: readonly RequestRecord[] }
  /** Null: it could not be told, for a fault of ours. */
  | {
      readonly kind: 'seen';
      readonly number: number;
      readonly thread: number;
      readonly seen: Seen[keyof Seen] | null;
    }
  /** Null: it could not be explained, for a fault of ours. */
  | { readonly kind: 'explained'; readonly number: number; readonly explanation: Explanation | null }
  /** First attempts at the arms of routes since this was last told. */
  | { readonly kind: 'arms'; readonly rows: readonly ArmRow[] }
  /** Since this was last told: the busiest routes, and how busy the thread was. */
  | {
      readonly kind: 'traffic';
      readonly number: number;
      readonly routes: readonly RouteRow[];
      readonly load: ThreadLoad;
    }
  | TcpMessage;

/** What a connection came in by: one of the listeners for HTTP, or a port of TCP routes. */
export type Entry = Door | number;

/** Between proxy threads: a connection nobody has read from. */
export interface HandOver {
  readonly socket: Socket;
  readonly entry: Entry;
  /** To the thread that accepted it, which keeps it. */
  readonly returned: boolean;
}
