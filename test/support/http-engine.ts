import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { onPanic, type Panic } from '../../src/boundary/boundary.ts';
import { overlay } from '../../src/config/defaults.ts';
import { parseConfig } from '../../src/config/read.ts';
import type { Door } from '../../src/http/connection/client.ts';
import { HttpProxy } from '../../src/http/proxy/http-proxy.ts';
import type { HttpSettings } from '../../src/http/settings.ts';
import { Names } from '../../src/network/names.ts';
import type { FailedEndpoint, PoolSettings } from '../../src/routing/change.ts';
import type { Endpoint } from '../../src/routing/endpoint.ts';
import { EndpointCells } from '../../src/routing/endpoint-cells.ts';
import { EndpointMemory } from '../../src/routing/endpoint-memory.ts';
import { httpSettings } from '../../src/runtime/settings/http-settings.ts';
import type { ComponentLog, LogData } from '../../src/telemetry/component-log.ts';
import { ThreadCounters, UPSTREAM_CLOSED, UPSTREAM_OPENED } from '../../src/telemetry/counters.ts';
import { endpointOf, poolSettingsOf } from './endpoint.ts';
import { PlainFeed } from './plain-change.ts';
import { RawClient } from './raw-http.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

/** HTTP/2 with clients, with TLS or without, and with endpoints registered for it. */
export const HTTP_2 = { priorKnowledge: true, overTls: true, inClear: true };

/** How often deadlines are looked at: often, so that short ones can be told apart. */
const TICK_MS = 5;
/** How long nothing must move until nothing is taken to move any more. */
const STEADY_TICKS = 30;
const SLOTS = 64;
/** Less than a socket holds before it asks for a pause. */
const PIECE = Buffer.alloc(32 * 1024, 'x');
const FILL_LIMIT = 64 * 1024 * 1024;
/** Of a test, for what is to happen at once. */
const PATIENCE_MS = 10_000;

/** One proxy thread's engine in the test's own process, where everything it holds can be seen. */
export class HttpEngine {
  readonly proxy: HttpProxy;
  readonly accessLog: string[] = [];
  /** Messages of the component log with their data. */
  readonly log: [message: string, data: LogData][] = [];
  /** Endpoints that are to leave the table. */
  readonly pruned: FailedEndpoint[] = [];
  /** The engine's ends of clients' connections. */
  readonly sockets: Socket[] = [];
  /** Handlers that have thrown. */
  panics = 0;
  readonly health = { isHealthy: true };
  readonly #server: Server;
  readonly #feed = new PlainFeed();
  #slots = 0;
  #pools = 0;
  /** By host, the pool of the route made last. */
  readonly #hosts = new Map<string, number>();

