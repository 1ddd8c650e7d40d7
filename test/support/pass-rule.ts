import assert from 'node:assert/strict';
import { Backend, type BackendConnection, ok } from './backend.ts';
import { Canary } from './canary.ts';
import { ask, get, RawClient, type RawMessage, statusOf, valuesOf } from './raw-http.ts';
import type { TestRouter } from './router.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

export interface Refusal {
  /** What the client sends. */
  readonly input: string | Buffer;
  readonly status: number;
  /** X-Cf-RouterError; any but none when not given. */
  readonly code?: string;
  /** Receives nothing; the rule's own when not given. */
  readonly backend?: Backend;
}

export interface BodyRefusal extends Refusal {
  /** What goes before `input`: it has reached the backend before that is sent. */
  readonly head: string;
}

export interface Service {
  readonly input: string | Buffer;
  /** 200 when not given. */
  readonly status?: number;
  /** It is a HEAD. */
  readonly bodyless?: boolean;
  /** What the backend answers; its usual answer when not given. */
  readonly answer?: Backend['answer'];
}

export interface Served {
  readonly response: RawMessage;
  /** What reached the backend for it. */
  readonly requests: readonly RawMessage[];
  /** The bytes that reached it. */
  readonly received: string;
}

/** Longer than any case takes. */
const CASE_MS = 10_000;

/** What the rule itself asks of the backend behind each case. */
const GOOD_REQUESTS = /GET \/(?:good|sung)-\d+ HTTP\/1\.1\r\n(?:[^\r\n]+\r\n)*\r\n/g;

const echo: Backend['answer'] = (request) => ok(request.start);

/**
 * What must hold for any input whatever: the router stays up, an unwanted message reaches no backend, a good
 * request right behind it gets its own answer, and a client beside never sees a byte that is not for it. To
 * notice a thread that dies, give the router one proxy thread.
 */
export class PassRule {
  /** Serves `app.test` and `other.test`; answers with the request line it got. Its answer is reset after each case. */
  readonly backend: Backend;
  readonly #router: TestRouter;
  readonly #canary: Canary;
  #cases = 0;

  static async start(suite: Ending, router: TestRouter): Promise<PassRule> {
    const backend = await Backend.start(suite, echo);
    await router.route('app.test', backend.port);
    await router.route('other.test', backend.port);
    return new PassRule(router, backend, await Canary.start(suite, router));
  }

  private constructor(router: TestRouter, backend: Backend, canary: Canary) {
    this.backend = backend;
    this.#router = router;
    this.#canary = canary;
  }

  /**
   * Runs a case with a canary beside it whose answer is held back until the case is over. The canary must then
   * get its own answer, and so must a good request on a new connection and one on the canary's.
   */
  async beside<T>(run: () => Promise<T>): Promise<T> {
    const song = await this.#canary.sing();
    try {
      const result = await inTime(run());
      this.backend.answer = echo;
      await song.end();
      await this.#servesGood();
      return result;
    } catch (error) {
      song.abandon();
      throw error;
    } finally {
      this.backend.answer = echo;
    }
  }

