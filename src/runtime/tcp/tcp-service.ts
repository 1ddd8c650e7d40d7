import type { Socket } from 'node:net';
import { type EndpointBuffers, EndpointCells } from '../../routing/endpoint-cells.ts';
import type { TcpSettings } from '../../tcp/connection/settings.ts';
import { TcpProxy } from '../../tcp/connection/tcp-proxy.ts';
import type { TcpBatch } from '../../tcp/table/route.ts';
import { type AccessLog, AccessLogFile, NO_ACCESS_LOG } from '../../telemetry/access-log.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import type { TcpMessage } from './tcp-messages.ts';

/** Ticks between reports to the control thread. */
const REPORT_TICKS = 10;

export interface TcpServiceOptions {
  readonly lane: number;
  readonly settings: TcpSettings;
  readonly shared: { readonly endpoints: EndpointBuffers; readonly tcpApplied: SharedArrayBuffer };
  readonly log: ComponentLog;
  /** Decides which thread serves a connection that was accepted here. */
  readonly handOvers: { place(socket: Socket, port: number): void };
  say(message: TcpMessage): void;
}

/** The TCP router's part of a proxy thread: the proxy, its log and its reports. */
export class TcpService {
  readonly proxy: TcpProxy;
  readonly #options: TcpServiceOptions;
  readonly #connectionLog: AccessLog;
  /** By thread: the last batch that it has applied. */
  readonly #applied: Int32Array;
  #ticks = 0;

  constructor(options: TcpServiceOptions) {
    const { lane, settings, shared, log, handOvers, say } = options;
    this.#options = options;
    this.#applied = new Int32Array(shared.tcpApplied);
    this.#connectionLog =
      settings.logFile === ''
        ? NO_ACCESS_LOG
        : new AccessLogFile(settings.logFile, (lines) => log.warn('tcp-log-lines-dropped', { lines }));
    this.proxy = new TcpProxy({
      thread: lane,
      settings,
      cells: new EndpointCells(shared.endpoints, lane),
      connectionLog: settings.logFile === '' ? null : this.#connectionLog,
      log,
      onAccepted: (socket, port) => handOvers.place(socket, port),
      onListening: (port, error) => say({ kind: 'tcp-listening', port, error }),
    });
  }

  apply({ epoch, changes }: TcpBatch): void {
    this.proxy.apply(changes);
    // Only now: seats that the batch has ended are handed out again when every thread has said so.
    Atomics.store(this.#applied, this.#options.lane, epoch);
  }

  /** Call it every 100 ms. */
  tick(): void {
    this.proxy.tick();
    if (++this.#ticks % REPORT_TICKS !== 0) return;
    const report = this.proxy.tally.take();
    if (report !== null) this.#options.say({ kind: 'tcp-report', report });
  }

  /** Its file was moved away. */
  reopenLog(): void {
    this.#connectionLog.reopen();
  }

  /** Cuts what is left and says so; resolves when the log is written. */
  stop(): Promise<void> {
    const cut = this.proxy.stop();
    if (cut > 0) this.#options.log.warn('tcp-connections-cut', { connections: cut });
    return this.#connectionLog.close();
  }
}
