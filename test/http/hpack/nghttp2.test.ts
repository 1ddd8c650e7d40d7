import assert from 'node:assert/strict';
import { sensitiveHeaders } from 'node:http2';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { HpackDecoder } from '../../../src/http/hpack/decoder.ts';
import { encodeField, encodeStatus } from '../../../src/http/hpack/encoder.ts';
import { decoded } from '../../support/decoded-block.ts';
import { NghttpEncoder, NghttpRequestDecoder, nghttpResponse } from '../../support/hpack-peers.ts';

const PSEUDO = { ':method': 'GET', ':scheme': 'http', ':authority': 'app.test', ':path': '/' };

/** What Node lets through in a value. */
const VALUE_CHARS = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter((char) =>
  /[\t\x20-\x7e\x80-\xff]/.test(char),
);
const shortValue = fc.oneof(
  fc.array(fc.constantFrom(...VALUE_CHARS), { maxLength: 60 }).map((chars) => `<${chars.join('')}>`),
  // Long in code, so that their neighbours decide whether there is any.
  fc.constantFrom(...VALUE_CHARS).map((char) => `${'e'.repeat(40)}${char}${'e'.repeat(40)}`),
  fc.constantFrom(127, 128, 500).map((length) => 'v'.repeat(length)),
  fc.constantFrom('', 'a', 'gzip, deflate'),
);
const longValue = fc.constantFrom(5000, 40_000).map((length) => 'v'.repeat(length));
const name = fc.oneof(
  fc.constantFrom('accept-encoding', 'cookie', 'authorization', 'user-agent', 'x-a', 'x-b', 'x-c'),
  fc.stringMatching(/^x-[a-z0-9_.-]{1,30}$/),
);
/** On one connection. */
function requests(value: fc.Arbitrary<string>) {
  const fields = fc.dictionary(name, value, { maxKeys: 12, noNullPrototype: true });
  return fc.array(fields, { minLength: 1, maxLength: 30 });
}

describe('what nghttp2 has encoded', () => {
  for (const tableSize of [0, 100, 4096, 20_000]) {
    test(`for a table of ${tableSize} octets is read as it was`, async (t) => {
      let most = 0;
      const value = fc.oneof({ weight: 20, arbitrary: shortValue }, { weight: 1, arbitrary: longValue });
      const property = fc.asyncProperty(requests(value), async (all) => {
        const encoder = await NghttpEncoder.start(t, tableSize);
        const decoder = new HpackDecoder(tableSize);
        for (const fields of all) {
          const sent = { ...PSEUDO, ...fields };
          const read = decoded(decoder, await encoder.encode(sent));
          assert.deepEqual(
            read?.map(([own, text]) => [own, text]),
            Object.entries(sent),
          );
          most = Math.max(most, decoder.tableSize);
        }
      });
      await fc.assert(property, { numRuns: 20 });
      assert.ok(tableSize === 0 ? most === 0 : most > 0 && most <= tableSize, `${most} octets`);
    });
  }

  test('as never to be indexed is read as sensitive', async (t) => {
    const encoder = await NghttpEncoder.start(t, 4096);
    const block = await encoder.encode({ ...PSEUDO, 'x-key': 'secret', 'x-other': 'open' }, ['x-key']);
    assert.deepEqual(decoded(new HpackDecoder(), block)!.slice(4), [
      ['x-key', 'secret', true],
      ['x-other', 'open', false],
    ]);
  });
});

describe('what is encoded here', () => {
  const encoded = (fields: Readonly<Record<string, string>>, sensitive: boolean): Buffer => {
    const pieces = Object.entries(fields).map(([own, text]) => encodeField(own, text, sensitive));
    return Buffer.from(pieces.join(''), 'latin1');
  };

  test('is read by nghttp2 as it was', async (t) => {
    const property = fc.asyncProperty(requests(shortValue), async (all) => {
      const peer = await NghttpRequestDecoder.start(t);
      for (const fields of all) {
        const sent = { ...PSEUDO, ...fields };
        assert.deepEqual(await peer.decode(encoded(sent, false)), Object.entries(sent).flat());
      }
    });
    await fc.assert(property, { numRuns: 20 });
  });

  test('is read by nghttp2 with the pseudo-headers of an extended CONNECT', async (t) => {
    const peer = await NghttpRequestDecoder.start(t);
    const all = { ...PSEUDO, ':method': 'CONNECT', ':protocol': 'websocket', 'x-a': 'b' };
    assert.deepEqual(await peer.decode(encoded(all, false)), Object.entries(all).flat());
  });

  test('is read by nghttp2 as a response, and as sensitive where it is', async (t) => {
    for (const status of [200, 204, 404, 418, 500, 599]) {
      const fields = encodeField('Set-Cookie', 'a=b', true) + encodeField('X-Other', 'open', false);
      const block = Buffer.from(encodeStatus(status) + fields, 'latin1');
      const read = await nghttpResponse(t, block);
      assert.equal(read[':status'], status);
      assert.deepEqual([read['set-cookie'], read['x-other']], [['a=b'], 'open']);
      assert.deepEqual((read as Record<symbol, unknown>)[sensitiveHeaders], ['set-cookie']);
    }
  });
});
