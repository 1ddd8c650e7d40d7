import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { Backend, ok } from '../../support/backend.ts';
import { type Asked, answersPath, Http2Backend } from '../../support/http2-backend.ts';
import {
  BACKEND_WORDS,
  type BackendWords,
  CLIENT_WORDS,
  type ClientWords,
} from '../../support/http2-corpus.ts';
import { Http2Peer } from '../../support/http2-peer.ts';
import { get, RawClient, type RawMessage, statusOf, valuesOf } from '../../support/raw-http.ts';
import { ACK, TYPE } from '../../support/raw-http2.ts';
import { TestRouter } from '../../support/router.ts';

/** Cases at a time, so that all fit into a few seconds. */
const LANES = 8;

const ENDING: (() => unknown)[] = [];
const suite = { onTestFinished: (done: () => unknown) => void ENDING.unshift(done) };
let router: TestRouter;
let app: Backend;
const framed: Http2Backend[] = [];

beforeAll(async () => {
  router = await TestRouter.start(suite, { cellgate: { proxy_threads: 1, h2c: true, h2c_endpoints: true } });
  app = await Backend.start(suite, ({ start, body }) =>
    start.includes('/silent') ? undefined : ok(`${start.split(' ')[0]} ${body}`),
  );
  await router.route('app.test', app.port);
  for (let lane = 0; lane < LANES; lane++) {
    framed.push(await Http2Backend.start(suite));
    await router.route(`lane-${lane}.test`, framed[lane]!.port, { protocol: 'http2' });
  }
});

afterAll(async () => {
  for (const done of ENDING) await done();
});

/** Writes the bytes cut in two, or each on its own, with time for the router to read what is there. */
type Cut = number | 'every byte' | 'nowhere';

async function write(peer: Http2Peer, bytes: Buffer, cut: Cut): Promise<void> {
  const pieces =
    cut === 'every byte'
      ? [...bytes].map((byte) => Buffer.of(byte))
      : cut === 'nowhere'
        ? [bytes]
        : [bytes.subarray(0, cut), bytes.subarray(cut)];
  for (const [i, piece] of pieces.entries()) {
    // Nothing tells when the router has read a piece.
    if (i > 0) await (cut === 'every byte' ? nextTurn() : delay(1));
    peer.send(piece);
  }
}

/** Runs `run` with the bytes cut nowhere, at every byte, and everywhere; the outcomes must be alike. */
async function assertAlike(
  length: number,
  expected: unknown,
  run: (cut: Cut, lane: number) => Promise<unknown>,
): Promise<void> {
  assert.deepEqual(await run('nowhere', 0), expected, 'cut nowhere');
  const cuts: Cut[] = ['every byte', ...Array.from({ length: length - 1 }, (_, i) => i + 1)];
  const work = async (lane: number) => {
    for (let cut = cuts.pop(); cut !== undefined; cut = cuts.pop()) {
      assert.deepEqual(await run(cut, lane), expected, `cut at ${cut}`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, lane) => work(lane)));
}

/** The requests of a lane that are whole, without what differs from one to the next. */
function requestsOf(lane: string): string[] {
  const whole = app.requests.filter((request) => valuesOf(request, 'X-Lane')[0] === lane);
  app.requests.splice(0, app.requests.length, ...app.requests.filter((request) => !whole.includes(request)));
  return whole
    .filter(({ start }) => !start.includes('/silent'))
    .map(lasting)
    .sort();
}

function lasting({ start, lines, body, trailers }: RawMessage): string {
  const kept = lines.filter(
    (line) => !/^(?:x-vcap-request-id|x-request-start|x-lane|b3|x-b3-\w+):/i.test(line),
  );
  return JSON.stringify([start, kept, body, trailers]);
}

async function cameOf(words: ClientWords, cut: Cut, lane: string) {
  const socket = connect({ port: router.port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const peer = new Http2Peer(socket, 'client');
  // An answer must not come in between.
  peer.answers = false;
  await write(peer, words.bytes(lane), cut);
  const came: Record<string, string> = {};
  if (words.goaway !== undefined) {
    await peer.closed();
    came['goaway'] = peer.goaway?.code ?? 'none';
  } else {
    for (const id of Object.keys(words.streams)) {
      const outcome = await peer.outcome(Number(id));
      came[id] = outcome === '200' ? `200 ${peer.stream(Number(id)).body}` : outcome;
    }
    await peer.until(() => peer.of(TYPE.ping, 0).some(({ flags }) => flags & ACK));
  }
  peer.close();
  return { came, requests: requestsOf(lane), wrongs: peer.wrongs };
}

describe('a client of HTTP/2 has the same outcome wherever its bytes are cut:', () => {
  for (const words of CLIENT_WORDS) {
    test(words.name, async () => {
      const { requests } = await cameOf(words, 'nowhere', 'l0');
      const served = Object.values(words.streams).filter((outcome) => outcome.startsWith('200'));
      assert.equal(requests.length, served.length, 'requests that reach the backend');
      const came = words.goaway === undefined ? words.streams : { goaway: words.goaway };
      await assertAlike(words.bytes('l0').length, { came, requests, wrongs: [] }, (cut, lane) =>
        cameOf(words, cut, `l${lane}`),
      );
    });
  }
});

async function answerOf({ bytes }: BackendWords, cut: Cut, lane: number): Promise<string> {
  const backend = framed[lane]!;
  backend.asked.length = 0;
  backend.answer = (asked: Asked) =>
    asked.path === '/case' ? void write(asked.peer, bytes(asked.id), cut) : answersPath(asked);
  const client = await RawClient.connect(router.port);
  try {
    client.send(get(`lane-${lane}.test`, '/case').replace('GET', 'POST'));
    let response = await client.response();
    while (statusOf(response) < 200) response = await client.response();
    const status = statusOf(response);
    return status === 200 ? `200 ${response.body}` : String(status);
  } catch {
    return 'cut';
  } finally {
    client.close();
  }
}

describe('a backend of HTTP/2 has the same outcome wherever its bytes are cut:', () => {
  for (const words of BACKEND_WORDS) {
    test(words.name, async () => {
      await assertAlike(words.bytes(1).length, words.client, (cut, lane) => answerOf(words, cut, lane));
      assert.deepEqual(
        framed.flatMap(({ wrongs }) => wrongs),
        [],
      );
    });
  }
});
