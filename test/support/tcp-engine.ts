import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TestContext } from 'vitest';
import { EndpointCells } from '../../src/routing/endpoint-cells.ts';
import { EndpointMemory } from '../../src/routing/endpoint-memory.ts';
import type { ConnectionRecord } from '../../src/tcp/connection/log-line.ts';
import type { TcpSettings } from '../../src/tcp/connection/settings.ts';
import { TcpProxy } from '../../src/tcp/connection/tcp-proxy.ts';
import type { TcpBackend, TcpRoute } from '../../src/tcp/table/route.ts';
import { SILENT } from '../../src/telemetry/silent-log.ts';
import { freePort } from './free-port.ts';

const SETTINGS: TcpSettings = {
  host: '127.0.0.1',
  balancing: 'least-connection',
  connectTimeout: 5000,
  maxAttempts: 3,
  failureMarkSeconds: 30,
  maxConnectionsPerBackend: 0,
  queueLength: 10,
  queueTimeout: 60_000,
  peekTimeout: 5000,
  idleTimeout: 0,
  keepAliveInterval: 60_000,
  acceptProxyPorts: '',
  trustedProxies: [],
  sendProxy: 'none',
  sendProxyOn: [],
  frontTls: [],
  backendTls: null,
  logFile: '',
};

/** A thread's TCP router in this process, with one port. */
export class TcpEngine {
  readonly port: number;
  readonly proxy: TcpProxy;
  readonly cells: EndpointCells;
  /** Connections that have ended. */
  readonly ended: ConnectionRecord[] = [];
  /** Runs in the same turn as a connection's first step, behind it. */
  onServed: () => void = () => {};
  readonly #t: TestContext;
  #seats = 0;
  #isListening = false;

  static async start(t: TestContext, settings: Partial<TcpSettings>, ...routes: TcpRoute[]) {
    const engine = new TcpEngine(t, await freePort(), { ...SETTINGS, ...settings });
    engine.proxy.apply([{ kind: 'open', port: engine.port, routes }]);
    await engine.until(() => engine.#isListening);
    return engine;
  }

  private constructor(t: TestContext, port: number, settings: TcpSettings) {
    this.#t = t;
    this.port = port;
    this.cells = new EndpointCells(new EndpointMemory(1, 100).buffers, 0);
    this.proxy = new TcpProxy({
      thread: 0,
      settings,
      cells: this.cells,
      connectionLog: {
        write: (line) => void this.ended.push(JSON.parse(String(line))),
        reopen() {},
        async close() {},
      },
      log: SILENT,
      onAccepted: (socket) => {
        this.proxy.serve(port, socket);
        this.onServed();
      },
      onListening: () => {
        this.#isListening = true;
      },
    });
    const ticks = setInterval(() => this.proxy.tick(), 20);
    t.onTestFinished(() => {
      clearInterval(ticks);
      this.proxy.stop();
    });
  }

  /** Another one each time, by the seat too. */
  backend(port: number, more: Partial<TcpBackend> = {}): TcpBackend {
    const host = '127.0.0.1';
    const address = `${host}:${port}`;
    return {
      seat: this.#seats++,
      address,
      host,
      port,
      instanceId: '',
      tls: null,
      sendProxy: 'default',
      ...more,
    };
  }

  put(...routes: TcpRoute[]): void {
    this.proxy.apply([{ kind: 'changed', port: this.port, routes, gone: [] }]);
  }

  drop(...gone: string[]): void {
    this.proxy.apply([{ kind: 'changed', port: this.port, routes: [], gone }]);
  }

  close(): void {
    this.proxy.apply([{ kind: 'closed', port: this.port }]);
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      this.#t.signal.throwIfAborted();
      await nextTurn();
    }
  }
}

export function tcpRoute(sni: string, backends: readonly TcpBackend[], more: Partial<TcpRoute> = {}) {
  return { sni, terminates: false, alpns: [], backends, split: null, ...more };
}
