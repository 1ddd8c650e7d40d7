import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { ask, RawClient } from '../../test/support/raw-http.ts';
import { TestRouter } from '../../test/support/router.ts';
import type { RequestCase, ResponseCase } from '../case.ts';
import { type Forwarded, forward } from '../engine/forward.ts';
import type { Ending } from '../reader/llhttp-client.ts';
import { readResponse } from '../reader/naive-responses.ts';
import { turn } from '../reader/wire.ts';
import { canary, Origin } from './origin.ts';
import type { Teardown } from './teardown.ts';
import { within } from './within.ts';

/** What the router takes at most. Fewer lines it would count only once a head is complete, unlike the engine alone. */
export const LIMITS = { bytes: 64 * 1024, fields: 1000, target: 64 * 1024 };

const HOSTS = ['a.test', 'b.test'];
/** For bytes that nothing answers to reach the backend, if they do. */
const SILENCE_MS = 10;
/** Behind requests of which the router reads the last to its end: makes it close the connection. */
export const LAST = 'GET /last HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n';

/** What became of the bytes of a client or a backend. */
export interface Traffic {
  /** What came to the backend, by connection. */
  readonly forwarded: readonly string[];
  /** What came to the client, and how it ended. */
  readonly answered: string;
  readonly ending: Ending;
}

/** The whole router over real sockets, between one client at a time and one backend. */
export class RouterUnderTest {
  readonly #origin: Origin;
  readonly #port: number;
  #canaries = 0;

  static async start(teardown: Teardown): Promise<RouterUnderTest> {
    const origin = await Origin.start(teardown);
    const router = await TestRouter.start(teardown, {
      // Nobody repeats the registrations.
      droplet_stale_threshold: '24h',
      max_request_headers: 0,
      max_response_headers: 0,
      max_request_header_bytes: LIMITS.bytes,
      max_response_header_bytes: LIMITS.bytes,
      cellgate: { proxy_threads: 1 },
    });
    origin.answer = ({ start }, socket) => socket.write(ok(start));
    for (const host of HOSTS) await router.route(host, origin.port);
    origin.take();
    return new RouterUnderTest(origin, router.port);
  }

  private constructor(origin: Origin, port: number) {
    this.#origin = origin;
    this.#port = port;
  }

  /** What the engine makes of the same bytes without sockets. */
  expect(fuzzCase: RequestCase): Forwarded {
    return forward(fuzzCase, fuzzCase.pieces, (host) => HOSTS.includes(host));
  }

  /** The backend answers each request with its start. `end`: how the connection is expected to end. */
  async sendRequests({ pieces }: RequestCase, end: Forwarded['end']): Promise<Traffic> {
    this.#origin.answer = ({ start }, socket) => socket.write(ok(start), 'latin1');
    const client = await RawClient.connect(this.#port);
    for (const piece of pieces) {
      client.send(piece);
      await turn();
    }
    if (end === 'whole') client.send(LAST);
    if (end === 'unfinished') {
      await delay(SILENCE_MS);
      client.socket.end();
    }
    const ending = await within(client.closed, 'the router does not close');
    client.close();
    await within(this.#settled(), 'the router keeps an unfinished request open');
    await this.#canary();
    return { forwarded: this.#origin.take(), answered: client.received, ending };
  }

  /** The backend answers a request with `pieces` and closes. */
  async sendResponse({ pieces, method, http10 }: ResponseCase): Promise<Traffic> {
    this.#origin.answer = async (_request, socket) => {
      for (const piece of pieces) {
        socket.write(piece, 'latin1');
        await turn();
      }
      socket.end();
    };
    const client = await RawClient.connect(this.#port);
    let ending: Ending = 'open';
    void client.closed.then((how) => {
      ending = how;
    });
    client.send(`${method} / HTTP/1.${http10 ? 0 : 1}\r\nHost: a.test\r\nConnection: keep-alive\r\n\r\n`);
    const context = { toHead: method === 'HEAD', ended: false };
    const answered = async () => {
      while (ending === 'open' && readResponse(client.received, context).end !== 'whole') {
        await Promise.race([once(client.socket, 'data'), client.closed]);
      }
    };
    await within(answered(), 'the router does not answer');
    await this.#canary();
    client.close();
    this.#origin.take();
    return { forwarded: [], answered: client.received, ending };
  }

  /** A good request gets its own answer. @throws Error when it does not */
  async #canary(): Promise<void> {
    const { start, bytes } = canary(++this.#canaries);
    this.#origin.answer = ({ start: asked }, socket) => socket.write(ok(asked), 'latin1');
    const answer = await within(ask(this.#port, bytes), 'no answer to a good request');
    if (answer.body !== start) throw new Error(`leak: ${start} is answered ${answer.start} ${answer.body}`);
    await turn();
  }

  async #settled(): Promise<void> {
    while (!this.#origin.isSettled) await delay(1);
  }
}

function ok(start: string): string {
  const body = start.startsWith('HEAD ') ? '' : start;
  return `HTTP/1.1 200 OK\r\nContent-Length: ${start.length}\r\nX-Backend: ${start.length}\r\n\r\n${body}`;
}
