import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { crc32c } from '../../src/proxy-protocol/crc32c.ts';
import { MAX_HEADER_BYTES, type ProxyHeader, type ProxyRead } from '../../src/proxy-protocol/header.ts';
import { ipv6Bytes, ipv6Text } from '../../src/proxy-protocol/ip-address.ts';
import { readProxyHeader, V2_SIGNATURE } from '../../src/proxy-protocol/read.ts';
import { proxyHeaderBytes } from '../../src/proxy-protocol/write.ts';

const port = fc.integer({ min: 0, max: 65_535 });
const v4 = fc.ipV4();
const v6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => ipv6Text(bytes, 0));
const proxied = fc.oneof(fc.tuple(v4, v4), fc.tuple(v6, v6)).chain(([source, destination]) =>
  fc.record({
    kind: fc.constant('proxied' as const),
    source: fc.constant(source),
    sourcePort: port,
    destination: fc.constant(destination),
    destinationPort: port,
  }),
);
const header: fc.Arbitrary<ProxyHeader> = fc.oneof(
  proxied.map((each) => ({ ...each })),
  fc.constant({ kind: 'local' as const }),
);
const version = fc.constantFrom('v1' as const, 'v2' as const);

function read(bytes: Buffer | string): ProxyRead {
  const buffer = Buffer.from(bytes as string, 'latin1');
  return readProxyHeader(buffer, 0, buffer.length);
}

function faultOf(bytes: Buffer | string): string {
  const result = read(bytes);
  return result.kind === 'fault' ? result.fault : result.kind;
}

/** A v2 header for TCP over IPv4 with these extensions. */
function v2(extensions: Buffer, command = 0x21, family = 0x11): Buffer {
  const block = Buffer.concat([Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 0, 80, 1, 187]), extensions]);
  const fixed = Buffer.from([command, family, block.length >> 8, block.length & 0xff]);
  return Buffer.concat([V2_SIGNATURE, fixed, block]);
}

test('C12-E02 what is written is read again, whatever follows it', () => {
  fc.assert(
    fc.property(version, header, fc.uint8Array({ maxLength: 40 }), (which, wanted, rest) => {
      const bytes = proxyHeaderBytes(which, wanted);
      const result = read(Buffer.concat([bytes, rest]));
      assert.deepEqual(result, { kind: 'header', header: wanted, length: bytes.length });
    }),
  );
});

test('C12-E02 a header cut anywhere is partial, never a fault and never read', () => {
  fc.assert(
    fc.property(version, header, (which, wanted) => {
      const bytes = proxyHeaderBytes(which, wanted);
      for (let cut = 0; cut < bytes.length; cut++) assert.equal(faultOf(bytes.subarray(0, cut)), 'partial');
    }),
  );
});

test('C12-E02 no bytes whatever throw, take more than is there, or stay partial beyond the bound', () => {
  const beginning = fc.constantFrom(Buffer.from('PROXY '), V2_SIGNATURE, Buffer.alloc(0));
  fc.assert(
    fc.property(beginning, fc.uint8Array({ maxLength: 300 }), (front, rest) => {
      const bytes = Buffer.concat([front, rest]);
      const result = read(bytes);
      if (result.kind === 'header') assert.ok(result.length <= bytes.length);
      const long = Buffer.concat([bytes, Buffer.alloc(MAX_HEADER_BYTES)]);
      assert.notEqual(read(long).kind, 'partial');
    }),
  );
});

test('C12-E02 a missing header is a fault at the first byte that cannot be one', () => {
  assert.equal(faultOf('G'), 'no-header');
  assert.equal(faultOf('GET / HTTP/1.1\r\n\r\n'), 'no-header');
  assert.equal(faultOf('PROX '), 'no-header');
  assert.equal(faultOf('\r\n\r\nGET'), 'no-header');
});

