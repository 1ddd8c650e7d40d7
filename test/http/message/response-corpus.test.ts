import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { UNTIL_CLOSE } from '../../../src/http/message/framing.ts';
import { byteByByte, cut, latin1, type Outcome, readResponse } from '../../support/message-reader.ts';
import { BAD_RESPONSES, GOOD_RESPONSES, INCOMPLETE_RESPONSES } from '../../support/response-corpus.ts';

const NEXT = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstray!';

/** The one outcome of these bytes, however they are cut. */
function outcomeOf(raw: string, toHead = false): Outcome {
  const bytes = latin1(raw);
  const whole = readResponse([bytes], toHead);
  assert.deepEqual(readResponse(byteByByte(bytes), toHead), whole, 'byte by byte');
  for (let at = 0; at <= bytes.length; at++) {
    assert.deepEqual(readResponse(cut(bytes, at), toHead), whole, `cut after ${at} bytes`);
  }
  return whole;
}

describe('a good response is understood alike however it is cut, and ends where it ends', () => {
  for (const { name, raw, toHead, meaning, fields, body, trailers } of GOOD_RESPONSES) {
    test(name, () => {
      const outcome = outcomeOf(raw, toHead);
      assert.ok(outcome.kind === 'message', JSON.stringify(outcome));
      assert.equal(outcome.consumed, raw.length);
      assert.partialDeepStrictEqual(outcome.meaning, meaning);
      if (fields !== undefined) assert.deepEqual(outcome.fields, fields);
      if (body !== undefined) assert.equal(outcome.body, body);
      if (trailers !== undefined) assert.deepEqual(outcome.trailers, trailers);
      if (meaning['bodyLength'] === UNTIL_CLOSE) return;
      assert.deepEqual(outcomeOf(raw + NEXT, toHead), outcome, 'B08 with another glued on');
    });
  }
});

describe('a bad response is refused with one fault however it is cut', () => {
  for (const { name, raw, toHead, fault } of BAD_RESPONSES) {
    test(name, () => {
      const outcome = outcomeOf(raw, toHead);
      assert.ok(outcome.kind === 'fault', JSON.stringify(outcome));
      assert.equal(outcome.fault, fault);
    });
  }
});

describe('what may still become good is waited for', () => {
  for (const { name, raw } of INCOMPLETE_RESPONSES) {
    test(name, () => assert.deepEqual(outcomeOf(raw), { kind: 'incomplete' }));
  }
});
