import { randomUUID } from 'node:crypto';
import { once as untilEvent } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { contain, guarded } from '../../boundary/boundary.ts';
import { on, once } from '../../boundary/events.ts';
import { ONE_MESSAGE, type Owner } from '../../boundary/owner.ts';
import { Unfinished } from '../../network/unfinished.ts';
import { FlushQueue } from '../../time/flush-queue.ts';
import { type BusStats, newBusStats } from './bus-stats.ts';
import { ClientConnection, type ConnectionLimits } from './client-connection.ts';
import type { SharedBus } from './client-session.ts';
import { Credentials } from './credentials.ts';
import { Gate } from './gate.ts';
import { SubscriptionIndex } from './subscriptions.ts';

export interface EmbeddedBusOptions extends Partial<ConnectionLimits> {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** With `pass`, what every client must name. Without it everyone is let in. */
  readonly user?: string;
  readonly pass?: string;
  /**
   * With it nobody is served until `open`, but for who names it in CONNECT (`auth_token`): the router, which has to log in like
   * everybody. It is to be known to nobody else. Without it everybody is served from the start.
   */
  readonly routerToken?: string;
  /** Bytes of messages of which clients have sent a part; default 64 MiB. */
  readonly maxUnfinished?: number;
}

/** nats-server's defaults, but for the pending bytes: 64 MiB there. */
const DEFAULT_LIMITS: ConnectionLimits = {
  maxPayload: 1024 * 1024,
  maxPending: 8 * 1024 * 1024,
  pingInterval: 120_000,
  loginTimeout: 2000,
};
/** Messages of which a part has come, of all clients together; bytes. */
const MAX_UNFINISHED = 64 * 1024 * 1024;
/** The nats-server release whose behaviour this one follows: clients choose features by it. */
const PROTOCOL_VERSION = '2.9.10';

/** A NATS server in this process, for when there is no cluster: core publish and subscribe only. */
export class EmbeddedBus {
  /** Where it listens, even when `port: 0` left the choice open. */
  readonly port: number;
  readonly #host: string;
  readonly #server: Server;
  readonly #shared: SharedBus;
  readonly #limits: ConnectionLimits;
  readonly #id = randomUUID();
  readonly #flushQueue = new FlushQueue();
  readonly #connections = new Set<ClientConnection>();
  #closed: Promise<void> | undefined;

  /** Rejects with the system's error (`EADDRINUSE`, `EACCES`, …) when it cannot listen. */
  static async listen(options: EmbeddedBusOptions): Promise<EmbeddedBus> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    server.listen(options.port, options.host ?? '127.0.0.1');
    await untilEvent(server, 'listening');
    return new EmbeddedBus(server, options);
  }

  private constructor(server: Server, options: EmbeddedBusOptions) {
    const { user, pass, maxPayload, maxPending, pingInterval, loginTimeout, maxUnfinished, routerToken } =
      options;
    const { address, port } = server.address() as AddressInfo;
    this.port = port;
    this.#host = address;
    this.#server = server;
    this.#limits = {
      maxPayload: maxPayload ?? DEFAULT_LIMITS.maxPayload,
      maxPending: maxPending ?? DEFAULT_LIMITS.maxPending,
      pingInterval: pingInterval ?? DEFAULT_LIMITS.pingInterval,
      loginTimeout: loginTimeout ?? DEFAULT_LIMITS.loginTimeout,
    };
    this.#shared = {
      subscriptions: new SubscriptionIndex(),
      stats: newBusStats(),
      unfinished: new Unfinished(maxUnfinished ?? MAX_UNFINISHED),
      gate: new Gate(routerToken),
      credentials: user === undefined ? undefined : new Credentials(user, pass ?? ''),
      random: Math.random,
    };
    on(server, 'connection', ONE_MESSAGE, (socket: Socket) => {
      const owner: Owner = { kind: 'connection', panic: () => socket.destroy() };
      contain(owner, () => this.#accept(socket, owner));
    });
    // A connection that cannot be accepted concerns its client alone.
    on(server, 'error', ONE_MESSAGE, () => {});
  }

  get stats(): Readonly<BusStats> {
    return this.#shared.stats;
  }

  /** Serves everybody from now on, first those who have waited, in the order in which they spoke. */
  open(): void {
    this.#shared.gate.open();
  }

  /** Stops listening and ends every connection; resolves when all are gone, which takes a second at most. */
  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#server.close(guarded(ONE_MESSAGE, () => resolve()));
      this.#shared.gate.close();
      for (const connection of this.#connections) connection.close();
    });
    return this.#closed;
  }

  #accept(socket: Socket, owner: Owner): void {
    const { stats } = this.#shared;
    stats.connections++;
    stats.totalConnections++;
    once(socket, 'close', owner, () => stats.connections--);
    const info = this.#info(stats.totalConnections, socket.remoteAddress);
    const connection = new ClientConnection(socket, info, this.#shared, this.#limits, this.#flushQueue);
    this.#connections.add(connection);
    once(socket, 'close', owner, () => this.#connections.delete(connection));
  }

  #info(clientId: number, clientIp: string | undefined): string {
    const info = {
      server_id: this.#id,
      server_name: 'cellgate',
      version: PROTOCOL_VERSION,
      proto: 1,
      host: this.#host,
      port: this.port,
      headers: true,
      max_payload: this.#limits.maxPayload,
      client_id: clientId,
      client_ip: clientIp,
      ...(this.#shared.credentials !== undefined && { auth_required: true }),
    };
    return `INFO ${JSON.stringify(info)}\r\n`;
  }
}
