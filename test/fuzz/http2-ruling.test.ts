import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { type Ruling, rulingOf } from '../../fuzz/http2/ruling.ts';
import {
  asking,
  data,
  END_STREAM,
  frame,
  headers,
  PREFACE,
  resetStream,
  settings,
  TYPE,
  uint32,
  windowUpdate,
} from '../support/raw-http2.ts';

const HEAD = headers(1, asking(), 0);
const WHOLE = headers(1, asking());
const OPEN = frame(TYPE.headers, 0, 1, Buffer.from([0x82]));
const priority = (bytes: number[]) => frame(TYPE.priority, 0, 1, Buffer.from(bytes));
const large = (type: number) => frame(type, 0, 1, Buffer.alloc(16_385));

function ruling(...said: readonly Buffer[]): Ruling {
  return rulingOf(Buffer.concat([PREFACE, settings(), ...said]));
}

const ENDS: Readonly<Record<string, readonly Buffer[]>> = {
  'DATA on an idle stream': [data(1, 'x')],
  'DATA on a stream that was passed over': [headers(5, asking()), data(3, 'x')],
  'a stream of an even number': [headers(2, asking())],
  'a stream below the last': [headers(5, asking()), headers(3, asking())],
  'RST_STREAM on an idle stream': [resetStream(1)],
  'WINDOW_UPDATE by nothing on the connection': [windowUpdate(0, 0)],
  'a window of the connection beyond the largest': [windowUpdate(0, 2 ** 31 - 1)],
  'something within a header block': [OPEN, data(1, 'x')],
  'CONTINUATION of another stream': [OPEN, frame(TYPE.continuation, 4, 3, Buffer.alloc(0))],
  'a header block that is none': [frame(TYPE.headers, 4, 1, Buffer.from([0xff]))],
  'padding longer than its frame': [HEAD, frame(TYPE.data, 8, 1, Buffer.from([9, 0]))],
  'SETTINGS of a window beyond the largest': [settings([4, 2 ** 31])],
  'a PING of 7 bytes': [frame(TYPE.ping, 0, 0, Buffer.alloc(7))],
  'a HEADERS frame too large': [large(TYPE.headers)],
  PUSH_PROMISE: [HEAD, frame(TYPE.pushPromise, 4, 1, uint32(2))],
};

const GOES_ON: Readonly<Record<string, readonly Buffer[]>> = {
  'a request and its body': [HEAD, data(1, 'x', END_STREAM)],
  'a header block in pieces': [OPEN, frame(TYPE.continuation, 4, 1, Buffer.from([0x84]))],
  'WINDOW_UPDATE by nothing on a stream': [HEAD, windowUpdate(1, 0)],
  'a PRIORITY on itself': [HEAD, priority([0, 0, 0, 1, 0])],
  'what behind a reset says nothing': [HEAD, resetStream(1), windowUpdate(1, 1), resetStream(1)],
  'frames of no known type': [frame(0x77, 255, 9, Buffer.alloc(9))],
};

const EITHER: Readonly<Record<string, readonly Buffer[]>> = {
  'DATA behind the end': [WHOLE, data(1, 'x')],
  'HEADERS behind a reset': [HEAD, resetStream(1), WHOLE],
  'whatever comes behind GOAWAY': [frame(TYPE.goaway, 0, 0, Buffer.alloc(8)), windowUpdate(0, 0)],
  'a DATA frame too large': [HEAD, large(TYPE.data)],
  'a frame that is not whole': [HEAD, data(1, 'xx').subarray(0, 10)],
  'the head of a frame that is not whole': [HEAD, data(1, 'xx').subarray(0, 4)],
};

for (const [connection, cases] of Object.entries({ ends: ENDS, 'goes on': GOES_ON, either: EITHER })) {
  for (const [name, said] of Object.entries(cases)) {
    test(`${name}: ${connection}`, () => assert.equal(ruling(...said).connection, connection));
  }
}

test('who does not begin as HTTP/2 does is ended', () => {
  assert.equal(rulingOf(Buffer.from('GET / HTTP/1.1\r\n\r\n')).connection, 'ends');
  assert.equal(rulingOf(Buffer.concat([PREFACE, WHOLE])).connection, 'ends');
});

describe('of a server that was asked on stream 1', () => {
  const reply = (...said: readonly Buffer[]) =>
    rulingOf(Buffer.concat([settings(), ...said]), 'server').connection;
  const response = headers(1, [[':status', '200']]);

  test('a response goes on, and so does a priority on itself, which means nothing', () => {
    assert.equal(reply(response), 'goes on');
    assert.equal(reply(priority([0, 0, 0, 1, 0]), response), 'goes on');
  });

  test('it ends for what no server says', () => {
    assert.equal(reply(headers(3, [[':status', '200']])), 'ends');
    assert.equal(reply(headers(2, [[':status', '200']])), 'ends');
    assert.equal(reply(settings([2, 1])), 'ends');
    assert.equal(reply(frame(0x10, 0, 0, uint32(1))), 'ends');
  });
});

test('what is said of streams is told in its order, up to their end', () => {
  const heard: unknown[] = [];
  const said = [HEAD, data(1, 'x', END_STREAM), data(1, 'y'), headers(3, asking(), 0), resetStream(3)];
  rulingOf(Buffer.concat([PREFACE, settings(), ...said]), 'client', {
    onBlock: (stream, fields, ends) => heard.push([stream, fields.length, ends]),
    onData: (stream, content, ends) => heard.push([stream, content.toString(), ends]),
    onReset: (stream) => heard.push([stream, 'reset']),
    onWrong: (stream) => heard.push([stream, 'wrong']),
  });
  const streams = [
    [1, 4, false],
    [1, 'x', true],
    [1, 'wrong'],
    [3, 4, false],
    [3, 'reset'],
  ];
  assert.deepEqual(heard, streams);
});

test('streams are named on which something is wrong', () => {
  const wrong = (...said: readonly Buffer[]) => [...ruling(...said).wrong];
  assert.deepEqual(wrong(WHOLE), []);
  assert.deepEqual(wrong(WHOLE, headers(3, asking()), data(3, 'x')), [3]);
  assert.deepEqual(wrong(WHOLE, windowUpdate(1, 2 ** 31 - 1)), [1]);
  assert.deepEqual(wrong(WHOLE, priority([0, 0, 0, 1, 0])), [1]);
  assert.deepEqual(wrong(HEAD, windowUpdate(1, 0)), [1]);
});