test('C12-E02 a v1 line of more than 107 bytes is too long', () => {
  assert.equal(faultOf(`PROXY UNKNOWN ${'x'.repeat(91)}\r\n`), 'header');
  assert.equal(faultOf(`PROXY UNKNOWN ${'x'.repeat(92)}\r\n`), 'too-long');
  assert.equal(faultOf(`PROXY TCP4 ${'1'.repeat(200)}`), 'too-long');
});

for (const [what, line] of [
  ['ends with a line feed alone', 'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n'],
  ['has a leading zero', 'PROXY TCP4 01.2.3.4 5.6.7.8 1 2\r\n'],
  ['has a port above 65535', 'PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n'],
  ['has a signed port', 'PROXY TCP4 1.2.3.4 5.6.7.8 +1 2\r\n'],
  ['lacks a port', 'PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n'],
  ['has two spaces', 'PROXY TCP4 1.2.3.4  5.6.7.8 1 2\r\n'],
  ['is of the wrong family', 'PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n'],
  ['is of no family', 'PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n'],
  ['is written small', 'PROXY tcp4 1.2.3.4 5.6.7.8 1 2\r\n'],
] as const) {
  test(`C12-E02 a v1 line that ${what} is malformed`, () => assert.equal(faultOf(line), 'malformed'));
}

test('C12-E02 v1 UNKNOWN counts as local', () => {
  assert.deepEqual(read('PROXY UNKNOWN\r\nrest'), { kind: 'header', header: { kind: 'local' }, length: 15 });
});

test('C12-E02 v2 LOCAL counts as local and its addresses are ignored', () => {
  const result = read(v2(Buffer.from([9, 9]), 0x20, 0x11));
  assert.deepEqual(result, { kind: 'header', header: { kind: 'local' }, length: 30 });
});

test('C12-E02 v2 with a length that its addresses or extensions do not fit is malformed', () => {
  const short = v2(Buffer.alloc(0));
  short.writeUInt16BE(11, 14);
  assert.equal(faultOf(short), 'malformed');
  assert.equal(faultOf(v2(Buffer.from([1, 0]))), 'malformed');
  assert.equal(faultOf(v2(Buffer.from([1, 0, 2, 0]))), 'malformed');
});

test('C12-E02 v2 of another version, command or family is malformed, and a huge length too long', () => {
  assert.equal(faultOf(v2(Buffer.alloc(0), 0x11)), 'malformed');
  assert.equal(faultOf(v2(Buffer.alloc(0), 0x22)), 'malformed');
  assert.equal(faultOf(v2(Buffer.alloc(0), 0x21, 0x41)), 'malformed');
  const huge = v2(Buffer.alloc(0));
  huge.writeUInt16BE(0xffff, 14);
  assert.equal(faultOf(huge), 'too-long');
});

test('C12-E02 v2 with a wrong checksum is refused and with the right one accepted', () => {
  const bytes = v2(Buffer.from([3, 0, 4, 0, 0, 0, 0]));
  const at = bytes.length - 4;
  bytes.writeUInt32BE(crc32c(bytes, 0, bytes.length, at), at);
  assert.equal(faultOf(bytes), 'header');
  bytes[at]! ^= 1;
  assert.equal(faultOf(bytes), 'bad-checksum');
});

test('the checksum is the one of RFC 3720', () => {
  assert.equal(crc32c(Buffer.from('123456789'), 0, 9, 99), 0xe3069283);
});

test('addresses of IPv6 survive being written out', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      assert.deepEqual(ipv6Bytes(ipv6Text(bytes, 0)), [...bytes]);
    }),
  );
  assert.equal(ipv6Text(Buffer.from(ipv6Bytes('2001:DB8:0:0:1:0:0:1')!), 0), '2001:db8::1:0:0:1');
  assert.equal(ipv6Bytes('::ffff:1.2.3.4')?.length, 16);
  for (const bad of ['1::2::3', '1:2', ':1:2:3:4:5:6:7:8', '12345::', '1:2:3:4:5:6:7::8:9', 'g::']) {
    assert.equal(ipv6Bytes(bad), null, bad);
  }
});
