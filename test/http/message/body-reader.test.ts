import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { BodyReader } from '../../../src/http/message/body-reader.ts';
import { BAD_CHUNK_SIZE } from '../../../src/http/message/fault.ts';
import { type BodyLength, CHUNKED, UNTIL_CLOSE } from '../../../src/http/message/framing.ts';
import { FAULT } from '../../../src/http/message/head-parser.ts';
import { byteByByte, cut, fieldsOf, LIMITS, latin1 } from '../../support/message-reader.ts';

interface Read {
  readonly body: string;
  /** Bytes that were not the body's. */
  readonly rest: string;
  readonly done: boolean;
}

function readAll(reader: BodyReader, length: BodyLength, pieces: readonly Buffer[]): Read {
  let body = '';
  let rest = '';
  reader.begin(length);
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    const end = reader.read(bytes, 0, bytes.length);
    assert.notEqual(end, FAULT);
    body += bytes.toString('latin1', reader.dataStart, reader.dataEnd);
    rest += bytes.toString('latin1', end);
  }
  return { body, rest, done: reader.isDone };
}

const content = fc.string({ unit: fc.constantFrom('\r', '\n', '0', 'x', '\xff'), maxLength: 40 });
const lengths = fc.array(fc.nat(12), { maxLength: 10 });

describe('the body of a message', () => {
  test('ends where its framing says, however it is cut, and the reader is as new for the next', () => {
    const reader = new BodyReader(LIMITS, 'client');
    const chunked = (body: string) =>
      body === '' ? '0\r\n\r\n' : `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    fc.assert(
      fc.property(content, content, fc.boolean(), lengths, (body, behind, inChunks, sizes) => {
        const bytes = latin1((inChunks ? chunked(body) : body) + behind);
        for (const pieces of [[bytes], cut(bytes, ...sizes), byteByByte(bytes)]) {
          const read = readAll(reader, inChunks ? CHUNKED : body.length, pieces);
          assert.deepEqual(read, { body, rest: behind, done: true });
        }
      }),
      { numRuns: 500 },
    );
  });

  test('of length 0 is over before anything is read', () => {
    const reader = new BodyReader(LIMITS, 'client');
    assert.equal(reader.isDone, true);
    reader.begin(0);
    assert.equal(reader.isDone, true);
    assert.equal(reader.read(latin1('xGETx'), 1, 4), 1);
    assert.equal(reader.dataStart, reader.dataEnd);
  });

  test('that lasts until the close takes everything and is never over', () => {
    const reader = new BodyReader(LIMITS, 'client');
    assert.deepEqual(readAll(reader, UNTIL_CLOSE, cut(latin1('0\r\n\r\nabc'), 3)), {
      body: '0\r\n\r\nabc',
      rest: '',
      done: false,
    });
    assert.equal(reader.endsWithConnection, true);
    reader.begin(CHUNKED);
    assert.equal(reader.endsWithConnection, false);
  });

  test('shorter than its framing says is not over', () => {
    const reader = new BodyReader(LIMITS, 'client');
    assert.deepEqual(readAll(reader, 5, [latin1('1234')]), { body: '1234', rest: '', done: false });
    assert.deepEqual(readAll(reader, CHUNKED, [latin1('2\r\nxy\r\n')]), {
      body: 'xy',
      rest: '',
      done: false,
    });
  });

  test('may be as long as a number can count', () => {
    const reader = new BodyReader(LIMITS, 'client');
    assert.equal(readAll(reader, Number.MAX_SAFE_INTEGER, [latin1('x')]).done, false);
  });

  test('in chunks that are none is a fault, which is named', () => {
    const reader = new BodyReader(LIMITS, 'client');
    reader.begin(CHUNKED);
    assert.equal(reader.read(latin1('xyz'), 0, 3), FAULT);
    assert.equal(reader.fault, BAD_CHUNK_SIZE);
    assert.equal(reader.isDone, false);
  });

  test('may have trailers, which are not those of the body before', () => {
    const reader = new BodyReader({ ...LIMITS, fields: 1 }, 'client');
    const bytes = latin1('0\r\nX-Sum: 1\r\n\r\n');
    readAll(reader, CHUNKED, [bytes]);
    assert.deepEqual(fieldsOf(reader.trailers!), [['X-Sum', '1']]);
    readAll(reader, CHUNKED, [bytes]);
    assert.deepEqual(fieldsOf(reader.trailers!), [['X-Sum', '1']], 'the limit is counted anew');
    readAll(reader, 0, []);
    assert.equal(reader.trailers, null);
  });
});
