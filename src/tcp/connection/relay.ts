import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { TLSSocket } from 'node:tls';
import type { Owner } from '../../boundary/owner.ts';
import { cut } from '../../network/cut.ts';
import { plainAddress } from '../../network/plain-address.ts';
import { proxyHeaderBytes } from '../../proxy-protocol/write.ts';
import { Deadline } from '../../time/deadline.ts';
import type { LivePort } from '../policy/live-port.ts';
import type { LiveRoute } from '../policy/live-route.ts';
import type { TcpBackend } from '../table/route.ts';
import { Arrival, type Arrived } from './arrival.ts';
import { Dial } from './dial.ts';
import type { Outcome } from './outcome.ts';
import { Pipe, SMALL_BYTES } from './pipe.ts';
import type { TcpProxy } from './tcp-proxy.ts';

/** Not the backend's fault: no descriptor, port or memory was left here. */
const LOCAL_ERRORS = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL', 'EAGAIN']);

/** Bytes read of a client that waits for a place: only while it is read from does one learn that it has gone. */
const WAITING_BYTES = 16 * 1024;

type State = 'arriving' | 'queued' | 'dialing' | 'open' | 'closed';

/** A client's connection and, once there is one, its backend's: bytes both ways until both have ended. */
export class Relay implements Owner {
  readonly kind = 'connection';
  /** See `LiveSet`. */
  livePlace = -1;
  readonly #proxy: TcpProxy;
  readonly #port: number;
  /** The client's TCP connection. */
  readonly #raw: Socket;
  readonly #deadline = new Deadline(this, () => this.#onDeadline());
  readonly #begun = performance.now();
  readonly #begunAt = Date.now();
  readonly #tried: TcpBackend[] = [];
  /** What the client is spoken to over: `#raw`, unless its TLS ends here. */
  #client: Socket;
  #state: State = 'arriving';
  #arrival: Arrival | null = null;
  #rest: Buffer | null = null;
  #route: LiveRoute | null = null;
  #dial: Dial | null = null;
  #toBackend: Pipe | null = null;
  #toClient: Pipe | null = null;
  #ownBuffer: Buffer | null = null;
  #clientEnded = false;
  #connected = -1;
  #serverName = '';
  /** As the client's proxy says, or the client's own. */
  #source: string;
  #sourcePort: number;

  constructor(proxy: TcpProxy, port: number, raw: Socket) {
    this.#proxy = proxy;
    this.#port = port;
    this.#raw = this.#client = raw;
    this.#source = plainAddress(raw.remoteAddress ?? '');
    this.#sourcePort = raw.remotePort ?? 0;
    raw.on('error', ignore);
    raw.on('close', () => this.#onRawClose());
  }

  get source(): string {
    return this.#source;
  }

  get tried(): readonly TcpBackend[] {
    return this.#tried;
  }

  start(live: LivePort, expectsHeader: boolean): void {
    if (!expectsHeader && !live.needsHello) {
      this.#listen(this.#raw);
      this.#seek(live.match(''));
      return;
    }
    this.#arrival = new Arrival(this.#proxy, this.#port, this.#raw, live, expectsHeader, {
      onArrived: (arrived) => this.#onArrived(arrived),
      onRefused: (outcome) => this.abort(outcome),
    });
    if (this.#state === 'arriving') this.#proxy.deadlines.peek.arm(this.#deadline, this.#proxy.now);
  }