  /** The same with a client connection for the case. */
  async talks(run: (client: RawClient) => Promise<void>): Promise<void> {
    await this.beside(async () => {
      const client = await RawClient.connect(this.#router.port);
      try {
        await run(client);
      } finally {
        client.close();
      }
    });
  }

  /** The backend's connection on which it has heard `text`. */
  async reached(text: string): Promise<BackendConnection> {
    const heard = () => this.backend.connections.find(({ received }) => received.includes(text));
    await this.backend.until(() => heard() !== undefined);
    return heard()!;
  }

  /** The backend's connection on which it hears of what `send` sends. */
  reachedBy(send: () => void): Promise<BackendConnection> {
    return reachedBy(this.backend, send);
  }

  /** The whole input is refused before a backend gets any of it. */
  async refuses(refusal: Refusal): Promise<void> {
    await this.hearsNothing(
      async () => this.#isRefused(await RawClient.connect(this.#router.port), refusal),
      refusal.backend,
    );
  }

  /** A case of which the backend gets no byte. */
  async hearsNothing(run: () => Promise<void>, backend = this.backend): Promise<void> {
    const heard = listenTo(backend);
    await this.beside(async () => {
      await run();
      assert.equal(heard(), '', 'bytes reached the backend');
    });
    assert.equal(heard().replace(GOOD_REQUESTS, ''), '', 'bytes reached the backend later');
  }

  /** The input is refused in the middle: the backend has some of it, and must not take that for a request. */
  async refusesBody(refusal: BodyRefusal): Promise<void> {
    const { head, backend = this.backend } = refusal;
    await this.beside(async () => {
      const requests = backend.requests.length;
      const client = await RawClient.connect(this.#router.port);
      const connection = await reachedBy(backend, () => client.send(head));
      await this.#isRefused(client, refusal);
      await backend.until(() => connection.socket.destroyed);
      assert.equal(backend.requests.length, requests, 'the backend saw a whole request');
    });
  }

  /** The input is one good request. */
  async serves({ input, status = 200, bodyless = false, answer = echo }: Service): Promise<Served> {
    return this.beside(async () => {
      const { backend } = this;
      const requests = backend.requests.length;
      const heard = listenTo(backend);
      backend.answer = answer;
      const client = await RawClient.connect(this.#router.port);
      try {
        const response = await client.send(input).response(bodyless);
        assert.equal(statusOf(response), status, response.body);
        return {
          response,
          requests: backend.requests.slice(requests),
          received: heard(),
        };
      } finally {
        client.close();
      }
    });
  }

  /** Client's messages the router has refused so far. */
  async refusals(): Promise<number> {
    return Number(/^cellgate_refused_messages_total (\d+)$/m.exec(await this.metrics())![1]);
  }

  /** The page of the router's. */
  async metrics(): Promise<string> {
    const { health } = this.#router.router.addresses;
    const page = await ask(
      health!,
      'GET /metrics HTTP/1.1\r\nHost: status\r\nConnection: close\r\nAuthorization: Basic b3BlcmF0b3I6c2VjcmV0\r\n\r\n',
    );
    return page.body;
  }

  /** To be called when all cases are over. */
  stop(): void {
    this.#canary.stop();
  }

  async #isRefused(client: RawClient, { input, status, code }: Refusal): Promise<void> {
    const before = await this.refusals();
    try {
      const response = await client.send(input).response();
      assert.equal(statusOf(response), status, response.body);
      const [error = ''] = valuesOf(response, 'X-Cf-RouterError');
      if (code === undefined) assert.notEqual(error, '');
      else assert.equal(error, code);
      assert.deepEqual(valuesOf(response, 'Connection'), ['close']);
      assert.equal(await client.closed, 'end', 'not half-closed');
      assert.equal(client.received, '', 'more than one answer');
    } finally {
      client.close();
    }
    assert.equal((await this.refusals()) - before, 1, 'counted once');
  }

  async #servesGood(): Promise<void> {
    const good = `GET /good-${++this.#cases} HTTP/1.1`;
    const response = await ask(this.#router.port, `${good}\r\nHost: app.test\r\n\r\n`);
    assert.deepEqual([statusOf(response), response.body], [200, good], 'a good request behind a case');
    await this.#canary.asks(get('app.test', `/sung-${this.#cases}`), `GET /sung-${this.#cases} HTTP/1.1`);
  }
}

/** Fails where a case would wait for ever. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('no outcome in time')), CASE_MS);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Gives what the backend has heard since this call, connection by connection. */
function listenTo(backend: Backend): () => string {
  const before = new Map(backend.connections.map((connection) => [connection, connection.received.length]));
  return () =>
    backend.connections.map((connection) => connection.received.slice(before.get(connection) ?? 0)).join('');
}

/** The connection on which the backend hears of what `send` sends. */
async function reachedBy(backend: Backend, send: () => void): Promise<BackendConnection> {
  const before = new Map(backend.connections.map((connection) => [connection, connection.received.length]));
  const heard = () =>
    backend.connections.find((connection) => connection.received.length > (before.get(connection) ?? 0));
  send();
  await backend.until(() => heard() !== undefined);
  return heard()!;
}
