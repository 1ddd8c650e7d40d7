import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { before, test } from 'node:test';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { MAX_HELLO_BYTES, readClientHello } from '../../src/tls/client-hello.ts';

/** What Node's own TLS client sends first. */
async function captured(servername: string): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, servername });
  client.on('error', () => {});
  const [socket] = await once(server, 'connection');
  const [bytes] = await once(socket, 'data');
  socket.destroy();
  client.destroy();
  server.close();
  return bytes;
}

let hello: Buffer;
let nameless: Buffer;
before(async () => {
  hello = await captured('db.example.com');
  nameless = await captured('');
});

/** The same handshake in records of these many bytes. */
function inRecords(bytes: Buffer, size: number): Buffer {
  const handshake = bytes.subarray(5);
  const pieces: Buffer[] = [];
  for (let at = 0; at < handshake.length; at += size) {
    const piece = handshake.subarray(at, at + size);
    pieces.push(Buffer.from([22, 3, 1, piece.length >> 8, piece.length & 0xff]), piece);
  }
  return Buffer.concat(pieces);
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
