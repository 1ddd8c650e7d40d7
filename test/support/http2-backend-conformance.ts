import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type Asked, answersPath, Http2Backend, responds } from './http2-backend.ts';
import { connectPeer, type Http2Peer } from './http2-peer.ts';
import { get, RawClient, statusOf } from './raw-http.ts';
import { asking, data, END_STREAM, ERRORS, type ErrorName, headers, TYPE } from './raw-http2.ts';
import { TestRouter } from './router.ts';

/** What the client gets: a status with a whole response, or a response that it can see to be cut off. */
export type Came = number | 'cut';

export interface BackendRow {
  readonly name: string;
  /** Of RFC 9113 unless another is named. */
  readonly clause: string;
  /** What the backend says to the request, on its stream. */
  readonly says: (id: number, asked: Asked) => readonly Buffer[];
  readonly client: Came | readonly Came[];
  /** Of a whole response. */
  readonly body?: string;
  /** The connection serves on; or it is ended by GOAWAY with one of these. */
  readonly backend: 'goes on' | readonly ErrorName[] | readonly ('goes on' | ErrorName)[];
  /** The stream is reset with one of these. */
  readonly reset?: readonly ErrorName[];
  readonly method?: 'HEAD' | 'GET';
}

const PATIENCE_MS = 5000;
const CLIENTS = ['HTTP/1.1', 'HTTP/2'] as const;

/** A router between clients of both versions and backends of HTTP/2, of which each test has its own. */
export class BackendConformance {
  router!: TestRouter;
  #hosts = 0;

  /** Starts before the first test of a file, ends with the last. */
  static suite(config: object = {}): BackendConformance {
    const conformance = new BackendConformance();
    const endings: (() => unknown)[] = [];
    const suite = { onTestFinished: (done: () => unknown) => void endings.unshift(done) };
    beforeAll(async () => {
      const cellgate = { proxy_threads: 1, h2c: true, h2c_endpoints: true };
      conformance.router = await TestRouter.start(suite, { cellgate, ...config });
    });
    afterAll(async () => {
      for (const done of endings) await done();
    });
    return conformance;
  }

  /** Two tests for each row: with a client of each version. */
  run(rows: readonly BackendRow[]): void {
    for (const version of CLIENTS) {
      describe(`with a client of ${version}`, () => {
        for (const row of rows) test(`${row.clause} ${row.name}`, (t) => this.#runRow(t, row, version));
      });
    }
  }

  /** A host of its own that leads to these. */
  async hostOf(...backends: readonly Http2Backend[]): Promise<string> {
    const host = `case-${++this.#hosts}.test`;
    for (const { port } of backends) await this.router.route(host, port, { protocol: 'http2' });
    return host;
  }

  /** A request of HTTP/1.1 over a connection of its own. */
  async ask(request: string, bodyless = false): Promise<{ came: Came; body: string }> {
    const client = await RawClient.connect(this.router.port);
    const timer = setTimeout(() => client.close(), PATIENCE_MS);
    try {
      let response = await client.send(request).response(bodyless);
      while (statusOf(response) < 200) response = await client.response(bodyless);
      return { came: statusOf(response), body: response.body };
    } catch {
      return { came: 'cut', body: client.received };
    } finally {
      clearTimeout(timer);
      client.close();
    }
  }

  /** The same of HTTP/2. */
  async askFrames(host: string, path: string, method = 'POST'): Promise<{ came: Came; body: string }> {
    const client = await connectPeer(this.router.port);
    client.send(headers(1, asking({ ':authority': host, ':path': path, ':method': method })));
    const outcome = await client.outcome(1);
    client.close();
    assert.deepEqual(client.wrongs, [], 'with the client');
    const { body } = client.stream(1);
    return { came: outcome.startsWith('RST') ? 'cut' : Number(outcome), body };
  }

  async #runRow(
    t: { onTestFinished(done: () => unknown): void },
    row: BackendRow,
    version: string,
  ): Promise<void> {
    const backend = await Http2Backend.start(t);
    const host = await this.hostOf(backend);
    backend.answer = (asked) => {
      if (asked.path === '/sibling') asked.peer.send(responds(asked.id), data(asked.id, 'one '));
      else if (asked.path === '/case') asked.peer.send(...row.says(asked.id, asked));
      else answersPath(asked);
    };
    const sibling = await RawClient.connect(this.router.port);
    t.onTestFinished(() => sibling.close());
    sibling.send(get(host, '/sibling'));
    await sibling.until('one ');
    const { method = 'POST' } = row;
    const { came, body } = await (version === 'HTTP/2'
      ? this.askFrames(host, '/case', method)
      : this.ask(`${method} /case HTTP/1.1\r\nHost: ${host}\r\n\r\n`, method === 'HEAD'));
    const { peer, id } = await backend.heard('/case');
    const allowed = Array.isArray(row.client) ? (row.client as readonly Came[]) : [row.client as Came];
    assert.ok(allowed.includes(came), `the client gets ${came}, ${JSON.stringify(body)}; ${peer.summary()}`);
    if (row.body !== undefined) assert.equal(body, row.body);
    assert.equal((await backend.heard('/sibling')).peer, peer, 'not over the same connection');
    await this.#judge(row, backend, { peer, id, host, sibling });
    assert.deepEqual(backend.wrongs, []);
  }

  async #judge(
    row: BackendRow,
    backend: Http2Backend,
    { peer, id, host, sibling }: { peer: Http2Peer; id: number; host: string; sibling: RawClient },
  ): Promise<void> {
    const allowed = row.backend === 'goes on' ? ['goes on'] : (row.backend as readonly string[]);
    if (row.reset !== undefined && peer.ended === 'no') {
      await peer.until(() => peer.of(TYPE.resetStream, id).length > 0);
      const code = ERRORS[peer.of(TYPE.resetStream, id)[0]!.payload.readUInt32BE(0)]!;
      assert.ok(row.reset.includes(code), `reset with ${code}`);
    }
    if (!allowed.includes('goes on')) await peer.closed();
    if (peer.ended !== 'no' || peer.goaway !== null) {
      assert.ok(allowed.includes(peer.goaway?.code ?? peer.ended), `ended; ${peer.summary()}`);
    } else {
      peer.send(data((await backend.heard('/sibling')).id, 'two', END_STREAM));
      assert.equal((await sibling.response()).body, 'one two');
    }
    const good = await this.ask(get(host, '/good'));
    assert.deepEqual(good, { came: 200, body: '/good' }, 'of the next request');
    const same = (await backend.heard('/good')).peer === peer;
    assert.equal(same, peer.ended === 'no' && peer.goaway === null, 'of the connection it came over');
  }
}
