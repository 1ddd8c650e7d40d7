import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { byteByByte, cut, latin1, type Outcome, readRequest } from '../../support/message-reader.ts';
import {
  BAD_BODIES,
  BAD_HEADS,
  type BadRequest,
  GOOD_REQUESTS,
  INCOMPLETE_REQUESTS,
} from '../../support/request-corpus.ts';

const NEXT = 'GET /next HTTP/1.1\r\nHost: b.test\r\n\r\n';

/** The one outcome of these bytes, however they are cut. */
function outcomeOf(raw: string): Outcome {
  const bytes = latin1(raw);
  const whole = readRequest([bytes]);
  assert.deepEqual(readRequest(byteByByte(bytes)), whole, 'byte by byte');
  for (let at = 0; at <= bytes.length; at++) {
    assert.deepEqual(readRequest(cut(bytes, at)), whole, `cut after ${at} bytes`);
  }
  return whole;
}

describe('a good request is understood alike however it is cut, and ends where it ends', () => {
  for (const { name, raw, meaning = {}, fields, body, trailers } of GOOD_REQUESTS) {
    test(name, () => {
      const outcome = outcomeOf(raw);
      assert.ok(outcome.kind === 'message', JSON.stringify(outcome));
      assert.equal(outcome.consumed, raw.length);
      assert.partialDeepStrictEqual(outcome.meaning, meaning);
      if (fields !== undefined) assert.deepEqual(outcome.fields, fields);
      if (body !== undefined) assert.equal(outcome.body, body);
      if (trailers !== undefined) assert.deepEqual(outcome.trailers, trailers);
      assert.deepEqual(outcomeOf(raw + NEXT), outcome, 'with another behind it');
    });
  }
});

function refuses({ name, raw, fault }: BadRequest, where: 'head' | 'body'): void {
  test(name, () => {
    const expected = { kind: 'fault', in: where, fault };
    assert.deepEqual(outcomeOf(raw), expected);
    assert.deepEqual(outcomeOf(raw + NEXT), expected, 'with another behind it');
  });
}

describe('a bad head is refused with one fault however it is cut', () => {
  for (const request of BAD_HEADS) refuses(request, 'head');
});

describe('a bad body is refused with one fault however it is cut', () => {
  for (const request of BAD_BODIES) refuses(request, 'body');
});

describe('what may still become good is waited for', () => {
  for (const { name, raw } of INCOMPLETE_REQUESTS) {
    test(name, () => assert.deepEqual(outcomeOf(raw), { kind: 'incomplete' }));
  }
});

test('F28 F30 requests on one connection are read one after the other, up to the bad one', () => {
  const good = GOOD_REQUESTS.filter(({ raw }) => !raw.startsWith('\r\n'));
  let rest = latin1(`${good.map(({ raw }) => raw).join('')}GET / HTTP/9.9\r\n\r\n`);
  for (const { name, raw } of good) {
    const outcome = readRequest([rest]);
    assert.ok(outcome.kind === 'message', name);
    assert.equal(outcome.consumed, raw.length, name);
    rest = rest.subarray(outcome.consumed);
  }
  assert.equal(readRequest([rest]).kind, 'fault');
});
