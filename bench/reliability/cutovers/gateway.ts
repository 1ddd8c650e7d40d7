import { setTimeout as delay } from 'node:timers/promises';
import { CannotStart } from '../../cannot-start.ts';
import { freePorts } from '../../free-ports.ts';
import type { Site } from '../figure.ts';
import { RestartedRouter } from '../outages/restarted-router.ts';
import { BusLine } from './bus-line.ts';

export const TOKEN = 'a-secret-of-the-bench';
const PATIENCE_MS = 20_000;
const LOOK_MS = 20;

/** A cutover as a router tells of it. */
export interface Seen {
  readonly id: string;
  readonly phase: { readonly name: string; readonly reason?: string; readonly why?: string };
  readonly weights: { readonly from: number; readonly to: number };
  readonly exit: number | null;
  readonly missing: readonly string[];
  readonly notes: readonly { readonly at: string; readonly text: string }[];
}

/** A router whose admin address can be asked, on a line of its own to the bus. */
export class Gateway {
  readonly router: RestartedRouter;
  readonly line: BusLine;
  readonly #adminPort: number;

  private constructor(router: RestartedRouter, line: BusLine, adminPort: number) {
    this.router = router;
    this.line = line;
    this.#adminPort = adminPort;
  }

  static async make(site: Site, number: number, busPort: number): Promise<Gateway> {
    const line = await BusLine.lay(busPort);
    const [adminPort] = (await freePorts(1)) as [number];
    const admin = {
      port: adminPort,
      tokens: [{ name: 'bench', secret: TOKEN, rights: ['read', 'operate'] }],
    };
    const router = await RestartedRouter.make(site, {
      label: `router-${number}`,
      natsPort: line.port,
      keys: { index: number, nats_client_ping_interval: '1s' },
      cellgateKeys: { admin },
    });
    await router.start();
    return new Gateway(router, line, adminPort);
  }

  get admin(): string {
    return `http://127.0.0.1:${this.#adminPort}`;
  }

  /** Null: there is none, or the router does not answer. */
  async cutover(route: string): Promise<Seen | null> {
    return (await this.#ask(`/v1/cutovers/${route}`)) as Seen | null;
  }

  /** Resolves with whether it was taken. */
  async order(route: string, order: 'abort' | 'pause' | 'resume' | 'promote'): Promise<boolean> {
    return (await this.#ask(`/v1/cutovers/${route}/${order}`, 'POST')) !== null;
  }

  /** Routers that it knows of, itself among them. */
  async knows(): Promise<number> {
    const answer = await this.#ask('/v1/routers');
    return (answer as { routers?: unknown[] } | null)?.routers?.length ?? 0;
  }

  /** What each arm of a route's split has, as this router knows it; null: there is none. */
  async weights(route: string): Promise<Readonly<Record<string, number>> | null> {
    const answer = await this.#ask(`/v1/splits/${route}`);
    const { arms } = (answer ?? {}) as { arms?: { selector: string; weight: number }[] };
    return arms === undefined
      ? null
      : Object.fromEntries(arms.map(({ selector, weight }) => [selector, weight]));
  }

  /** Resolves when the cutover of a route is so. @throws CannotStart when it takes too long */
  async until(
    route: string,
    what: string,
    isSo: (seen: Seen) => boolean,
    patience = PATIENCE_MS,
  ): Promise<Seen> {
    const deadline = performance.now() + patience;
    for (;;) {
      const seen = await this.cutover(route);
      if (seen !== null && isSo(seen)) return seen;
      if (performance.now() > deadline) {
        throw new CannotStart(
          `the cutover is not ${what}, but ${JSON.stringify(seen?.phase)}: ${said(seen)}`,
        );
      }
      await delay(LOOK_MS);
    }
  }

  async #ask(path: string, method = 'GET'): Promise<unknown> {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    try {
      const response = await fetch(`${this.admin}${path}`, {
        method,
        headers,
        ...(method === 'POST' && { body: '{}' }),
      });
      const answer: unknown = await response.json();
      return response.status === 200 ? answer : null;
    } catch {
      return null;
    }
  }
}

function said(seen: Seen | null): string {
  return seen === null ? 'nothing' : seen.notes.map(({ text }) => text).join('; ');
}
