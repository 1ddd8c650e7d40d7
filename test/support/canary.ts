import assert from 'node:assert/strict';
import { Backend, type BackendConnection, ok } from './backend.ts';
import { get, RawClient, statusOf } from './raw-http.ts';
import type { TestRouter } from './router.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

/** One exchange of the canary, in the middle of which a case is run. */
export interface Song {
  /** Lets it be answered; fails when the canary hears anything else. */
  end(): Promise<void>;
  abandon(): void;
}

/**
 * A client on one keep-alive connection that waits for an answer while cases run beside it, and must hear its own
 * answers and nothing else. Only where a case failed does it begin anew on another connection.
 */
export class Canary {
  readonly #router: TestRouter;
  readonly #backend: Backend;
  #client: RawClient | null = null;
  #songs = 0;

  static async start(suite: Ending, router: TestRouter): Promise<Canary> {
    const backend = await Backend.start(suite);
    await router.route('canary.test', backend.port);
    const canary = new Canary(router, backend);
    suite.onTestFinished(() => canary.#client?.close());
    return canary;
  }

  private constructor(router: TestRouter, backend: Backend) {
    this.#router = router;
    this.#backend = backend;
  }

  /** Begins an exchange whose answer is held back. */
  async sing(): Promise<Song> {
    const client = this.#client ?? (await RawClient.connect(this.#router.port));
    this.#client = null;
    const words = `/song-${++this.#songs}`;
    const heard = Promise.withResolvers<BackendConnection>();
    this.#backend.answer = (_, connection) => void heard.resolve(connection);
    client.send(get('canary.test', words));
    const connection = await Promise.race([heard.promise, client.closed]);
    assert.ok(typeof connection === 'object', `the canary's connection is gone (${connection})`);
    return {
      end: async () => {
        connection.socket.write(ok(words));
        assert.equal((await client.response()).body, words, 'the canary got what is not its own');
        this.#client = client;
      },
      abandon: () => client.close(),
    };
  }

  /** Between songs: the body it must get for a request to another route. */
  async asks(request: string, body: string): Promise<void> {
    const response = await this.#client!.send(request).response();
    assert.deepEqual([statusOf(response), response.body], [200, body], 'the canary behind a case');
  }

  stop(): void {
    assert.ok(this.#client !== null, 'the canary did not sing to the end');
    assert.equal(this.#client.received, '', 'the canary got more than its own');
  }
}