  /** `settings` are laid over those of a configuration without any key. */
  static async start(
    t: Ending,
    settings: Partial<HttpSettings> = {},
    names = new Names(),
  ): Promise<HttpEngine> {
    const read = parseConfig(
      JSON.stringify(overlay({ port: 0 }, { cellgate: { defaults: 'recommended', proxy_threads: 1 } })),
      'test.yml',
    );
    assert.ok(read.ok);
    const engine = new HttpEngine({ ...httpSettings(read.config), ...settings }, names);
    engine.#server.listen(0, '127.0.0.1');
    await once(engine.#server, 'listening');
    const ticking = setInterval(() => engine.#tick(), TICK_MS);
    t.onTestFinished(() => {
      clearInterval(ticking);
      engine.#server.close();
      for (const downstream of engine.proxy.downstreams) downstream.destroy();
      engine.proxy.backends.retireAll();
    });
    return engine;
  }

  private constructor(settings: HttpSettings, names: Names) {
    this.proxy = new HttpProxy({
      settings,
      cells: new EndpointCells(new EndpointMemory(1).buffers, 0, settings.maxAwaitedPerBackend),
      records: this.#feed.records.reader,
      counters: new ThreadCounters(ThreadCounters.allocate(1), 0),
      accessLog: {
        write: (line) => void this.accessLog.push(String(line)),
        reopen() {},
        close: async () => {},
      },
      log: recorder(this.log),
      health: this.health,
      names,
      prune: (failed) => void this.pruned.push(failed),
    });
    onPanic((panic) => this.#onPanic(panic));
    this.#server = this.#serverFor(settings.frontTls === null ? 'http' : 'https');
  }

  /** Listens once more, for clients that come by another door than the first one's. Answers the port. */
  async open(t: Ending, door: Door): Promise<number> {
    const server = this.#serverFor(door).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.onTestFinished(() => server.close());
    return (server.address() as AddressInfo).port;
  }

  #serverFor(door: Door): Server {
    return createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (socket) => {
      this.sockets.push(socket);
      this.proxy.serve(socket, door);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  connect(): Promise<RawClient> {
    return RawClient.connect(this.port);
  }

  /** Leads requests for `host` to local ports, which are told apart as instances. */
  route(host: string, ...ports: number[]): void {
    this.#route(
      host,
      ports.map((port) => ({ host: '127.0.0.1', port })),
    );
  }

  routeTo(host: string, address: string, port: number): void {
    this.#route(host, [{ host: address, port }]);
  }

  /** Leads requests for `host` to these, whatever kind of endpoint they are. */
  routeToEndpoint(host: string, ...endpoints: readonly Partial<Endpoint>[]): void {
    this.#route(host, endpoints);
  }

  /** Leads requests for `host` to these, chosen as the settings say. */
  routeWith(settings: Partial<PoolSettings>, host: string, ...endpoints: readonly Partial<Endpoint>[]): void {
    this.#route(host, endpoints, settings);
  }

  /** Leads requests for `host` to these by way of a route service. */
  routeByService(host: string, routeServiceUrl: string, ...endpoints: readonly Partial<Endpoint>[]): void {
    this.#route(host, endpoints, { routeServiceUrl });
  }

  /** No request comes to `host` any more. */
  unroute(host: string): void {
    this.#feed.apply(this.proxy.routes, [{ kind: 'pool-gone', pool: this.#hosts.get(host)! }]);
  }

  /** The endpoints of `host` have left it, and this one has come. */
  replace(host: string, other: Partial<Endpoint>): void {
    const pool = this.#hosts.get(host)!;
    const left = this.proxy.routes.match(host, '/')!.endpoints.map(({ address }) => address);
    this.#feed.apply(this.proxy.routes, [
      { kind: 'endpoint-put', pool, endpoint: endpointOf(this.#slots++, other) },
      ...left.map((address) => ({ kind: 'endpoint-gone' as const, pool, address })),
    ]);
  }

  /** Requests that count as under way, over all endpoints. */
  get inFlight(): number {
    let sum = 0;
    for (let slot = 0; slot < SLOTS; slot++) sum += this.proxy.destinations.cells.inFlight(slot);
    return sum;
  }

  /** Endpoints that are passed over for a while. */
  get failed(): number {
    const second = Math.floor(this.proxy.context.readClock() / 1000);
    return Array.from({ length: this.#slots }, (_, slot) => slot).filter((slot) =>
      this.proxy.destinations.cells.isFailed(slot, second),
    ).length;
  }

  /** Connections to backends there are now. */
  get upstreams(): number {
    const { counters } = this.proxy.context;
    return counters.get(UPSTREAM_OPENED) - counters.get(UPSTREAM_CLOSED);
  }

  /** Resolves once `holds` does. */
  async until(holds: () => boolean): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!holds()) {
      assert.ok(performance.now() < deadline, `still not so: ${holds}`);
      await delay(TICK_MS);
    }
  }

  /** Resolves once `value` is above 0 and changes no more. */
  async untilSteady(value: () => number): Promise<void> {
    let steady = 0;
    for (let before = 0; steady < STEADY_TICKS; before = value()) {
      await delay(TICK_MS);
      steady = value() === before && before > 0 ? steady + 1 : 0;
    }
  }

  /**
   * Has `write` called with bytes for a peer that does not read, until some of them wait in the engine for want of
   * room in the kernel, yet too few for it to stop reading. Answers how many were written. `socket` is the engine's
   * end of that connection, by default the client's that connected last.
   */
  async fill(write: (bytes: Buffer) => void, socket = this.sockets.at(-1)!): Promise<number> {
    let written = 0;
    while (socket.writableLength === 0) {
      assert.ok(written < FILL_LIMIT, 'the kernel takes everything');
      const before = socket.bytesWritten;
      write(PIECE);
      written += PIECE.length;
      while (socket.bytesWritten < before + PIECE.length) await nextTurn();
      // What the kernel takes at all it takes within a few turns.
      for (let turn = 0; turn < 20 && socket.writableLength > 0; turn++) await nextTurn();
    }
    return written;
  }

  #route(host: string, addresses: readonly Partial<Endpoint>[], settings: Partial<PoolSettings> = {}): void {
    const pool = ++this.#pools;
    this.#hosts.set(host, pool);
    this.#feed.apply(this.proxy.routes, [
      { kind: 'pool-put', pool: { ...poolSettingsOf(pool, host), ...settings } },
      ...addresses.map((address) => ({
        kind: 'endpoint-put' as const,
        pool,
        endpoint: endpointOf(this.#slots++, address),
      })),
    ]);
  }

  /** One thread, and so one engine, hears of them: the one made last. */
  #onPanic({ error, requestId }: Panic): void {
    this.panics++;
    const text = error instanceof Error ? error.stack! : String(error);
    this.log.push(['panic-check', { error: text, vcap_request_id: requestId }]);
  }

  #tick(): void {
    this.proxy.tick();
    if (this.proxy.phase === 'draining') for (const downstream of this.proxy.downstreams) downstream.drain();
  }

  /** Resolves when nothing is left of any exchange; whatever deadline is still armed then is one too many. */
  async isEmpty(): Promise<void> {
    const { proxy } = this;
    await this.until(() => proxy.downstreams.size === 0 && this.inFlight === 0);
    proxy.backends.retireAll();
    await this.until(() => this.upstreams === 0);
    for (const [kind, list] of Object.entries(proxy.context.deadlines)) {
      if ('expireFirst' in list) assert.equal(list.expireFirst(), false, `a ${kind} deadline is still armed`);
    }
    assert.equal(this.inFlight, 0);
  }
}

function recorder(log: [string, LogData][]): ComponentLog {
  const record = (message: string, data: LogData = {}) => void log.push([message, data]);
  const itself: ComponentLog = {
    debug: record,
    info: record,
    warn: record,
    error: record,
    fatal: record,
    child: () => itself,
    flush() {},
  };
  return itself;
}
