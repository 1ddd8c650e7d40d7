import assert from 'node:assert/strict';
import { describe, test, vi } from 'vitest';
import {
  BAD_START,
  type Fault,
  HEAD_TOO_LARGE,
  TARGET_TOO_LONG,
  TOO_MANY_FIELDS,
} from '../../../src/http/message/fault.ts';
import type { HeadLimits } from '../../../src/http/message/head-limits.ts';
import { FAULT, HeadParser, MORE } from '../../../src/http/message/head-parser.ts';
import type { HeadKind } from '../../../src/http/message/head-state.ts';
import { byteByByte, latin1, readRequest } from '../../support/message-reader.ts';

const ROOMY: HeadLimits = { bytes: 1 << 20, fields: 10_000, target: 1 << 20 };

/** Offset after the head, `MORE`, or the fault: from one piece and from pieces of a size each. */
function parse(text: string, limits: Partial<HeadLimits>, kind: HeadKind = 'request'): number | Fault {
  const bytes = latin1(text);
  const whole = parseIn([bytes], { ...ROOMY, ...limits }, kind);
  for (const size of [1, 7, 1000]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    assert.equal(parseIn(pieces, { ...ROOMY, ...limits }, kind), whole, `in pieces of ${size}`);
  }
  return whole;
}

function parseIn(pieces: readonly Buffer[], limits: HeadLimits, kind: HeadKind): number | Fault {
  const parser = new HeadParser(kind, limits);
  let before = 0;
  for (const piece of pieces) {
    const next = parser.parse(piece, 0, piece.length);
    if (next === FAULT) return parser.fault;
    if (next !== MORE) return before + next;
    before += piece.length;
  }
  return MORE;
}

const START = 'GET / HTTP/1.1\r\n';

describe('S10 bytes of a head', () => {
  const head = `${START}Host: a\r\nX: ${'y'.repeat(5000)}\r\n\r\n`;

  test('exactly at the limit are taken', () =>
    assert.equal(parse(head, { bytes: head.length }), head.length));

  test('§3.3 §3.8 one over the limit are refused', () =>
    assert.equal(parse(head, { bytes: head.length - 1 }), HEAD_TOO_LARGE));

  test('of a body behind it do not count', () => {
    assert.equal(parse(head + 'z'.repeat(5000), { bytes: head.length }), head.length);
  });

  test('are refused as soon as they can only be too many, wherever the limit falls', () => {
    for (let bytes = 1; bytes < 60; bytes++) {
      assert.equal(parse(head.slice(0, bytes - 1), { bytes }), MORE, `${bytes - 1} of ${bytes}`);
      assert.equal(parse(head.slice(0, bytes), { bytes }), HEAD_TOO_LARGE, `${bytes} of ${bytes}`);
    }
  });

  test('are refused in a name, a value and a reason that never end', () => {
    assert.equal(parse(`${START}${'X'.repeat(70_000)}`, { bytes: 65_536 }), HEAD_TOO_LARGE);
    assert.equal(parse(`${START}X: ${'y'.repeat(70_000)}`, { bytes: 65_536 }), HEAD_TOO_LARGE);
    assert.equal(parse(`${START}X:${' '.repeat(70_000)}`, { bytes: 65_536 }), HEAD_TOO_LARGE);
    assert.equal(parse(`HTTP/1.1 200 ${'y'.repeat(70_000)}`, { bytes: 65_536 }, 'response'), HEAD_TOO_LARGE);
  });

  test('B15 hold for a response and K14 for trailers', () => {
    const response = 'HTTP/1.1 200 OK\r\nX: y\r\n\r\n';
    assert.equal(parse(response, { bytes: response.length }, 'response'), response.length);
    assert.equal(parse(response, { bytes: response.length - 1 }, 'response'), HEAD_TOO_LARGE);
    const trailers = 'X: y\r\n\r\n';
    assert.equal(parse(trailers, { bytes: trailers.length }, 'trailers'), trailers.length);
    assert.equal(parse(trailers, { bytes: trailers.length - 1 }, 'trailers'), HEAD_TOO_LARGE);
  });
});

