import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { contain, inBackground } from '../../boundary/boundary.ts';
import { AddressRanges } from '../../network/address-ranges.ts';
import { LiveSet } from '../../network/live-set.ts';
import { Names } from '../../network/names.ts';
import { ReadBuffers } from '../../network/read-buffers.ts';
import { ArmTallies } from '../../routing/arm-tally.ts';
import type { EndpointCells } from '../../routing/endpoint-cells.ts';
import type { AccessLog } from '../../telemetry/access-log.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { DeadlineList } from '../../time/deadline.ts';
import type { LiveRoute } from '../policy/live-route.ts';
import { PortSet } from '../table/port-set.ts';
import type { TcpPortChange } from '../table/route.ts';
import { BackendLinks } from './backend-links.ts';
import { type ConnectionRecord, connectionLine } from './log-line.ts';
import { OpenPort } from './open-port.ts';
import { PortListener } from './port-listener.ts';
import { Relay } from './relay.ts';
import type { TcpSettings } from './settings.ts';
import { TcpTally } from './tally.ts';
import type { TcpContext } from './tcp-context.ts';
import { Termination } from './termination.ts';

const QUIET_SECONDS = 10;

const READ_BUFFER_BYTES = 128 * 1024;

export interface TcpProxyOptions {
  readonly thread: number;
  readonly settings: TcpSettings;
  readonly cells: EndpointCells;
  readonly connectionLog: AccessLog | null;
  readonly log: ComponentLog;
  /** Of backends. */
  readonly names?: Names;
  /** Has some thread serve the connection. */
  onAccepted(socket: Socket, port: number): void;
  /** The outcome of opening a port; empty: it is open. */
  onListening(port: number, error: string): void;
}

/** A thread's TCP router: its ports, and what their connections share. */
export class TcpProxy implements TcpContext {
  readonly settings: TcpSettings;
  readonly cells: EndpointCells;
  readonly log: ComponentLog;
  readonly names: Names;
  readonly buffers = new ReadBuffers(READ_BUFFER_BYTES);
  readonly tally = new TcpTally();
  readonly arms = new ArmTallies();
  readonly relays = new LiveSet<Relay>();
  /** `null` where there are no certificates for it. */
  termination: Termination | null = null;
  links: BackendLinks | null = null;
  readonly deadlines: Readonly<Record<'peek' | 'queue' | 'connect' | 'idle', DeadlineList>>;
  /** Monotonic milliseconds and whole seconds, as of the last tick. */
  now = performance.now();
  nowSecond = Math.floor(this.now / 1000);
  readonly #options: TcpProxyOptions;
  readonly #acceptProxy: PortSet;
  readonly #sendProxyOn: readonly { readonly ports: PortSet; readonly version: TcpSettings['sendProxy'] }[];
  readonly #trusted: AddressRanges;
  readonly #ports = new Map<number, OpenPort>();
  #state: 'serving' | 'closing' = 'serving';
  #quietUntil = 0;

