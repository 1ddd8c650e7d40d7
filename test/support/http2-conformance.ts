import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { Backend, ok } from './backend.ts';
import { Authority } from './certificates.ts';
import type { Fields } from './hpack.ts';
import { Http2Bystander } from './http2-bystander.ts';
import { connectPeer, greeted, type Http2Peer } from './http2-peer.ts';
import type { RawMessage } from './raw-http.ts';
import {
  asking,
  data,
  END_STREAM,
  ERRORS,
  type ErrorName,
  frame,
  headers,
  settings,
  TYPE,
} from './raw-http2.ts';
import { TestRouter } from './router.ts';
import { secure } from './tls-clients.ts';

/** The stream in question, unless the row names another, and one that is open when it is opened. */
export const CASE = 3;
export const SIBLING = 1;
/** What `/large` is answered with: more than any first window. */
export const LARGE_BODY = 300_000;
/** Above those of the rows. */
const BEHIND = 20_001;

/** One of these must come of the row's frames. */
export type Outcome =
  /** It is answered with this status, and ended. */
  | { readonly status: number }
  /** The stream alone is reset with one of these. */
  | { readonly reset: readonly ErrorName[] }
  /** The connection is ended by GOAWAY with one of these. */
  | { readonly ends: readonly ErrorName[] };

export interface Row {
  readonly name: string;
  /** Of RFC 9113 unless another is named. */
  readonly clause: string;
  readonly says: readonly Buffer[] | ((client: Http2Peer) => unknown);
  readonly outcome: Outcome | readonly Outcome[];
  /** CASE if none is named. */
  readonly on?: number;
  /** How many whole requests for `/case…` reach the backend: by default one that is answered 200, else none. */
  readonly reaches?: (count: number) => boolean;
  /** The stream is over before the row's last frame is sent. */
  readonly late?: true;
  /** Whether it is also tried over TLS. */
  readonly tls?: true;
  readonly also?: (client: Http2Peer, requests: readonly RawMessage[]) => void;
}

export function row(
  clause: string,
  name: string,
  says: readonly Buffer[],
  outcome: Row['outcome'],
  more: Partial<Row> = {},
): Row {
  return { clause, name, says, outcome, ...more };
}

export const SERVED: Outcome = { status: 200 };
export const MALFORMED: Outcome = { reset: ['PROTOCOL_ERROR'] };

export function ends(...codes: readonly ErrorName[]): Outcome {
  return { ends: codes };
}

export function resets(...codes: readonly ErrorName[]): Outcome {
  return { reset: codes };
}

/** A request for `/case` whose head is all there is. */
export function asks(over: Readonly<Record<string, string | null>> = {}, more: Fields = []): Buffer {
  return headers(CASE, asking({ ':path': '/case', ...over }, more));
}

/** One whose body follows. */
export function posts(over: Readonly<Record<string, string | null>> = {}, more: Fields = []): Buffer {
  return headers(CASE, asking({ ':method': 'POST', ':path': '/case', ...over }, more), 0);
}

/** One that has come whole and is not answered while the row lasts. */
export const HELD = asks({ ':path': '/case/silent' });

export function ping(): Buffer {
  return frame(TYPE.ping, 0, 0, Buffer.from('the ping'));
}

/** That at most one whole request reaches the backend. */
export const maybe = (count: number): boolean => count <= 1;

/** A router between clients of HTTP/2 and a backend that answers with what it was asked. */
export class Conformance {
  router!: TestRouter;
  readonly #authority = new Authority();
  #backend!: Backend;
  #bystander!: Http2Bystander;
  #count = 0;

  /** Starts before the first test of a file, ends with the last. */
  static suite(config: object = {}): Conformance {
    const conformance = new Conformance();
    const endings: (() => unknown)[] = [];
    beforeAll(() =>
      conformance.#start({ onTestFinished: (done: () => unknown) => void endings.unshift(done) }, config),
    );
    afterAll(async () => {
      for (const done of endings) await done();
    });
    return conformance;
  }

  get backend(): Backend {
    return this.#backend;
  }

  /** One test for each row, and one more over TLS for those that say so. */
  run(rows: readonly Row[]): void {
    for (const row of rows) {
      test(`${row.clause} ${row.name}`, () => this.#runRow(row, () => connectPeer(this.router.port)));
    }
    const overTls = rows.filter(({ tls }) => tls);
    if (overTls.length === 0) return;
    describe('over TLS', () => {
      for (const row of overTls) {
        test(`${row.clause} ${row.name}`, () => this.#runRow(row, () => this.connectTls()));
      }
    });
  }

  /** Runs with a connection of its own, which is closed in the end, beside one that must not notice. */
  async talks(run: (client: Http2Peer) => Promise<void>, own: Buffer = settings()): Promise<void> {
    await this.#bystander.waits(async () => {
      const client = await connectPeer(this.router.port, own);
      try {
        await run(client);
        assert.deepEqual(client.wrongs, []);
      } finally {
        client.close();
      }
    });
  }

  async connectTls(): Promise<Http2Peer> {
    return greeted(await this.secure());
  }

