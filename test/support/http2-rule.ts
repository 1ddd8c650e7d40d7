import assert from 'node:assert/strict';
import type { Fields } from './hpack.ts';
import type { RawMessage } from './raw-http.ts';
import { asking, RawHttp2, type StreamState } from './raw-http2.ts';
import type { RowSuite } from './row-suite.ts';

/** The router's configuration under which HTTP/2 is spoken without TLS. */
export const H2C = { cellgate: { proxy_threads: 1, h2c: true } };
/** Above those of the cases, so that it can be opened behind any of them. */
const NEXT_STREAM = 10_001;

export interface Http2Served {
  readonly response: StreamState;
  /** What reached the backend. */
  readonly requests: readonly RawMessage[];
}

/** The pass rule for what one client says in frames, on a connection of its own. Stream 1 is the one in question. */
export class Http2Rule {
  readonly #suite: RowSuite;

  constructor(suite: RowSuite) {
    this.#suite = suite;
  }

  /**
   * The frames have this outcome (see `RawHttp2.outcome`), and no backend hears of them. Where the connection goes
   * on it serves a good request, elsewhere it is closed.
   */
  async refuses(outcome: string, ...frames: readonly Buffer[]): Promise<void> {
    const { rule } = this.#suite;
    await rule.hearsNothing(() =>
      this.talks(async (client) => void (await refused(client, outcome, frames))),
    );
    if (outcome.startsWith('GOAWAY')) return;
    await rule.beside(() =>
      this.talks(async (client) => {
        await refused(client, outcome, frames);
        assert.equal(await client.ask(NEXT_STREAM), '200', 'the connection did not go on');
      }),
    );
  }

  /** The frames are one good request, as which they are counted by nobody as refused. */
  async serves(...frames: readonly Buffer[]): Promise<Http2Served> {
    const { rule } = this.#suite;
    return rule.beside(async () => {
      const before = rule.backend.requests.length;
      const refusals = await rule.refusals();
      let response: StreamState | undefined;
      await this.talks(async (client) => {
        assert.equal(await client.send(...frames).outcome(1), '200');
        response = client.stream(1);
      });
      assert.equal(await rule.refusals(), refusals);
      return { response: response!, requests: rule.backend.requests.slice(before) };
    });
  }

  /** With a connection that is closed in the end. `own`: the client's SETTINGS. */
  async talks(run: (client: RawHttp2) => Promise<void>, own?: Buffer): Promise<void> {
    const client = await RawHttp2.connect(this.#suite.router.port, own);
    try {
      await run(client);
    } finally {
      client.close();
    }
  }

  /** The frames, whatever they are, do no harm; the backend gets so many requests at most. */
  async survives(most: number, run: (client: RawHttp2) => Promise<void>): Promise<void> {
    const { rule } = this.#suite;
    const before = rule.backend.requests.length;
    await rule.beside(async () => {
      await this.talks(run);
      assert.ok(rule.backend.requests.length - before <= most, 'too many requests reached the backend');
    });
  }

  /** Closed with this error, which is counted; the backend gets so many requests at most. */
  async ends(code: RegExp, most: number, run: (client: RawHttp2) => Promise<unknown>): Promise<void> {
    const { rule } = this.#suite;
    const before = await rule.refusals();
    await this.survives(most, async (client) => {
      await run(client);
      await client.closed;
      // Where the client had more to say, the reset of its connection may overtake the GOAWAY.
      if (client.goaway !== null) assert.match(client.goaway.code, code);
    });
    assert.ok((await rule.refusals()) > before, 'it was not counted');
  }
}

async function refused(client: RawHttp2, outcome: string, frames: readonly Buffer[]): Promise<void> {
  assert.equal(await client.send(...frames).outcome(1), outcome);
  if (!outcome.startsWith('GOAWAY')) return;
  await client.closed;
}

/** A POST whose body follows. */
export function posting(over: Readonly<Record<string, string | null>> = {}, more: Fields = []): Fields {
  return asking({ ':method': 'POST', ...over }, more);
}
