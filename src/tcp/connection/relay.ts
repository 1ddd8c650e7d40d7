import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { hostPort } from '../../address/host-port.ts';
import { on } from '../../boundary/events.ts';
import { cut } from '../../network/cut.ts';
import { plainAddress } from '../../network/plain-address.ts';
import { proxyHeaderBytes } from '../../proxy-protocol/write.ts';
import type { Seat } from '../../routing/seat.ts';
import { Deadline } from '../../time/deadline.ts';
import type { LiveRoute } from '../policy/live-route.ts';
import type { TcpBackend } from '../table/route.ts';
import { Arrival, type Arrived } from './arrival.ts';
import { Attempt, type Attempter } from './attempt.ts';
import { FirstAttempt } from './first-attempt.ts';
import type { Outcome } from './outcome.ts';
import { Splice } from './splice.ts';
import type { TcpContext } from './tcp-context.ts';
import type { TcpSession } from './tcp-session.ts';

/** Bytes read of a client that waits for a place: only while it is read from does one learn that it has gone. */
const WAITING_BYTES = 16 * 1024;

/** Looks at one backend, of which each time another thread has taken the last place. */
const MOST_LOOKS = 100;

type State = 'arriving' | 'queued' | 'dialing' | 'open' | 'closed';

/**
 * A client's connection and, once there is one, its backend's: bytes both ways until both have ended. It holds what it
 * asked for, and never a route: which that is now is looked up at each attempt.
 */
export class Relay implements Attempter {
  readonly kind = 'connection';
  /** See `LiveSet`. */
  livePlace = -1;
  readonly port: number;
  /** Seats of backends that could not be reached. */
  readonly tried: Seat[] = [];
  readonly reads = {
    buffer: () => this.#splice?.toClient.buffer ?? this.#context.buffers.shared,
    onRead: (count: number, buffer: Buffer) => this.#onBackendData(count, buffer),
  };
  readonly #context: TcpContext;
  /** The client's TCP connection. */
  readonly #raw: Socket;
  readonly #deadline = new Deadline(this, () => this.#onDeadline());
  readonly #begun = performance.now();
  readonly #begunAt = Date.now();
  /** What the client is spoken to over: `#raw`, unless its TLS ends here. */
  #client: Socket;
  #state: State = 'arriving';
  #arrival: Arrival | null = null;
  #serverName = '';
  /** See `Arrived`. */
  #agreed: string | null = null;
  #rest: Buffer | null = null;
  #attempts = 0;
  #attempt: Attempt | null = null;
  /** Null: it counts for no arm. */
  #first: FirstAttempt | null = null;
  #splice: Splice | null = null;
  #clientEnded = false;
  #connected = -1;
  /** As the client's proxy says, or the client's own. */
  #source: string;
  #sourcePort: number;
  /** Null: nobody has asked for it. */
  #draw: number | null = null;

  constructor(context: TcpContext, port: number, raw: Socket) {
    this.#context = context;
    this.port = port;
    this.#raw = this.#client = raw;
    this.#source = plainAddress(raw.remoteAddress ?? '');
    this.#sourcePort = raw.remotePort ?? 0;
    on(raw, 'error', this, ignore);
    on(raw, 'close', this, () => this.#onRawClose());
  }

  get source(): string {
    return this.#source;
  }

  get draw(): number {
    this.#draw ??= Math.random();
    return this.#draw;
  }

  start(needsHello: boolean, expectsHeader: boolean): void {
    if (!expectsHeader && !needsHello) {
      this.#listen(this.#raw);
      this.#seek();
      return;
    }
    this.#arrival = new Arrival(this.#context, {
      owner: this,
      port: this.port,
      raw: this.#raw,
      expectsHeader,
      needsHello,
      onArrived: (arrived) => this.#onArrived(arrived),
      onRefused: (outcome) => this.abort(outcome),
    });
    if (this.#state === 'arriving') this.#context.deadlines.peek.arm(this.#deadline, this.#context.now);
  }