  /** A place may have become free. `false`: it still waits. */
  retry(): boolean {
    if (this.#state !== 'queued') return true;
    const chosen = this.#choose();
    if (chosen === 'full') return false;
    this.#deadline.disarm();
    if (chosen === 'none') this.abort('no-backend');
    else this.#connect(chosen);
    return true;
  }

  /** Cuts both connections at once. */
  abort(outcome: Outcome): void {
    if (this.#state === 'closed') return;
    cut(this.#client, this.#raw);
    this.#finish(outcome);
  }

  panic(): void {
    this.abort('stopped');
  }

  #listen(client: Socket): void {
    client.on('data', (chunk: Buffer) => this.#onClientData(chunk));
    client.on('end', () => this.#onClientEnd());
  }

  #onArrived({ client, header, serverName, route, rest, ended }: Arrived): void {
    this.#arrival = null;
    this.#serverName = serverName;
    this.#rest = rest;
    this.#clientEnded = ended;
    if (header?.kind === 'proxied') {
      this.#source = header.source;
      this.#sourcePort = header.sourcePort;
    }
    if (client !== this.#raw) {
      this.#client = client;
      client.on('error', ignore);
      client.on('close', () => this.#onClientClose());
    }
    this.#listen(client);
    this.#seek(route);
  }

  #onDeadline(): void {
    switch (this.#state) {
      case 'arriving':
        this.#arrival?.expire();
        break;
      case 'queued':
        this.abort('queue-timeout');
        break;
      case 'dialing':
        this.#dial?.giveUp('ETIMEDOUT');
        break;
      case 'open':
        this.abort('idle-timeout');
        break;
      case 'closed':
        break;
    }
  }

  #onClientData(chunk: Buffer): void {
    if (this.#state === 'queued') this.#keep(chunk);
    if (this.#state !== 'open') return;
    this.#proxy.deadlines.idle.arm(this.#deadline, this.#proxy.now);
    this.#toBackend!.writeOwned(chunk);
  }

  #keep(chunk: Buffer): void {
    this.#rest = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    if (this.#rest.length > WAITING_BYTES) this.#client.pause();
  }

  #onClientEnd(): void {
    this.#clientEnded = true;
    if (this.#state === 'open') this.#toBackend!.end();
  }

  #onRawClose(): void {
    if (this.#arrival !== null) this.#arrival.closed();
    else if (this.#client === this.#raw) this.#onClientClose();
    // Else TLS tells of it, with what it had to read still.
  }

  #onClientClose(): void {
    if (this.#state === 'closed') return;
    if (this.#state !== 'open') {
      this.#finish('client-reset');
      return;
    }
    const client = this.#client;
    if (client.readableEnded && client.writableFinished) {
      if (this.#dial!.socket.closed) this.#finish('closed');
      return;
    }
    this.#finish('client-reset');
  }

  #seek(route: LiveRoute | null): void {
    this.#client.pause();
    this.#deadline.disarm();
    if (route === null) {
      this.abort('no-route');
      return;
    }
    this.#route = route;
    const chosen = this.#choose();
    if (chosen === 'none') this.abort('no-backend');
    else if (chosen !== 'full') this.#connect(chosen);
    else if (this.#proxy.enqueue(this.#port, this)) {
      this.#state = 'queued';
      if ((this.#rest?.length ?? 0) <= WAITING_BYTES) this.#client.resume();
      this.#proxy.deadlines.queue.arm(this.#deadline, this.#proxy.now);
    } else this.abort('queue-full');
  }

  /** Takes a place at the backend it returns. */
  #choose(): TcpBackend | 'full' | 'none' {
    const { cells, settings, nowSecond } = this.#proxy;
    for (;;) {
      const chosen = this.#route!.choose(this, cells, nowSecond);
      if (typeof chosen === 'string') return chosen;
      // Otherwise another thread took the last place in between.
      if (cells.beginBelow(chosen.seat, settings.maxConnectionsPerBackend || Number.POSITIVE_INFINITY)) {
        return chosen;
      }
    }
  }

  #connect(backend: TcpBackend): void {
    this.#state = 'dialing';
    this.#client.pause();
    this.#proxy.deadlines.connect.arm(this.#deadline, this.#proxy.now);
    this.#dial = new Dial(this.#proxy, backend, {
      header: this.#proxyHeader(backend),
      protocols: this.#protocols(),
      onMade: () => this.#onMade(),
      onFailed: (code) => this.#onDialFailed(code),
      buffer: () => this.#ownBuffer ?? this.#proxy.buffers.shared,
      onRead: (count, buffer) => this.#onBackendData(count, buffer),
    });
  }

  /** A client that has agreed on a protocol here must find the backend to speak that, and no other. */
  #protocols(): readonly string[] {
    const { terminates, alpns } = this.#route!;
    if (!terminates) return alpns;
    const agreed = (this.#client as TLSSocket).alpnProtocol;
    return typeof agreed === 'string' ? [agreed] : [];
  }

  #onMade(): void {
    const upstream = this.#dial!.socket;
    this.#state = 'open';
    const { settings, deadlines, now, tally } = this.#proxy;
    this.#connected = performance.now() - this.#begun;
    this.#toBackend = new Pipe(this.#client, upstream);
    this.#toClient = new Pipe(upstream, this.#client);
    upstream.on('end', () => this.#toClient!.end());
    upstream.on('close', () => this.#onUpstreamClose());
    if (upstream !== this.#dial!.raw) upstream.on('data', (chunk: Buffer) => this.#onSecureData(chunk));
    this.#dial!.raw.setKeepAlive(true, settings.keepAliveInterval);
    this.#raw.setKeepAlive(true, settings.keepAliveInterval);
    const rest = this.#rest;
    this.#rest = null;
    if (rest !== null && rest.length > 0) this.#toBackend.write(rest, rest.length);
    if (this.#clientEnded) this.#toBackend.end();
    deadlines.idle.arm(this.#deadline, now);
    tally.backend(this.#dial!.backend.address).opened++;
    if (!this.#toBackend.holdsBuffer) this.#client.resume();
  }

  #proxyHeader({ sendProxy }: TcpBackend): Buffer | null {
    const version = sendProxy === 'default' ? this.#proxy.sendProxy(this.#port) : sendProxy;
    if (version === 'none') return null;
    return proxyHeaderBytes(version, {
      kind: 'proxied',
      source: this.#source,
      sourcePort: this.#sourcePort,
      destination: plainAddress(this.#raw.localAddress ?? ''),
      destinationPort: this.#port,
    });
  }

  #onBackendData(count: number, buffer: Buffer): boolean {
    const pipe = this.#toClient;
    if (this.#state !== 'open' || pipe === null) return true;
    this.#proxy.deadlines.idle.arm(this.#deadline, this.#proxy.now);
    if (buffer === this.#ownBuffer) {
      pipe.write(buffer, count);
      if (count <= SMALL_BYTES && !pipe.holdsBuffer) this.#giveBuffer(true);
      return true;
    }
    if (count <= SMALL_BYTES) {
      pipe.writeCopy(buffer, count);
      return true;
    }
    // What is written may be taken later, when the shared buffer has other bytes; from now on it has one of its own.
    pipe.write(Buffer.from(buffer.subarray(0, count)), count);
    this.#ownBuffer = this.#proxy.buffers.take();
    return true;
  }

  #onSecureData(chunk: Buffer): void {
    if (this.#state !== 'open') return;
    this.#proxy.deadlines.idle.arm(this.#deadline, this.#proxy.now);
    this.#toClient!.writeOwned(chunk);
  }

  #giveBuffer(clean: boolean): void {
    if (this.#ownBuffer === null) return;
    this.#proxy.buffers.give(this.#ownBuffer, clean);
    this.#ownBuffer = null;
  }

  #onUpstreamClose(): void {
    if (this.#state === 'closed') return;
    const upstream = this.#dial!.socket;
    if (upstream.readableEnded && upstream.writableFinished) {
      if (this.#client.closed) this.#finish('closed');
      return;
    }
    cut(this.#client, this.#raw);
    this.#finish('backend-reset');
  }

  /** Nothing was sent yet: another backend may have the connection. */
  #onDialFailed(code: string): void {
    if (this.#state !== 'dialing') return;
    const { cells, settings, nowSecond, tally, log } = this.#proxy;
    const { backend } = this.#dial!;
    this.#dial = null;
    this.#deadline.disarm();
    cells.end(backend.seat);
    if (!LOCAL_ERRORS.has(code)) cells.markFailed(backend.seat, nowSecond + settings.failureMarkSeconds);
    tally.backend(backend.address).failed++;
    log.warn('tcp-backend-unreachable', { port: this.#port, backend: backend.address, error: code });
    this.#tried.push(backend);
    if (this.#tried.length >= settings.maxAttempts) {
      this.abort('backend-unreachable');
      return;
    }
    const chosen = this.#choose();
    if (typeof chosen === 'string') this.abort('backend-unreachable');
    else this.#connect(chosen);
  }

  #finish(outcome: Outcome): void {
    this.#state = 'closed';
    this.#deadline.disarm();
    const dial = this.#dial;
    if (dial !== null && !dial.socket.destroyed) {
      if (outcome === 'closed') dial.socket.destroy();
      else cut(dial.socket, dial.raw);
    }
    this.#giveBuffer(false);
    const backend = dial?.backend ?? null;
    const fromClient = this.#toBackend?.bytes ?? 0;
    const fromBackend = this.#toClient?.bytes ?? 0;
    if (backend !== null) {
      this.#proxy.cells.end(backend.seat);
      if (this.#connected >= 0) {
        const counts = this.#proxy.tally.backend(backend.address);
        counts.closed++;
        counts.fromClient += fromClient;
        counts.fromBackend += fromBackend;
      }
    }
    this.#proxy.forget(this, this.#port, {
      at: new Date(this.#begunAt).toISOString(),
      client: `${this.#source}:${this.#sourcePort}`,
      port: this.#port,
      serverName: this.#serverName,
      backend: backend?.address ?? '',
      instanceId: backend?.instanceId ?? '',
      fromClient,
      fromBackend,
      connected: this.#connected,
      duration: performance.now() - this.#begun,
      attempts: this.#tried.length + (backend === null ? 0 : 1),
      outcome,
    });
  }
}

function ignore(): void {}