describe('S11 header lines', () => {
  const lines = (count: number) => `${START}${'X: y\r\n'.repeat(count)}\r\n`;

  test('exactly at the limit are taken, none lost', () => {
    const parser = new HeadParser('request', { ...ROOMY, fields: 3000 });
    const bytes = latin1(lines(3000));
    assert.equal(parser.parse(bytes, 0, bytes.length), bytes.length);
    assert.equal(parser.head.count, 3000);
    assert.equal(parser.head.name(2999), 'X');
  });

  test('§3.8 one over the limit are refused', () => {
    for (const fields of [0, 1, 31, 32, 33, 101, 1000]) {
      assert.equal(parse(lines(fields), { fields }), lines(fields).length, `${fields} of ${fields}`);
      assert.equal(parse(lines(fields + 1), { fields }), TOO_MANY_FIELDS, `${fields + 1} of ${fields}`);
    }
  });

  test('B15 K14 hold for a response and for trailers', () => {
    const status = 'HTTP/1.1 200 OK\r\n';
    assert.equal(parse(`${status}${'X: y\r\n'.repeat(3)}\r\n`, { fields: 2 }, 'response'), TOO_MANY_FIELDS);
    assert.equal(parse(`${'X: y\r\n'.repeat(100_000)}\r\n`, { fields: 100 }, 'trailers'), TOO_MANY_FIELDS);
  });

  test('S12 Transfer-Encoding as the 1500th is either read or refused, never overlooked', () => {
    const head = `${START}Host: a\r\n${'X: y\r\n'.repeat(1498)}Transfer-Encoding: chunked\r\n\r\n1\r\nz\r\n0\r\n\r\n`;
    const read = readRequest([latin1(head)], { ...ROOMY, fields: 1500 });
    assert.ok(read.kind === 'message');
    assert.equal(read.body, 'z');
    assert.deepEqual(readRequest([latin1(head)], { ...ROOMY, fields: 1499 }), {
      kind: 'fault',
      in: 'head',
      fault: TOO_MANY_FIELDS,
    });
  });
});

describe('S19 a request target', () => {
  const withTarget = (length: number) => `GET /${'t'.repeat(length - 1)} HTTP/1.1\r\n\r\n`;

  test('exactly at the limit is taken', () => {
    assert.equal(parse(withTarget(8000), { target: 8000 }), withTarget(8000).length);
  });

  test('one over the limit is 414, whether or not it ends', () => {
    assert.equal(parse(withTarget(8001), { target: 8000 }), TARGET_TOO_LONG);
    assert.equal(parse(`GET /${'t'.repeat(70_000)}`, { target: 65_536 }), TARGET_TOO_LONG);
  });
});

test('S15 a hundred thousand empty lines are not waited out', () => {
  assert.equal(parse('\r\n'.repeat(100_000), {}), BAD_START);
  assert.equal(parse('\r\n'.repeat(4), {}), MORE);
});

test('empty lines are counted anew for every request', () => {
  const parser = new HeadParser('request', ROOMY);
  const bytes = latin1(`${'\r\n'.repeat(4)}GET / HTTP/1.1\r\n\r\n`);
  for (let i = 0; i < 3; i++) assert.equal(parser.parse(bytes, 0, bytes.length), bytes.length);
});

test('a parser is as new after each head, also when the heads came in pieces', () => {
  const parser = new HeadParser('request', ROOMY);
  for (const target of ['/a', '/bb', '/c']) {
    const text = `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;
    const pieces = byteByByte(latin1(text));
    const last = pieces.pop()!;
    for (const piece of pieces) {
      assert.equal(parser.parse(piece, 0, 1), MORE);
      assert.equal(parser.unfinished, true);
    }
    assert.equal(parser.parse(last, 0, 1), 1);
    assert.equal(parser.unfinished, false);
    assert.equal(parser.head.target, target);
    assert.equal(parser.head.count, 1);
  }
});

test('no more of an unfinished head is held than the limit and a byte, however it drips in', () => {
  const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow');
  const bytes = 10_000;
  for (const size of [1, 3, 600, 9999]) {
    const parser = new HeadParser('request', { ...ROOMY, bytes });
    const piece = Buffer.alloc(size, 'x');
    parser.parse(latin1(`${START}X: `), 0, START.length + 3);
    while (parser.parse(piece, 0, size) === MORE);
    assert.equal(parser.fault, HEAD_TOO_LARGE);
  }
  const largest = Math.max(...allocate.mock.calls.map(([length]) => length));
  assert.ok(largest <= bytes + 1, `${largest} bytes`);
  assert.ok(allocate.mock.calls.length < 100, `${allocate.mock.calls.length} buffers`);
});
