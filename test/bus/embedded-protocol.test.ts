import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { type ClientOperations, ClientProtocolParser } from '../../src/bus/embedded/protocol.ts';

const MAX_PAYLOAD = 64;

/** Everything the parser reports for these pieces, as one list. */
function parse(pieces: readonly Buffer[]): string[] {
  const seen: string[] = [];
  const operations: ClientOperations = {
    connect: (options) => seen.push(`CONNECT${options}`),
    admits: () => true,
    ping: () => seen.push('PING'),
    pong: () => seen.push('PONG'),
    subscribe: (subject, queue, sid) => seen.push(`SUB ${subject} [${queue}] ${sid}`),
    unsubscribe: (sid, max) => seen.push(`UNSUB ${sid} ${max}`),
    publish: (subject, reply, message, headerLength) =>
      seen.push(`PUB ${subject} [${reply}] ${headerLength} ${message.toString('hex')}`),
  };
  const parser = new ClientProtocolParser(operations, MAX_PAYLOAD);
  for (const piece of pieces) {
    const violation = parser.push(piece);
    if (violation !== undefined) seen.push(`violation: ${violation}`);
  }
  return seen;
}

function parseText(text: string): string[] {
  return parse([Buffer.from(text, 'latin1')]);
}

function cut(input: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const length of lengths) {
    pieces.push(input.subarray(at, at + length));
    at += length;
  }
  return [...pieces, input.subarray(at)];
}

const word = fc.string({ unit: fc.constantFrom(...'abc.*>09'), minLength: 1, maxLength: 8 });
const payload = fc.uint8Array({ maxLength: MAX_PAYLOAD + 1 }).map((bytes) => Buffer.from(bytes));
const operation = fc.oneof(
  fc.constantFrom('PING\r\n', 'PONG\n', 'ping \r\n', 'CONNECT {"name":"a b"}\r\n', 'UNSUB 1 2\r\n'),
  fc.array(word, { minLength: 2, maxLength: 3 }).map((words) => `SUB ${words.join(' ')}\r\n`),
  fc
    .tuple(fc.array(word, { minLength: 1, maxLength: 2 }), payload)
    .map(([words, bytes]) => `PUB ${words.join('\t')} ${bytes.length}\r\n${bytes.toString('latin1')}\r\n`),
  fc
    .tuple(word, payload, fc.nat(MAX_PAYLOAD))
    .map(
      ([subject, bytes, header]) =>
        `HPUB ${subject} ${header} ${bytes.length}\r\n${bytes.toString('latin1')}\r\n`,
    ),
  // Anything at all: must only ever end in a violation.
  fc.string({ unit: fc.constantFrom(...'PUBSINGH 019\r\n\t'), maxLength: 12 }),
);

test('what is reported does not depend on where the input is split', () => {
  const lengths = fc.array(fc.nat(40), { maxLength: 30 });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 12 }), lengths, (operations, sizes) => {
      const input = Buffer.from(operations.join(''), 'latin1');
      assert.deepEqual(parse(cut(input, sizes)), parse([input]));
    }),
  );
});

test('every operation is reported with its parts', () => {
  const input =
    'CONNECT {"name":"r\u00c3\u00b6uter"}\r\nPING\r\nPONG\r\nSUB a.> 7\r\nSUB a.* workers 8\r\nUNSUB 7\r\n' +
    'UNSUB 8 5\r\nPUB a 2\r\nhi\r\nPUB a re.ply 0\r\n\r\nHPUB a re 12 14\r\nNATS/1.0\r\n\r\nhi\r\n';
  assert.deepEqual(parseText(input), [
    'CONNECT{"name":"röuter"}',
    'PING',
    'PONG',
    'SUB a.> [] 7',
    'SUB a.* [workers] 8',
    'UNSUB 7 0',
    'UNSUB 8 5',
    'PUB a [] 0 6869',
    'PUB a [re.ply] 0 ',
    'PUB a [re] 12 4e4154532f312e300d0a0d0a6869',
  ]);
});

test('a wrong number of arguments, or one that is no number, is named with its operation', () => {
  const cases = {
    SUB: ['SUB', 'SUB a', 'SUB a b c d'],
    UNSUB: ['UNSUB', 'UNSUB 1 2 3', 'UNSUB 1 x', 'UNSUB 1 -1'],
    PUB: ['PUB', 'PUB 1', 'PUB a b c 1', 'PUB a x', 'PUB a -1', 'PUB a 1.5', 'PUB a 0x1', 'PUB a 1000000000'],
    HPUB: ['HPUB a 1', 'HPUB a b c 1 1', 'HPUB a 2 1', 'HPUB a x 1', 'HPUB a 1 x'],
  };
  for (const [name, lines] of Object.entries(cases)) {
    for (const line of lines) {
      assert.deepEqual(parseText(`${line}\r\nPING\r\n`), [`violation: Parser Error in ${name}`], line);
    }
  }
});

test('a message may be as large as allowed and not a byte larger, headers included', () => {
  const full = 'x'.repeat(MAX_PAYLOAD);
  assert.equal(parseText(`PUB a ${MAX_PAYLOAD}\r\n${full}\r\n`).length, 1);
  assert.deepEqual(parseText(`PUB a ${MAX_PAYLOAD + 1}\r\n`), ['violation: Maximum Payload Violation']);
  assert.deepEqual(parseText(`HPUB a 1 ${MAX_PAYLOAD + 1}\r\n`), ['violation: Maximum Payload Violation']);
});

test('a control line may have 4096 bytes, whether its end has arrived or not', () => {
  const longest = `SUB ${'a'.repeat(4089)} 1`;
  assert.equal(longest.length, 4095);
  assert.equal(parseText(`${longest}\r\n`).length, 1);
  for (const line of [`${longest}11`, `${longest}1\r\n`]) {
    assert.deepEqual(parseText(line), ['violation: maximum control line exceeded']);
  }
});

test('what cannot become an operation is refused at its first byte', () => {
  assert.deepEqual(parseText('\x16'), ['violation: Unknown Protocol Operation']);
});

test('nothing is reported after a violation', () => {
  assert.deepEqual(parse([Buffer.from('PING\r\nFOO\r\nPING\r\n'), Buffer.from('PING\r\n')]), [
    'PING',
    'violation: Unknown Protocol Operation',
  ]);
});

test('control characters never become part of a subject', () => {
  assert.deepEqual(parseText('SUB a\x00b 1\r\nSUB c\x1b 2\r\n'), ['SUB a [b] 1', 'SUB c [] 2']);
});

test('a message that arrives in one piece is not copied', () => {
  const input = Buffer.from('PUB a 2\r\nhi\r\n');
  let published: Buffer | undefined;
  const ignore = () => {};
  const operations: ClientOperations = {
    connect: ignore,
    admits: () => true,
    ping: ignore,
    pong: ignore,
    subscribe: ignore,
    unsubscribe: ignore,
    publish: (_subject, _reply, message) => {
      published = message;
    },
  };
  new ClientProtocolParser(operations, MAX_PAYLOAD).push(input);
  assert.equal(published?.buffer, input.buffer);
});