  /**
   * A place may have become free, or the route be another. `false`: it still waits.
   * @param full lots (`LiveRoute.lotOf`) that are known to have no place for anybody; added to
   */
  retry(full: Set<object>): boolean {
    if (this.#state !== 'queued') return true;
    const chosen = this.#choose(full);
    if (chosen === 'full') return false;
    this.#deadline.disarm();
    this.#goOn(chosen);
    return true;
  }

  /** Cuts both connections at once. */
  abort(outcome: Outcome): void {
    if (this.#state === 'closed') return;
    this.#finish(outcome);
  }

  panic(): void {
    this.abort('router-fault');
  }

  isLedTo(backend: TcpBackend): boolean {
    const route = this.#context.match(this.port, this.#serverName);
    return route?.suits(this.#agreed) === true && route.leadsTo(backend);
  }

  headerFor({ sendProxy }: TcpBackend): Buffer | null {
    const version = sendProxy === 'default' ? this.#context.sendProxy(this.port) : sendProxy;
    if (version === 'none') return null;
    return proxyHeaderBytes(version, {
      kind: 'proxied',
      source: this.#source,
      sourcePort: this.#sourcePort,
      destination: plainAddress(this.#raw.localAddress ?? ''),
      destinationPort: this.port,
    });
  }

  onMade(): void {
    const { settings, deadlines, now, tally, buffers } = this.#context;
    const { dial, backend } = this.#attempt!;
    const upstream = dial.socket;
    this.#state = 'open';
    this.#first?.made();
    this.#connected = performance.now() - this.#begun;
    const splice = new Splice(this, buffers, this.#client, upstream);
    this.#splice = splice;
    on(upstream, 'end', this, () => splice.toClient.end());
    on(upstream, 'close', this, () => this.#onUpstreamClose());
    if (upstream !== dial.raw) on(upstream, 'data', this, (chunk: Buffer) => this.#onSecureData(chunk));
    dial.raw.setKeepAlive(true, settings.keepAliveInterval);
    this.#raw.setKeepAlive(true, settings.keepAliveInterval);
    if (this.#client === this.#raw) splice.toBackend.lend(() => this.#stir());
    const rest = this.#rest;
    this.#rest = null;
    const isTaken = splice.begin(rest);
    if (this.#clientEnded) splice.toBackend.end();
    deadlines.idle.arm(this.#deadline, now);
    tally.backend(backend.address).opened++;
    if (isTaken) this.#client.resume();
  }

  /** What is under way; null: nothing that is so old. @param older milliseconds */
  session(older: number): TcpSession | null {
    const age = performance.now() - this.#begun;
    if (this.#state === 'closed' || age < older) return null;
    const backend = this.#attempt?.backend;
    return {
      port: this.port,
      serverName: this.#serverName,
      client: hostPort(this.#source, this.#sourcePort),
      backend: backend?.address ?? '',
      instanceId: backend?.instanceId ?? '',
      age,
      fromClient: this.#splice?.toBackend.bytes ?? 0,
      fromBackend: this.#splice?.toClient.bytes ?? 0,
    };
  }

  /** Nothing was sent yet: another backend may have the connection. */
  onUnmade(why: 'unreachable' | 'left'): void {
    const { backend } = this.#attempt!;
    this.#attempt = null;
    this.#first?.unmade(why);
    if (why === 'unreachable') this.tried.push(backend.seat);
    if (this.tried.length >= this.#context.settings.maxAttempts) this.abort('backend-unreachable');
    else this.#seek();
  }

  #listen(client: Socket): void {
    on(client, 'data', this, (chunk: Buffer) => this.#onClientData(chunk));
    on(client, 'end', this, () => this.#onClientEnd());
  }

  #onArrived({ client, header, serverName, agreed, rest, ended }: Arrived): void {
    this.#arrival = null;
    this.#serverName = serverName;
    this.#agreed = agreed;
    this.#rest = rest;
    this.#clientEnded = ended;
    if (header?.kind === 'proxied') {
      this.#source = header.source;
      this.#sourcePort = header.sourcePort;
    }
    if (client !== this.#raw) {
      this.#client = client;
      on(client, 'error', this, ignore);
      on(client, 'close', this, () => this.#onClientClose());
    }
    this.#listen(client);
    this.#seek();
  }

  #onDeadline(): void {
    switch (this.#state) {
      case 'arriving':
        this.#arrival?.expire();
        break;
      case 'queued':
        this.abort('queue-timeout');
        break;
      case 'open':
        this.abort('idle-timeout');
        break;
      // An attempt has a deadline of its own.
      case 'dialing':
      case 'closed':
        break;
    }
  }

  #onClientData(chunk: Buffer): void {
    if (this.#state === 'queued') this.#keep(chunk);
    if (this.#state !== 'open') return;
    this.#stir();
    this.#splice!.toBackend.writeOwned(chunk);
  }

  #keep(chunk: Buffer): void {
    this.#rest = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    if (this.#rest.length > WAITING_BYTES) this.#client.pause();
  }

  #onClientEnd(): void {
    this.#clientEnded = true;
    this.#splice?.toBackend.end();
  }

  #onRawClose(): void {
    if (this.#arrival !== null) this.#arrival.closed();
    else if (this.#client === this.#raw) this.#onClientClose();
    // Else TLS tells of it, with what it had to read still.
  }

  #onClientClose(): void {
    if (this.#state === 'closed') return;
    if (this.#state !== 'open' || !hasEnded(this.#client)) this.#finish('client-reset');
    else if (this.#attempt!.dial.socket.closed) this.#finish('closed');
  }

  #seek(): void {
    this.#client.pause();
    this.#deadline.disarm();
    const chosen = this.#choose(null);
    if (chosen !== 'full') this.#goOn(chosen);
    else if (this.#context.enqueue(this)) {
      this.#state = 'queued';
      if ((this.#rest?.length ?? 0) <= WAITING_BYTES) this.#client.resume();
      this.#context.deadlines.queue.arm(this.#deadline, this.#context.now);
    } else this.abort('queue-full');
  }

  /** A backend, with a place there, of the route as it is now; `full`: it may have one later; or why there is none. */
  #choose(full: Set<object> | null): Attempt | 'full' | Outcome {
    const { cells, nowSecond } = this.#context;
    const route = this.#context.match(this.port, this.#serverName);
    if (route === null) return 'no-route';
    if (!route.suits(this.#agreed)) return 'route-changed';
    const lot = route.lotOf(this);
    if (full?.has(lot)) return 'full';
    for (let look = 0; look < MOST_LOOKS; look++) {
      const chosen = route.choose(this, cells, nowSecond);
      if (chosen === 'none') {
        return route.isEmpty || this.tried.length === 0 ? 'no-backend' : 'backend-unreachable';
      }
      if (chosen === 'full') break;
      const attempt = Attempt.take(this.#context, chosen, this.#protocols(route));
      // Otherwise another thread took the last place in between.
      if (attempt === null) continue;
      if (this.#attempts === 0) this.#countFor(route.armOf(chosen));
      return attempt;
    }
    if (this.tried.length === 0) full?.add(lot);
    return 'full';
  }

  #countFor(arm: ReturnType<LiveRoute['armOf']>): void {
    if (arm !== null) this.#first = new FirstAttempt(this.#context.arms.of(arm.route, arm.arm));
  }

  /** A client that has agreed on a protocol here must find the backend to speak that, and no other. */
  #protocols({ alpns }: LiveRoute): readonly string[] {
    if (this.#agreed === null) return alpns;
    return this.#agreed === '' ? [] : [this.#agreed];
  }

  #goOn(chosen: Attempt | Outcome): void {
    if (!(chosen instanceof Attempt)) {
      this.abort(chosen);
      return;
    }
    this.#state = 'dialing';
    this.#client.pause();
    this.#attempts++;
    this.#attempt = chosen;
    chosen.begin(this);
  }

  /** Something moves. */
  #stir(): void {
    this.#context.deadlines.idle.arm(this.#deadline, this.#context.now);
  }

  #onBackendData(count: number, buffer: Buffer): boolean {
    if (this.#state !== 'open') return true;
    this.#stir();
    this.#splice!.toClient.pass(count, buffer);
    return true;
  }

  #onSecureData(chunk: Buffer): void {
    if (this.#state !== 'open') return;
    this.#stir();
    this.#splice!.toClient.writeOwned(chunk);
  }

  #onUpstreamClose(): void {
    if (this.#state === 'closed') return;
    if (!hasEnded(this.#attempt!.dial.socket)) this.#finish('backend-reset');
    else if (this.#client.closed) this.#finish('closed');
  }

  #finish(outcome: Outcome): void {
    this.#state = 'closed';
    this.#deadline.disarm();
    const attempt = this.#attempt;
    const splice = this.#splice;
    // First what others wait for.
    attempt?.close(outcome === 'closed');
    splice?.close();
    if (!this.#raw.destroyed || !this.#client.destroyed) cut(this.#client, this.#raw);
    const fromClient = splice?.toBackend.bytes ?? 0;
    const fromBackend = splice?.toClient.bytes ?? 0;
    this.#first?.closed(outcome, fromBackend);
    if (attempt !== null && splice !== null) {
      const counts = this.#context.tally.backend(attempt.backend.address);
      counts.closed++;
      counts.fromClient += fromClient;
      counts.fromBackend += fromBackend;
    }
    this.#context.forget(this, {
      at: new Date(this.#begunAt).toISOString(),
      client: hostPort(this.#source, this.#sourcePort),
      port: this.port,
      serverName: this.#serverName,
      backend: attempt?.backend.address ?? '',
      instanceId: attempt?.backend.instanceId ?? '',
      fromClient,
      fromBackend,
      connected: this.#connected,
      duration: performance.now() - this.#begun,
      attempts: this.#attempts,
      outcome,
    });
  }
}

function hasEnded({ readableEnded, writableFinished }: Socket): boolean {
  return readableEnded && writableFinished;
}

function ignore(): void {}