  constructor(options: TcpProxyOptions) {
    const { settings } = options;
    this.#options = options;
    this.settings = settings;
    this.cells = options.cells;
    this.log = options.log;
    this.names = options.names ?? new Names();
    this.#acceptProxy = PortSet.parse(settings.acceptProxyPorts)!;
    this.#sendProxyOn = settings.sendProxyOn.map(({ ports, version }) => ({
      ports: PortSet.parse(ports)!,
      version,
    }));
    this.replaceTls(settings);
    this.#trusted = new AddressRanges(settings.trustedProxies);
    this.deadlines = {
      peek: new DeadlineList(settings.peekTimeout),
      queue: new DeadlineList(settings.queueTimeout),
      connect: new DeadlineList(settings.connectTimeout),
      idle: new DeadlineList(settings.idleTimeout),
    };
  }

  /** For handshakes from now on. @throws what OpenSSL has to say of certificates and keys */
  replaceTls({ frontTls, backendTls }: Pick<TcpSettings, 'frontTls' | 'backendTls'>): void {
    this.termination = frontTls.length === 0 ? null : new Termination(frontTls);
    this.links = backendTls === null ? null : new BackendLinks(backendTls);
  }

  apply(changes: readonly TcpPortChange[]): void {
    for (const change of changes) this.#apply(change);
  }

  /** `false`: this thread has no such port open, and leaves the connection alone. */
  serve(port: number, socket: Socket): boolean {
    const open = this.#ports.get(port);
    if (open === undefined || this.#state === 'closing') return false;
    // One that another thread has handed over may flow as soon as it is listened to.
    socket.pause();
    const relay = new Relay(this, port, socket);
    this.relays.add(relay);
    this.tally.port(port).opened++;
    contain(relay, () => {
      if (open.expectsHeader && !this.#trusted.has(relay.source)) relay.abort('untrusted-proxy');
      else relay.start(open.live.needsHello, open.expectsHeader);
    });
    return true;
  }

  /** Null: the port is closed meanwhile, or nobody there is called that. */
  match(port: number, serverName: string): LiveRoute | null {
    return this.#ports.get(port)?.live.match(serverName) ?? null;
  }

  /** What backends of a port are told of clients, where their route does not say. */
  sendProxy(port: number): TcpSettings['sendProxy'] {
    return this.#sendProxyOn.find(({ ports }) => ports.has(port))?.version ?? this.settings.sendProxy;
  }

  /** Lets a connection wait for a place at a backend; `false` when too many do. */
  enqueue(relay: Relay): boolean {
    return this.#ports.get(relay.port)?.line.add(relay) ?? false;
  }

  forget(relay: Relay, record: ConnectionRecord): void {
    this.relays.delete(relay);
    const open = this.#ports.get(relay.port);
    open?.line.remove(relay);
    const counts = this.tally.port(relay.port);
    counts.closed++;
    if (record.connected < 0) counts.failed++;
    counts.fromClient += record.fromClient;
    counts.fromBackend += record.fromBackend;
    this.#options.connectionLog?.write(connectionLine(record));
    // It may make a place for one that waits.
    open?.line.serve();
  }

  /** Call it every 100 ms. */
  tick(): void {
    this.now = performance.now();
    this.nowSecond = Math.floor(this.now / 1000);
    for (const list of Object.values(this.deadlines)) list.expireDue(this.now);
    // Places become free on other threads too.
    for (const { line } of this.#ports.values()) line.serve();
  }

  /** For good: from now on changes open nothing. Routes stay, for connections that have none yet. */
  closeListeners(): void {
    if (this.#state === 'closing') return;
    this.#state = 'closing';
    for (const { listener } of this.#ports.values()) listener.close();
  }

  /** Cuts what is left; returns how many connections that were. */
  stop(): number {
    this.closeListeners();
    const cut = this.relays.size;
    for (const relay of this.relays) relay.abort('stopped');
    return cut;
  }

  #apply(change: TcpPortChange): void {
    const open = this.#ports.get(change.port);
    switch (change.kind) {
      case 'open':
        if (open !== undefined) open.replace(change.routes);
        else if (this.#state === 'serving') this.#open(change.port).replace(change.routes);
        break;
      case 'changed':
        open?.change(change.routes, change.gone);
        break;
      case 'closed':
        if (open !== undefined) this.#close(change.port, open);
        break;
    }
  }

  #open(port: number): OpenPort {
    const { thread } = this.#options;
    const { settings } = this;
    const listener = new PortListener(
      (socket) => this.#options.onAccepted(socket, port),
      (code) => this.#onAcceptError(port, code),
    );
    const open = new OpenPort({ thread, settings, listener, expectsHeader: this.#acceptProxy.has(port) });
    this.#ports.set(port, open);
    inBackground(listener, this.#listen(port, open));
    return open;
  }

  async #listen(port: number, open: OpenPort): Promise<void> {
    try {
      await open.listener.listen(this.settings.host, port);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (this.#ports.get(port) === open) this.#close(port, open);
      this.#options.onListening(port, code ?? message);
      return;
    }
    this.#options.onListening(port, '');
  }

  /** Who waits there learns that there is no route any more. */
  #close(port: number, { listener, line }: OpenPort): void {
    if (this.#state === 'serving') listener.close();
    this.#ports.delete(port);
    line.serve();
  }

  /** There are thousands a second where descriptors are short. */
  #onAcceptError(port: number, code: string): void {
    if (this.nowSecond < this.#quietUntil) return;
    this.#quietUntil = this.nowSecond + QUIET_SECONDS;
    this.log.error('accept-failed', { port, error: code });
  }
}