  /** A connection on which HTTP/2 was chosen and nothing has been said. */
  secure() {
    const tls = { ca: this.#authority.cert, ALPNProtocols: ['h2'] };
    return secure(this.router.router.addresses.https!, 'app.test', tls);
  }

  async #start(suite: { onTestFinished(done: () => unknown): void }, config: object): Promise<void> {
    const { cert, key } = this.#authority.issue({ names: 'DNS:app.test' });
    this.router = await TestRouter.start(suite, {
      ...{ enable_ssl: true, ssl_port: 0, tls_pem: [{ cert_chain: cert, private_key: key }] },
      ...{ cipher_suites: 'ECDHE-ECDSA-AES128-GCM-SHA256', max_tls_version: 'TLSv1.3' },
      cellgate: { proxy_threads: 1, h2c: true },
      ...config,
    });
    this.#backend = await Backend.start(suite, ({ start, body }) => {
      if (start.includes('/silent')) return undefined;
      if (start.includes('/large')) return ok('x'.repeat(LARGE_BODY));
      return ok(`${start.split(' ').slice(0, 2).join(' ')}\n${body}`);
    });
    await this.router.route('app.test', this.#backend.port);
    this.#bystander = new Http2Bystander(this.router.port);
    suite.onTestFinished(() => this.#bystander.close());
  }

  async #runRow(row: Row, connect: () => Promise<Http2Peer>): Promise<void> {
    await this.#bystander.waits(async () => {
      const client = await connect();
      try {
        await this.#judge(row, client);
        assert.deepEqual(client.wrongs, []);
      } finally {
        client.close();
      }
    });
  }

  async #judge(row: Row, client: Http2Peer): Promise<void> {
    const { on = CASE, outcome, says } = row;
    const { requests } = this.#backend;
    const before = requests.length;
    const mark = await this.#openSibling(client);
    if (typeof says === 'function') await says(client);
    else client.send(...says);
    const allowed = Array.isArray(outcome) ? (outcome as readonly Outcome[]) : [outcome as Outcome];
    const came = await outcomeOf(client, on, row.late === true, allowed);
    const fits = allowed.find((each) => spellings(each).includes(came));
    assert.ok(fits !== undefined, `${came}, where ${JSON.stringify(outcome)} is right; ${client.summary()}`);
    if ('ends' in fits) assertEnded(client, on);
    else await this.#goesOn(client, mark);
    const reached = requests.slice(before).filter(({ start }) => start.includes('/case'));
    const isServed = 'status' in fits && fits.status === 200;
    const { reaches = (count: number) => count === Number(isServed) } = row;
    assert.ok(reaches(reached.length), `${reached.length} requests reached the backend`);
    row.also?.(client, reached);
  }

  /** Answers what its body holds so far, when the backend has it. */
  async #openSibling(client: Http2Peer): Promise<string> {
    const mark = `sibling ${++this.#count}.`;
    client.send(headers(SIBLING, asking({ ':method': 'POST', ':path': '/sibling' }), 0), data(SIBLING, mark));
    await this.#backend.until(() =>
      this.#backend.connections.some(({ received }) => received.includes(mark)),
    );
    return mark;
  }

  /** The sibling ends as if nothing had been, and another request is served. */
  async #goesOn(client: Http2Peer, mark: string): Promise<void> {
    client.send(data(SIBLING, 'the end', END_STREAM));
    assert.equal(await client.outcome(SIBLING), '200', `of the sibling; ${client.summary()}`);
    assert.equal(client.stream(SIBLING).body, `POST /sibling\n${mark}the end`);
    client.send(headers(BEHIND, asking({ ':path': '/behind' })));
    assert.equal(await client.outcome(BEHIND), '200', `of the request behind; ${client.summary()}`);
    assert.equal(client.stream(BEHIND).body, 'GET /behind\n');
    assert.equal(client.goaway, null);
  }
}

async function outcomeOf(
  client: Http2Peer,
  id: number,
  late: boolean,
  allowed: readonly Outcome[],
): Promise<string> {
  if (allowed.every((each) => 'ends' in each)) {
    await client.closed();
    return client.goaway === null ? 'closed' : `GOAWAY ${client.goaway.code}`;
  }
  if (!late) return client.outcome(id);
  const reset = () => client.of(TYPE.resetStream, id)[0];
  await client.until(() => reset() !== undefined).catch(() => {});
  if (reset() !== undefined) return `RST ${ERRORS[reset()!.payload.readUInt32BE(0)]}`;
  return client.goaway === null ? client.ended : `GOAWAY ${client.goaway.code}`;
}

function spellings(outcome: Outcome): string[] {
  if ('status' in outcome) return [String(outcome.status)];
  if ('reset' in outcome) return outcome.reset.map((code) => `RST ${code}`);
  return outcome.ends.map((code) => `GOAWAY ${code}`);
}

/** RFC 9113 §6.8: the last stream is none that was not opened, and not below one that was served. */
function assertEnded(client: Http2Peer, on: number): void {
  const { lastStream } = client.goaway!;
  assert.ok(
    lastStream >= SIBLING,
    `GOAWAY says ${lastStream}, and stream ${SIBLING} has reached the backend`,
  );
  assert.ok(lastStream <= Math.max(on, BEHIND), `GOAWAY says ${lastStream}`);
}
