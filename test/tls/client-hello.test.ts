import assert from 'node:assert/strict';
import fc from 'fast-check';
import { beforeAll, test } from 'vitest';
import { ClientHelloReader, type HelloResult, MAX_HELLO_BYTES } from '../../src/tls/client-hello.ts';
import { helloOf, inRecords } from '../support/client-hello.ts';

let hello: Buffer;
let nameless: Buffer;
beforeAll(async () => {
  hello = await helloOf('db.example.com');
  nameless = await helloOf('');
});

function readClientHello(bytes: Buffer): HelloResult {
  return new ClientHelloReader().add(bytes);
}

function kindOf(bytes: Buffer): string {
  return readClientHello(bytes).kind;
}

test('the name is read from a hello in one record or in many', () => {
  for (const size of [1, 3, 100, 16_000]) {
    assert.deepEqual(readClientHello(inRecords(hello, size)), {
      kind: 'hello',
      serverName: 'db.example.com',
    });
  }
});

test('a hello without a name has none', () => {
  assert.deepEqual(readClientHello(nameless), { kind: 'hello', serverName: '' });
});

test('a hello cut anywhere is partial', () => {
  for (let cut = 0; cut < hello.length; cut++) assert.equal(kindOf(hello.subarray(0, cut)), 'partial');
});

test('what follows the hello does not matter', () => {
  assert.equal(kindOf(Buffer.concat([hello, Buffer.from('early data')])), 'hello');
});

test('other protocols are not TLS from their first bytes on', () => {
  for (const text of [
    'GET / HTTP/1.1\r\n',
    'SSH-2.0-x',
    '*1\r\n$4\r\nPING\r\n',
    '\x16\x02\x00',
    '\x80\x2e',
  ]) {
    assert.equal(kindOf(Buffer.from(text, 'latin1')), 'not-tls', JSON.stringify(text));
  }
});

test('a handshake longer than the bound is too long, before it has come', () => {
  assert.equal(kindOf(Buffer.from([22, 3, 1, 0x3f, 0xff, 1, 0, 0x50, 0])), 'too-long');
});

test('broken lengths and other handshakes are malformed', () => {
  assert.equal(kindOf(Buffer.from([22, 3, 1, 0, 0])), 'malformed');
  assert.equal(kindOf(Buffer.from([22, 3, 1, 0xff, 0xff])), 'malformed');
  assert.equal(kindOf(Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])), 'malformed');
  assert.equal(kindOf(Buffer.from([22, 3, 1, 0, 5, 1, 0, 0, 1, 3])), 'malformed');
});

test('no bytes whatever throw, nor does a damaged hello, and nothing stays partial for ever', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const result = kindOf(Buffer.concat([bytes, Buffer.alloc(3 * MAX_HELLO_BYTES)]));
      assert.notEqual(result, 'partial');
    }),
  );
  fc.assert(
    fc.property(fc.nat(hello.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
      const damaged = Buffer.from(hello);
      damaged[at] = byte;
      readClientHello(damaged);
    }),
  );
});

test('a hello is read alike in whatever pieces it comes', () => {
  const sent = Buffer.concat([inRecords(hello, 90), Buffer.from('early data')]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }), (sizes) => {
      const reader = new ClientHelloReader();
      let result: HelloResult = { kind: 'partial' };
      for (let at = 0, turn = 0; at < sent.length && result.kind === 'partial'; turn++) {
        const size = sizes[turn % sizes.length]!;
        result = reader.add(sent.subarray(at, at + size));
        at += size;
      }
      assert.deepEqual(result, { kind: 'hello', serverName: 'db.example.com' });
    }),
  );
});
