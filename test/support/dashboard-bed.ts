import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { Backend, ok } from './backend.ts';
import { temporaryDirectory } from './cellgate-process.ts';
import { freePort } from './free-port.ts';
import { ask, get } from './raw-http.ts';
import { TestRouter } from './router.ts';

export const HOST = 'shop.example.com';
export const TOKENS = {
  reader: 'reader-secret-0123456789',
  operator: 'operator-secret-0123456789',
  drainer: 'drainer-secret-0123456789',
} as const;
/** Each screen, and what is on it when it is whole. */
export const SCREENS = [
  ['/', '.chart canvas'],
  ['/routes', 'tbody tr'],
  [`/routes/${HOST}`, 'table.rows tbody tr'],
  [`/explain?url=https%3A%2F%2F${HOST}%2Fcart`, '.explanation'],
  ['/explain?url=https%3A%2F%2Fnobody.example.com%2F', '.explanation'],
  ['/cutovers', 'tbody tr'],
  [`/cutovers/${HOST}`, '.chart canvas'],
] as const;
interface Ending {
  onTestFinished(done: () => unknown): void;
}

/** Routes of one message. */
const PER_MESSAGE = 1000;
const FILLED_WITHIN_MS = 60_000;

/** A router with an admin address, a route that two applications share, one that fails, and clients. */
export class DashboardBed {
  readonly router: TestRouter;
  readonly admin: string;
  readonly blue: Backend;
  readonly green: Backend;
  /** Under `cellgate`, with which another router can take its place. */
  readonly settings: object;
  #state: 'open' | 'closed' = 'open';

  static async start(t: Ending, more: object = {}): Promise<DashboardBed> {
    const port = await freePort();
    const tokens = [
      { name: 'eve', secret: TOKENS.reader, rights: ['read'] },
      { name: 'drainer', secret: TOKENS.drainer, rights: ['operate'] },
      { name: 'ops', secret: TOKENS.operator, rights: ['read', 'operate', 'debug'] },
    ];
    const cellgate = { state_dir: temporaryDirectory(t), admin: { port, tokens }, ...more };
    const router = await TestRouter.start(t, { cellgate });
    const blue = await Backend.start(t, () => ok('blue'));
    const green = await Backend.start(t, () => ok('green'));
    const bed = new DashboardBed(router, `http://127.0.0.1:${port}`, blue, green, cellgate);
    t.onTestFinished(() => {
      bed.#state = 'closed';
    });
    await router.route(HOST, blue.port, {
      app: 'blue',
      private_instance_id: 'blue-1',
      private_instance_index: '0',
    });
    return bed;
  }

  private constructor(router: TestRouter, admin: string, blue: Backend, green: Backend, settings: object) {
    this.settings = settings;
    this.router = router;
    this.admin = admin;
    this.blue = blue;
    this.green = green;
  }

  /** Routes that nobody asks for; resolves when the table has them. */
  async fill(routes: number): Promise<void> {
    for (let first = 0; first < routes; first += PER_MESSAGE) {
      const uris = Array.from(
        { length: PER_MESSAGE },
        (_, each) => `app-${String(first + each).padStart(6, '0')}.apps.example.com`,
      );
      const about = { app: `app-${first}`, private_instance_id: `instance-${first}` };
      this.router.publish('router.register', { uris, host: '10.0.0.1', port: 61_000, ...about });
    }
    const end = performance.now() + FILLED_WITHIN_MS;
    for (;;) {
      assert.ok(performance.now() < end, `the table has not got ${routes} routes`);
      const { table } = (await this.json('GET', '/v1/overview')) as { table: { routes: number } };
      if (table.routes >= routes) return;
    }
  }

  /** Clients with one request at a time each, until the test ends. */
  load(host: string, clients: number): void {
    for (let each = 0; each < clients; each++) void this.#client(host);
  }

  /** As the operator; the page is that of the path then. */
  async signIn(page: Page, path = '/', token: string = TOKENS.operator): Promise<void> {
    await page.goto(`${this.admin}${path}`);
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
  }

  async json(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.admin}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${TOKENS.operator}`,
        'Content-Type': 'application/json',
        Connection: 'close',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return response.json();
  }

  /** From blue to green, as soon as decisions can be taken; it goes on for longer than a test. */
  async beginCutover(): Promise<void> {
    const arms = [
      { selector: 'app:blue', weight: 10_000 },
      { selector: 'rest', weight: 0 },
    ];
    await this.#insist('PUT', `/v1/splits/${HOST}`, { arms }, 'revision');
    const about = { app: 'green', private_instance_id: 'green-1', private_instance_index: '0' };
    this.router.register(HOST, this.green.port, about);
    for (;;) {
      const { routers } = (await this.json('GET', `/v1/presence/${HOST}?app=green`)) as {
        routers: { endpoints: number }[];
      };
      if (routers.some(({ endpoints }) => endpoints > 0)) break;
    }
    const order = {
      ...{ route: HOST, from: 'app:blue', to: 'app:green', plan: '20,50,100' },
      ...{ step_ms: 120_000, window_ms: 1000, min_requests: 20 },
    };
    await this.#insist('POST', '/v1/cutovers', order, 'phase');
  }

  /** Until it is known that there are no other routers, nothing can be decided. */
  async #insist(method: string, path: string, body: object, field: string): Promise<void> {
    for (;;) {
      const told = (await this.json(method, path, body)) as Record<string, unknown>;
      if (field in told) return;
      if (told['error'] !== 'store-away') throw new Error(JSON.stringify(told));
    }
  }

  async #client(host: string): Promise<void> {
    while (this.#state === 'open') await ask(this.router.port, get(host)).catch(() => null);
  }
}
