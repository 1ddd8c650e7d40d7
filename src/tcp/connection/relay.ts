import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { cut } from '../../network/cut.ts';
import { plainAddress } from '../../network/plain-address.ts';
import { proxyHeaderBytes } from '../../proxy-protocol/write.ts';
import { Deadline } from '../../time/deadline.ts';
import type { LivePort } from '../policy/live-port.ts';
import type { LiveRoute } from '../policy/live-route.ts';
import type { TcpBackend } from '../table/route.ts';
import type { Outcome } from './outcome.ts';
import { Peek } from './peek.ts';
import { Pipe, SMALL_BYTES } from './pipe.ts';
import type { TcpProxy } from './tcp-proxy.ts';

/** Not the backend's fault: no descriptor, port or memory was left here. */
const LOCAL_ERRORS = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL', 'EAGAIN']);

type State = 'peeking' | 'queued' | 'dialing' | 'open' | 'closed';

/** A client's connection and, once there is one, its backend's: bytes both ways until both have ended. */
export class Relay {
  readonly #proxy: TcpProxy;
  readonly #port: number;
  readonly #client: Socket;
  readonly #deadline = new Deadline(() => this.#onDeadline());
  readonly #begun = performance.now();
  readonly #begunAt = Date.now();
  readonly #tried: TcpBackend[] = [];
  #state: State = 'peeking';
  #peek: Peek | null = null;
  #route: LiveRoute | null = null;
  #backend: TcpBackend | null = null;
  #upstream: Socket | null = null;
  #toBackend: Pipe | null = null;
  #toClient: Pipe | null = null;
  #ownBuffer: Buffer | null = null;
  #error = '';
  #clientEnded = false;
  #connected = -1;
  #serverName = '';
  /** As the client's proxy says, or the client's own. */
  #source: string;
  #sourcePort: number;

