import assert from 'node:assert/strict';
import { overlay } from '../../src/config/defaults.ts';
import { parseConfig } from '../../src/config/read.ts';
import { Router } from '../../src/runtime/router.ts';
import type { RootLog } from '../../src/telemetry/component-log.ts';
import { NatsRawClient } from './nats-raw-client.ts';
import { ask, get, statusOf } from './raw-http.ts';

/** Free local ports only, and nothing to wait for. */
export const LOCAL = {
  port: 0,
  status: { host: '127.0.0.1', port: 0, user: 'operator', pass: 'secret', routes: { port: 0 } },
  start_response_delay_interval: '0s',
  logging: { level: 'fatal' },
  cellgate: { defaults: 'recommended', listen_host: '127.0.0.1', proxy_threads: 2, bus: { port: 0 } },
};

export const QUIET: RootLog = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  fatal() {},
  child: () => QUIET,
  flush() {},
  counts: [],
  setLevel() {},
  async settle() {},
};

interface Ending {
  onTestFinished(done: () => unknown): void;
}

/** A whole router on ports of its own, threads and bus included, ended with the test. */
export class TestRouter {
  readonly router: Router;
  readonly #bus: NatsRawClient;

  /** `config` is laid over one that listens on free local ports only. */
  static async start(t: Ending, config: object = {}, log: RootLog = QUIET): Promise<TestRouter> {
    const read = parseConfig(JSON.stringify(overlay(LOCAL, config)), 'test.yml');
    assert.ok(read.ok, read.ok ? '' : read.problems.join('\n'));
    const logOptions = { level: 'fatal', source: 'gorouter', timestampFormat: 'rfc3339' } as const;
    const router = await Router.start(read.config, log, logOptions, read.given);
    t.onTestFinished(() => router.stop());
    const busPort = router.addresses.bus ?? read.config.nats.hosts[0]!.port;
    const bus = await NatsRawClient.connect(busPort);
    t.onTestFinished(() => bus.socket.destroy());
    bus.send('CONNECT {"verbose":false}\r\n');
    return new TestRouter(router, bus);
  }

  private constructor(router: Router, bus: NatsRawClient) {
    this.router = router;
    this.#bus = bus;
  }

  get port(): number {
    return this.router.addresses.http;
  }

  /** Publishes a registration of a local port; does not wait for it to take effect. */
  register(uri: string, port: number, more: object = {}): void {
    this.publish('router.register', { uris: [uri], host: '127.0.0.1', port, ...more });
  }

  unregister(uri: string, port: number): void {
    this.publish('router.unregister', { uris: [uri], host: '127.0.0.1', port });
  }

  /** Registers and waits until requests for the route are no longer answered 404, on every thread. */
  async route(uri: string, port: number, more: object = {}): Promise<void> {
    this.register(uri, port, more);
    const slash = uri.indexOf('/');
    const host = (slash < 0 ? uri : uri.slice(0, slash)).replace('*', 'any');
    const path = slash < 0 ? '/' : uri.slice(slash);
    for (let inARow = 0; inARow < 4; ) {
      const status = statusOf(await ask(this.port, get(host, path)));
      inARow = status === 404 || status === 503 ? 0 : inARow + 1;
    }
  }

  publish(subject: string, message: object): void {
    // What is sent is a character a byte.
    const payload = Buffer.from(JSON.stringify(message)).toString('latin1');
    this.#bus.send(`PUB ${subject} ${payload.length}\r\n${payload}\r\n`);
  }
}
