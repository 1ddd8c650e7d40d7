import type { TestContext } from 'vitest';
import { Backend, ok } from './backend.ts';
import { CellgateProcess } from './cellgate-process.ts';
import { freePort } from './free-port.ts';
import { JetStreamServer } from './jetstream.ts';
import { ask, get, statusOf } from './raw-http.ts';
import { RoutePublisher } from './route-publisher.ts';
import { TestRouter } from './router.ts';

const TOKEN = { name: 'ops', secret: 'a-secret-of-the-operators', rights: ['read', 'operate'] };
export const HOST = 'shop.test';
/** A cutover that is over in a few seconds. */
const QUICK = [
  ...['--plan', '20,100', '--window', '1s', '--step-time', '1s', '--soak', '1s'],
  ...['--min-requests', '20'],
];

/** Three routers that share a bus with JetStream, a route, and an operator's commands. */
export class CutoverFleet {
  readonly routers: readonly TestRouter[];
  readonly store: JetStreamServer;
  readonly agent: RoutePublisher;
  readonly blue: Backend;
  readonly green: Backend;
  /** Of the admin address that commands are given to. */
  readonly #port: number;
  readonly #t: TestContext;
  #isLoaded = true;
  /** Of requests that clients made. */
  readonly statuses = new Map<number, number>();

  static async start(t: TestContext): Promise<CutoverFleet> {
    const store = await JetStreamServer.start(t);
    const ports = [await freePort(), await freePort(), await freePort()];
    const nats = { hosts: [{ hostname: '127.0.0.1', port: store.port }] };
    const routers = [];
    for (const port of ports) {
      const cellgate = { proxy_threads: 1, admin: { port, tokens: [TOKEN] } };
      routers.push(await TestRouter.start(t, { nats, cellgate }));
    }
    const agent = await RoutePublisher.connect(t, store.port);
    const app = (name: string) => Backend.start(t, () => ok(name));
    const fleet = new CutoverFleet(
      t,
      { store, routers, agent, blue: await app('blue'), green: await app('green') },
      ports[1]!,
    );
    agent.register(HOST, fleet.blue.port, { app: 'blue', private_instance_id: 'blue-1' });
    // Until routers know of each other nothing is decided.
    while ((await fleet.command(['split', 'set', HOST, 'app:blue=10000', 'rest=0'])).code !== 0);
    return fleet;
  }

  private constructor(
    t: TestContext,
    parts: Pick<CutoverFleet, 'store' | 'routers' | 'agent' | 'blue' | 'green'>,
    port: number,
  ) {
    this.#t = t;
    this.store = parts.store;
    this.routers = parts.routers;
    this.agent = parts.agent;
    this.blue = parts.blue;
    this.green = parts.green;
    this.#port = port;
    t.onTestFinished(() => {
      this.#isLoaded = false;
    });
  }

  /** Resolves when all routers have it. */
  async mapGreen(): Promise<void> {
    this.agent.register(HOST, this.green.port, { app: 'green', private_instance_id: 'green-1' });
    const waited = await this.command(['wait-route', HOST, '--app', 'green']);
    if (waited.code !== 0) throw new Error(waited.stderr);
  }

  start(args: readonly string[]): CellgateProcess {
    const env = { CELLGATE_ADMIN: `http://127.0.0.1:${this.#port}`, CELLGATE_TOKEN: TOKEN.secret };
    return new CellgateProcess(this.#t, args, undefined, env);
  }

  async command(args: readonly string[]) {
    const command = this.start(args);
    const [code] = await command.exited;
    return { code, stdout: command.stdout, stderr: command.stderr };
  }

  cutover(...more: string[]) {
    return this.command(['cutover', HOST, '--from', 'app:blue', '--to', 'app:green', ...QUICK, ...more]);
  }

  /** Clients at all routers, each with one request at a time, until the test ends. */
  load(clients = 3): void {
    for (const router of this.routers) {
      for (let each = 0; each < clients; each++) void this.#client(router.port);
    }
  }

  failed(): number {
    let count = 0;
    for (const [status, requests] of this.statuses) if (status !== 200) count += requests;
    return count;
  }

  /** What each router answers to so many requests. */
  async bodies(count: number): Promise<Set<string>> {
    const found = new Set<string>();
    for (const { port } of this.routers) {
      for (let each = 0; each < count; each++) found.add((await ask(port, get(HOST))).body.toString());
    }
    return found;
  }

  async #client(port: number): Promise<void> {
    while (this.#isLoaded) {
      const answer = await ask(port, get(HOST)).catch(() => null);
      if (!this.#isLoaded) return;
      const status = answer === null ? 0 : statusOf(answer);
      this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    }
  }
}