  constructor(proxy: TcpProxy, port: number, client: Socket) {
    this.#proxy = proxy;
    this.#port = port;
    this.#client = client;
    this.#source = plainAddress(client.remoteAddress ?? '');
    this.#sourcePort = client.remotePort ?? 0;
    client.on('data', (chunk: Buffer) => this.#onClientData(chunk));
    client.on('end', () => this.#onClientEnd());
    client.on('error', () => {});
    client.on('close', () => this.#onClientClose());
  }

  get source(): string {
    return this.#source;
  }

  get tried(): readonly TcpBackend[] {
    return this.#tried;
  }

  start(live: LivePort, expectsHeader: boolean): void {
    if (!expectsHeader && !live.needsServerName) {
      this.#seek(live.match(''));
      return;
    }
    this.#peek = new Peek(expectsHeader, live.needsServerName);
    this.#proxy.deadlines.peek.arm(this.#deadline, this.#proxy.now);
    this.#client.resume();
  }

  /** A place may have become free. `false`: it still waits. */
  retry(): boolean {
    if (this.#state !== 'queued') return true;
    const chosen = this.#choose();
    if (chosen === 'full') return false;
    this.#deadline.disarm();
    if (chosen === 'none') this.abort('no-backend');
    else this.#dial(chosen);
    return true;
  }

  /** Cuts both connections at once. */
  abort(outcome: Outcome): void {
    if (this.#state === 'closed') return;
    cut(this.#client);
    this.#finish(outcome);
  }

  #onDeadline(): void {
    switch (this.#state) {
      case 'peeking':
        // A client that waits for its server to speak first names none.
        if (this.#peek?.awaitsHeader === true) this.abort('peek-timeout');
        else this.#seek(this.#proxy.match(this.#port, ''));
        break;
      case 'queued':
        this.abort('queue-timeout');
        break;
      case 'dialing':
        this.#upstream?.destroy();
        this.#onDialFailed('ETIMEDOUT');
        break;
      case 'open':
        this.abort('idle-timeout');
        break;
      case 'closed':
        break;
    }
  }

  #onClientData(chunk: Buffer): void {
    if (this.#state === 'open') {
      this.#proxy.deadlines.idle.arm(this.#deadline, this.#proxy.now);
      this.#toBackend!.writeOwned(chunk);
      return;
    }
    if (this.#state !== 'peeking' || this.#peek === null) return;
    const peeked = this.#peek.add(chunk);
    if (peeked.kind === 'partial') return;
    if (peeked.kind === 'refused') {
      this.abort(peeked.outcome);
      return;
    }
    this.#serverName = peeked.serverName;
    this.#seek(this.#proxy.match(this.#port, peeked.serverName));
  }

  #onClientEnd(): void {
    this.#clientEnded = true;
    if (this.#state === 'open') this.#toBackend!.end();
    else if (this.#state === 'peeking' && this.#peek !== null) {
      if (this.#peek.awaitsHeader) this.abort('bad-proxy-header');
      else this.#seek(this.#proxy.match(this.#port, ''));
    }
  }

  #onClientClose(): void {
    if (this.#state === 'closed') return;
    const upstream = this.#upstream;
    if (this.#state !== 'open' || upstream === null) {
      this.#finish('client-reset');
      return;
    }
    if (this.#client.readableEnded && this.#client.writableFinished) {
      if (upstream.closed) this.#finish('closed');
      return;
    }
    this.#finish('client-reset');
  }

  #seek(route: LiveRoute | null): void {
    this.#client.pause();
    this.#deadline.disarm();
    const header = this.#peek?.header;
    if (header?.kind === 'proxied') {
      this.#source = header.source;
      this.#sourcePort = header.sourcePort;
    }
    if (route === null) {
      this.abort('no-route');
      return;
    }
    this.#route = route;
    const chosen = this.#choose();
    if (chosen === 'none') this.abort('no-backend');
    else if (chosen !== 'full') this.#dial(chosen);
    else if (this.#proxy.enqueue(this.#port, this)) {
      this.#state = 'queued';
      this.#proxy.deadlines.queue.arm(this.#deadline, this.#proxy.now);
    } else this.abort('queue-full');
  }

  /** Takes a place at the backend it returns. */
  #choose(): TcpBackend | 'full' | 'none' {
    const { cells, settings, nowSecond } = this.#proxy;
    for (;;) {
      const chosen = this.#route!.choose(this, cells, nowSecond);
      if (typeof chosen === 'string') return chosen;
      const most = settings.maxConnectionsPerBackend;
      if (cells.begin(chosen.slot) < most || most === 0) return chosen;
      // Another thread took the last place in between.
      cells.end(chosen.slot);
    }
  }

  #dial(backend: TcpBackend): void {
    this.#state = 'dialing';
    this.#backend = backend;
    this.#error = '';
    const upstream = connect({
      host: backend.host,
      port: backend.port,
      noDelay: true,
      allowHalfOpen: true,
      onread: {
        buffer: () => this.#ownBuffer ?? this.#proxy.buffers.shared,
        callback: (count, buffer) => this.#onBackendData(count, buffer as Buffer),
      },
    });
    this.#upstream = upstream;
    upstream.on('connect', () => this.#onConnect(upstream));
    upstream.on('end', () => this.#toClient?.end());
    upstream.on('error', (error: NodeJS.ErrnoException) => {
      this.#error = error.code ?? error.message;
    });
    upstream.on('close', () => this.#onUpstreamClose(upstream));
    this.#proxy.deadlines.connect.arm(this.#deadline, this.#proxy.now);
  }

  #onConnect(upstream: Socket): void {
    if (this.#state !== 'dialing' || this.#upstream !== upstream) return;
    this.#state = 'open';
    const { settings, deadlines, now } = this.#proxy;
    this.#connected = performance.now() - this.#begun;
    this.#toBackend = new Pipe(this.#client, upstream);
    this.#toClient = new Pipe(upstream, this.#client);
    upstream.setKeepAlive(true, settings.keepAliveInterval);
    this.#client.setKeepAlive(true, settings.keepAliveInterval);
    if (settings.sendProxy !== 'none') upstream.write(this.#proxyHeader(settings.sendProxy));
    const rest = this.#peek?.rest;
    this.#peek = null;
    if (rest !== undefined && rest.length > 0) this.#toBackend.write(rest, rest.length);
    if (this.#clientEnded) this.#toBackend.end();
    deadlines.idle.arm(this.#deadline, now);
    this.#proxy.tally.backend(this.#backend!.address).opened++;
    if (!this.#toBackend.holdsBuffer) this.#client.resume();
  }

  #proxyHeader(version: 'v1' | 'v2'): Buffer {
    return proxyHeaderBytes(version, {
      kind: 'proxied',
      source: this.#source,
      sourcePort: this.#sourcePort,
      destination: plainAddress(this.#client.localAddress ?? ''),
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

  #giveBuffer(clean: boolean): void {
    if (this.#ownBuffer === null) return;
    this.#proxy.buffers.give(this.#ownBuffer, clean);
    this.#ownBuffer = null;
  }

  #onUpstreamClose(upstream: Socket): void {
    if (this.#upstream !== upstream || this.#state === 'closed') return;
    if (this.#state === 'dialing') {
      this.#onDialFailed(this.#error);
      return;
    }
    if (upstream.readableEnded && upstream.writableFinished) {
      if (this.#client.closed) this.#finish('closed');
      return;
    }
    cut(this.#client);
    this.#finish('backend-reset');
  }

  /** Nothing was sent yet: another backend may have the connection. */
  #onDialFailed(code: string): void {
    const { cells, settings, nowSecond, tally, log } = this.#proxy;
    const backend = this.#backend!;
    this.#upstream = null;
    this.#backend = null;
    this.#deadline.disarm();
    cells.end(backend.slot);
    if (!LOCAL_ERRORS.has(code)) cells.markFailed(backend.slot, nowSecond + settings.failureMarkSeconds);
    tally.backend(backend.address).failed++;
    log.warn('tcp-backend-unreachable', { port: this.#port, backend: backend.address, error: code });
    this.#tried.push(backend);
    if (this.#tried.length >= settings.maxAttempts) {
      this.abort('backend-unreachable');
      return;
    }
    const chosen = this.#choose();
    if (typeof chosen === 'string') this.abort('backend-unreachable');
    else this.#dial(chosen);
  }

  #finish(outcome: Outcome): void {
    this.#state = 'closed';
    this.#deadline.disarm();
    const upstream = this.#upstream;
    if (upstream !== null && !upstream.destroyed) {
      if (outcome === 'closed') upstream.destroy();
      else cut(upstream);
    }
    this.#giveBuffer(false);
    const backend = this.#backend;
    const fromClient = this.#toBackend?.bytes ?? 0;
    const fromBackend = this.#toClient?.bytes ?? 0;
    if (backend !== null) {
      this.#proxy.cells.end(backend.slot);
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
