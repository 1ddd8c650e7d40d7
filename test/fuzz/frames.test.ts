import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { blocksDifference, makeBlocks } from '../../fuzz/frames/blocks.ts';
import { caseBytes } from '../../fuzz/frames/case-bytes.ts';
import { letterDifference } from '../../fuzz/frames/compare.ts';
import { nghttp2Difference } from '../../fuzz/frames/compare-nghttp2.ts';
import { type Judged, judge } from '../../fuzz/frames/judge.ts';
import { makeFramesCase } from '../../fuzz/frames/nudge.ts';
import type { HeardStream } from '../../fuzz/frames/own-reading.ts';
import { FramesLayer } from '../../fuzz/frames/run.ts';
import { saidDifference } from '../../fuzz/frames/said-right.ts';
import type { Conversation } from '../../fuzz/http2/conversation.ts';
import type { Fields } from '../support/hpack.ts';
import { PREFACE, TYPE } from '../support/raw-http2.ts';

const SEED = 9113;
const CASES = 1500;
const HEAD: Fields = [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'case.test'],
];

/** A client that says its preface and SETTINGS, then these fields on stream 1, and a body of one byte. */
function conversation(head: Fields): Conversation {
  return {
    kind: 'conversation',
    marks: {},
    parts: [
      { kind: 'bytes', text: PREFACE.toString('latin1') },
      { kind: 'frame', type: TYPE.settings, flags: 0, stream: 0, payload: '' },
      { kind: 'block', type: TYPE.headers, flags: 0, stream: 1, fields: head },
      { kind: 'frame', type: TYPE.data, flags: 1, stream: 1, payload: 'x' },
    ],
  };
}

function judged(head: Fields = HEAD): Judged {
  const made = conversation(head);
  return judge(made, caseBytes(made));
}

/** What is found when our engine has heard stream 1 otherwise. */
function heardAs(over: Partial<HeardStream>, { own, letter }: Judged = judged()): string {
  const streams = own.streams.map((stream) => ({ ...stream, ...over }));
  return letterDifference({ ...own, streams }, letter) ?? 'nothing';
}

describe('our reading of a client, beside the letter,', () => {
  test('passes as it is, be it taken or reset', () => {
    assert.equal(judged().difference, null);
    assert.equal(judged([...HEAD, ['connection', 'close']]).difference, null);
  });

  const planted: Readonly<Record<string, readonly [Partial<HeardStream>, RegExp]>> = {
    'another body': [{ body: 'y' }, /reads the body as "y", not "x"/],
    'another head': [{ head: 'POST /\nhost: other.test' }, /reads the head/],
    'trailers that were not said': [{ trailers: '\na: b' }, /reads trailers/],
    'a request that is not taken': [{ isWhole: false }, /does not take what is whole/],
    'a request that is refused': [{ fault: 'bad_target' }, /does not take what is whole/],
  };
  for (const [name, [over, difference]] of Object.entries(planted)) {
    test(`does not pass with ${name}`, () => assert.match(heardAs(over), difference));
  }

  test('does not pass with a malformed request that is taken, or not reset', () => {
    const malformed = judged([...HEAD, ['connection', 'close']]);
    assert.match(
      heardAs({ isWhole: true, reset: '' }, malformed),
      /takes what is malformed: a field of HTTP\/1.1/,
    );
    assert.match(heardAs({ reset: '' }, malformed), /does not reset what is malformed/);
  });

  test('does not pass with a connection that is ended for nothing', () => {
    const { own, letter } = judged();
    const ended = letterDifference({ ...own, connection: '1 an error' }, letter);
    assert.match(ended ?? '', /ends a connection that goes on/);
  });

  test('does not pass with frames that nobody may say, or without those that must be said', () => {
    const { own } = judged();
    const said = (written: Buffer, credit = own.credit) =>
      saidDifference('client', caseBytes(conversation(HEAD)), { written, credit }, true) ?? 'nothing';
    assert.equal(said(own.written), 'nothing');
    assert.match(
      said(Buffer.concat([own.written, own.written])),
      /SETTINGS acknowledged that was never sent/,
    );
    assert.match(said(own.written.subarray(0, 20)), /half a frame/);
    // The last frame is the answer to a PING.
    assert.match(said(own.written.subarray(0, -17)), /acknowledges 0 of 1 frames of type 6/);
    const credit = new Map([...own.credit].map(([id, left]) => [id, left + 1]));
    assert.match(said(own.written, credit), /lets \d+ bytes come on 0 where/);
  });
});

test('cases are the same for the same seed, some with octets of their own', () => {
  const made = Array.from({ length: 60 }, (_, index) => makeFramesCase(SEED, index));
  assert.deepEqual(
    made,
    Array.from({ length: 60 }, (_, index) => makeFramesCase(SEED, index)),
  );
  const nudged = made.filter(({ parts }) => parts.length === 1 && parts[0]!.kind === 'bytes');
  assert.ok(nudged.length > 5 && nudged.length < 30, `${nudged.length} of them`);
});

test('a message that nghttp2 reads otherwise does not pass', () => {
  const { own, letter } = judged();
  const head = HEAD.flat();
  const reading = (body: string) => ({
    taken: [{ stream: 1, head, body, trailers: null }],
    isOver: false,
    written: Buffer.alloc(0),
  });
  assert.equal(nghttp2Difference(own, letter, reading('x')), null);
  assert.match(nghttp2Difference(own, letter, reading('xy')) ?? '', /body: x, by nghttp2 xy/);
});

test('header blocks are the same for the same seed, some of them are none, and both readers know which', () => {
  const made = Array.from({ length: 300 }, (_, index) => makeBlocks(SEED, index));
  assert.deepEqual(
    made,
    Array.from({ length: 300 }, (_, index) => makeBlocks(SEED, index)),
  );
  assert.deepEqual(
    made.map(blocksDifference).filter((difference) => difference !== null),
    [],
  );
});

describe(`${CASES} connections of HTTP/2 in memory`, () => {
  let layer: FramesLayer;
  beforeAll(() => {
    layer = new FramesLayer();
  });
  afterAll(() => layer.stop());

  test('are read alike by our engine, by the letter and by nghttp2', async () => {
    const found: string[] = [];
    const tally = await layer.run({ seed: SEED, first: 0, end: CASES }, ({ name, difference }) => {
      found.push(`${name}: ${difference}`);
    });
    assert.deepEqual(found, []);
    // Both what is taken and what is refused must have been looked at, by both.
    assert.equal(tally.cases, CASES);
    assert.ok(tally.taken > CASES, `${tally.taken} messages were taken`);
    assert.ok(tally.alike > CASES / 2, `${tally.alike} by nghttp2`);
    assert.ok(tally.untaken > CASES / 4, `${tally.untaken} were not`);
    assert.ok(tally.ended > CASES / 10, `${tally.ended} connections were ended`);
  });
});
