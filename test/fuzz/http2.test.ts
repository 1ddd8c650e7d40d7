import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { greeting } from '../../fuzz/crossing/as-frames.ts';
import { conversationDifference, replyDifference } from '../../fuzz/http2/compare.ts';
import { type Conversation, makeHttp2Case, type Reply } from '../../fuzz/http2/conversation.ts';
import type { ConversationReading, StreamReading } from '../../fuzz/http2/reading.ts';
import { Http2Layer } from '../../fuzz/http2-layer.ts';
import { Random } from '../../fuzz/random.ts';
import { haproxy } from '../../fuzz/socket/proxy-kinds.ts';
import { PREFACE } from '../support/raw-http2.ts';
import { skipFor } from '../support/skip-for.ts';

const SEED = 9113;
const CASES = 300;

/** Nothing in it is wrong. */
const CONVERSATION: Conversation = {
  kind: 'conversation',
  marks: { 1: '!X!' },
  parts: greeting(PREFACE.toString('latin1'), false, new Random(SEED, 0)),
};
/** No connection survives it. */
const BREAKING: Conversation = { ...CONVERSATION, parts: [{ kind: 'bytes', text: 'GET / HTTP/1.1' }] };
const REPLY: Reply = { kind: 'reply', method: 'GET', greeting: [], parts: [] };
const TAKEN: StreamReading = { took: 'GET / ""', told: '200' };
const REFUSED: StreamReading = { took: null, told: 'reset PROTOCOL_ERROR' };

function reading(stream: StreamReading, more: Partial<ConversationReading> = {}): ConversationReading {
  return { streams: { 1: stream }, connection: 'goes on', wrongs: [], ...more };
}

function differenceOf(own: ConversationReading, ...others: ConversationReading[]): string | null {
  const [nghttp2, HAProxy] = others as [ConversationReading, ConversationReading];
  return conversationDifference(CONVERSATION, { cellgate: own, nghttp2, HAProxy });
}

describe('readings of one client of HTTP/2', () => {
  test('pass where all agree, and where the two others do not', () => {
    assert.equal(differenceOf(reading(TAKEN), reading(TAKEN), reading(TAKEN)), null);
    assert.equal(differenceOf(reading(REFUSED), reading(TAKEN), reading(REFUSED)), null);
    assert.equal(differenceOf(reading(TAKEN), reading(TAKEN), reading(REFUSED)), null);
  });

  test('do not pass where the router stands alone', () => {
    assert.match(
      differenceOf(reading(TAKEN), reading(REFUSED), reading(REFUSED)) ?? '',
      /takes .* all others refuse/,
    );
    assert.match(
      differenceOf(reading(REFUSED), reading(TAKEN), reading(TAKEN)) ?? '',
      /refuses .* all others take/,
    );
  });

  test('do not pass where the router ends a connection that goes on by the RFC, or keeps one that does not', () => {
    const goesOn = reading(TAKEN);
    const ended = reading(TAKEN, { connection: 'PROTOCOL_ERROR' });
    assert.match(differenceOf(ended, ended, ended) ?? '', /ends a connection that goes on: PROTOCOL_ERROR/);
    assert.equal(differenceOf(goesOn, ended, ended), null);
    const breaking = (own: ConversationReading) =>
      conversationDifference(BREAKING, { cellgate: own, nghttp2: goesOn, HAProxy: goesOn });
    assert.match(breaking(goesOn) ?? '', /keeps a connection that must end: no preface/);
    assert.equal(breaking(ended), null);
  });

  test('do not pass where a request comes out in two ways, though it be so with one alone', () => {
    const other = { ...TAKEN, took: 'GET / "hidden"' };
    assert.match(
      differenceOf(reading(TAKEN), reading(TAKEN), reading(other)) ?? '',
      /HAProxy GET \/ "hidden"/,
    );
  });

  test('do not pass where the router says what it must not', () => {
    const wrong = reading(TAKEN, { wrongs: ['DATA on 1 before a head'] });
    assert.match(differenceOf(wrong, reading(TAKEN), reading(TAKEN)) ?? '', /must not: DATA on 1/);
  });
});

describe('readings of one backend of HTTP/2', () => {
  const differ = (cellgate: string, nghttp2: string, HAProxy: string) =>
    replyDifference(REPLY, { cellgate, nghttp2, HAProxy });

  test('pass where all agree, and where the two others do not', () => {
    assert.equal(differ('200 "a"', '200 "a"', '200 "a"'), null);
    assert.equal(differ('cut', '200 "a"', 'bad gateway'), null);
  });

  test('do not pass where the router stands alone, or a response comes out in two ways', () => {
    assert.match(differ('200 "a"', 'cut', 'bad gateway') ?? '', /as whole \(200 "a"\) what no other does/);
    assert.match(differ('cut', '200 "a"', '200 "a"') ?? '', /has cut where all others have 200 "a"/);
    assert.match(differ('200 "a"', '200 "a"', '200 "b"') ?? '', /gets 200 "a", HAProxy 200 "b"/);
  });
});

test('cases are the same for the same seed, for ever', () => {
  const cases = Array.from({ length: 60 }, (_, index) => makeHttp2Case(SEED, index));
  assert.deepEqual(
    cases,
    Array.from({ length: 60 }, (_, index) => makeHttp2Case(SEED, index)),
  );
  assert.equal(cases.filter(({ kind }) => kind === 'reply').length, 20);
});

describe(`${CASES} connections of HTTP/2`, () => {
  let layer: Http2Layer;
  beforeAll(async () => {
    layer = await Http2Layer.start();
  });
  afterAll(() => layer.stop());

  test('are read alike by the router, nghttp2 and HAProxy', async () => {
    const found: string[] = [];
    const tally = await layer.run({ seed: SEED, first: 0, end: CASES }, ({ difference }) =>
      found.push(difference),
    );
    assert.deepEqual(found, []);
    // Both what is taken and what is refused must have been looked at.
    assert.equal(tally.cases, CASES);
    assert.ok(tally.taken > CASES / 2, `${tally.taken} requests were taken`);
    assert.ok(tally.refused > CASES / 4, `${tally.refused} were refused`);
    assert.ok(tally.whole > CASES / 20, `${tally.whole} replies were whole`);
  });

  const skip = haproxy.command() === undefined && 'it is not installed';
  test('HAProxy is one of the readers', skipFor(skip), () => assert.deepEqual(layer.missing, []));
});
