import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { latin1, type Outcome, readRequest, readResponse } from '../../support/message-reader.ts';

const BYTES = Array.from({ length: 256 }, (_, byte) => byte);
const TOKENS = bytesOf("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

function bytesOf(text: string): ReadonlySet<number> {
  return new Set(latin1(text));
}

function range(from: number, to: number): number[] {
  return BYTES.filter((byte) => byte >= from && byte <= to);
}

/** The bytes with which `messageWith` makes a message that is understood as wanted. */
function accepted(
  messageWith: (char: string) => Outcome,
  wanted: (outcome: Outcome, char: string) => boolean,
) {
  return new Set(
    BYTES.filter((byte) => {
      const char = String.fromCharCode(byte);
      return wanted(messageWith(char), char);
    }),
  );
}

function request(text: string): Outcome {
  return readRequest([latin1(text)]);
}

const isMessage = (outcome: Outcome) => outcome.kind === 'message';

describe('of all 256 bytes', () => {
  test('S20 the token characters alone can be in a method', () => {
    const bytes = accepted(
      (char) => request(`G${char}T / HTTP/1.1\r\nHost: a\r\n\r\n`),
      (outcome, char) => outcome.kind === 'message' && outcome.meaning['method'] === `G${char}T`,
    );
    assert.deepEqual(bytes, TOKENS);
  });

  test('S17 S18 visible bytes without # alone can be in a target', () => {
    const bytes = accepted(
      (char) => request(`GET /a${char}b HTTP/1.1\r\nHost: a\r\n\r\n`),
      (outcome, char) => outcome.kind === 'message' && outcome.meaning['target'] === `/a${char}b`,
    );
    const visible = [...range(0x21, 0x7e), ...range(0x80, 0xff)];
    assert.deepEqual(bytes, new Set(visible.filter((byte) => byte !== 0x23)));
  });

  test('S06 the token characters alone can be in a field name', () => {
    const bytes = accepted(
      (char) => request(`GET / HTTP/1.1\r\nHost: a\r\nX${char}Y: z\r\n\r\n`),
      (outcome, char) => outcome.kind === 'message' && outcome.fields[1]![0] === `X${char}Y`,
    );
    assert.deepEqual(bytes, TOKENS);
  });

  test('S04 S05 a tab, a space, visible ASCII and obs-text alone can be in a field value', () => {
    const bytes = accepted(
      (char) => request(`GET / HTTP/1.1\r\nHost: a\r\nX: y${char}z\r\n\r\n`),
      (outcome, char) => outcome.kind === 'message' && outcome.fields[1]![1] === `y${char}z`,
    );
    assert.deepEqual(bytes, new Set([9, ...range(0x20, 0x7e), ...range(0x80, 0xff)]));
  });

  test('a space and a tab alone are trimmed off a value', () => {
    const trimmed = (around: (char: string) => string) =>
      accepted(
        (char) => request(`GET / HTTP/1.1\r\nHost: a\r\nX:${around(char)}\r\n\r\n`),
        (outcome) => outcome.kind === 'message' && outcome.fields[1]![1] === 'y',
      );
    assert.deepEqual(
      trimmed((char) => `${char}y`),
      bytesOf('\t '),
    );
    assert.deepEqual(
      trimmed((char) => `y${char}`),
      bytesOf('\t '),
    );
  });

  test('F22 a space and a tab alone can be around chunked', () => {
    for (const around of [(char: string) => `${char}chunked`, (char: string) => `chunked${char}`]) {
      const bytes = accepted(
        (char) => request(`GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:${around(char)}\r\n\r\n0\r\n\r\n`),
        isMessage,
      );
      assert.deepEqual(bytes, bytesOf('\t '));
    }
  });

  test('F22 none can be in chunked', () => {
    const bytes = accepted(
      (char) => request(`GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chu${char}nked\r\n\r\n0\r\n\r\n`),
      isMessage,
    );
    assert.deepEqual(bytes, new Set());
  });

  test('F08 the digits alone can be in a Content-Length', () => {
    const bytes = accepted(
      (char) => request(`GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0${char}0\r\n\r\n${'x'.repeat(90)}`),
      isMessage,
    );
    assert.deepEqual(bytes, bytesOf('0123456789'));
  });

  test('K01 the hexadecimal digits alone can begin a chunk size', () => {
    const bytes = accepted(
      (char) => request(`GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${char}0\r\n`),
      (outcome) => outcome.kind === 'incomplete',
    );
    assert.deepEqual(bytes, bytesOf('0123456789abcdefABCDEF'));
  });

  test('H04 host-name characters, and a colon before a port, alone can be in a Host', () => {
    const bytes = accepted((char) => request(`GET / HTTP/1.1\r\nHost: a${char}1\r\n\r\n`), isMessage);
    assert.deepEqual(
      bytes,
      bytesOf(":-._~!$&'()*+;=0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
    );
  });

  test('E10 a head is plain only without quotation marks, backslashes and all that does not print', () => {
    const plain = range(0x20, 0x7e).filter((byte) => byte !== 0x22 && byte !== 0x5c);
    const inTarget = accepted(
      (char) => request(`GET /a${char}b HTTP/1.1\r\nHost: a\r\n\r\n`),
      (outcome) => outcome.kind === 'message' && outcome.meaning['plain'] === true,
    );
    assert.deepEqual(inTarget, new Set(plain.filter((byte) => byte !== 0x20 && byte !== 0x23)));
    const inValue = accepted(
      (char) => request(`GET / HTTP/1.1\r\nHost: a\r\nX: y${char}z\r\nY: z\r\n\r\n`),
      (outcome) => outcome.kind === 'message' && outcome.meaning['plain'] === true,
    );
    assert.deepEqual(inValue, new Set(plain));
  });

  test('B16 a tab, a space, visible ASCII and obs-text alone can be in a reason', () => {
    const bytes = accepted(
      (char) => readResponse([latin1(`HTTP/1.1 200 O${char}K\r\n\r\n`)], true),
      (outcome, char) => outcome.kind === 'message' && outcome.meaning['reason'] === `O${char}K`,
    );
    assert.deepEqual(bytes, new Set([9, ...range(0x20, 0x7e), ...range(0x80, 0xff)]));
  });
});
