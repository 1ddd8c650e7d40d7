import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv, pbkdf2Sync } from 'node:crypto';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { open, sign, signingKey } from '../../src/route-service/signature.ts';

const KEY = signingKey('a secret of the platform');
const OTHER = signingKey('the one before');
const NOW = Date.parse('2026-01-02T03:04:05.678Z');
const URL_SENT = 'https://app.example.com/a%20b?x=1';

/** A service that follows the published protocol with nothing but Node's own crypto. */
const service = {
  key: pbkdf2Sync('a secret of the platform', Buffer.alloc(0), 100_001, 16, 'sha256'),
  read(signature: string, metadata: string) {
    const { nonce } = JSON.parse(Buffer.from(metadata, 'base64url').toString());
    const sealed = Buffer.from(signature, 'base64url');
    const decipher = createDecipheriv('aes-128-gcm', this.key, Buffer.from(nonce, 'base64'));
    decipher.setAuthTag(sealed.subarray(-16));
    return JSON.parse(decipher.update(sealed.subarray(0, -16)).toString() + decipher.final('utf8'));
  },
  write(content: unknown, nonce = Buffer.alloc(12, 7)) {
    const cipher = createCipheriv('aes-128-gcm', this.key, nonce);
    const sealed = Buffer.concat([
      cipher.update(JSON.stringify(content)),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    return {
      signature: sealed.toString('base64').replaceAll('+', '-').replaceAll('/', '_'),
      metadata: Buffer.from(JSON.stringify({ nonce: nonce.toString('base64') })).toString('base64'),
    };
  },
};

describe('§4.3 a signature', () => {
  test('is read by a service that knows the secret', () => {
    const { signature, metadata } = sign(URL_SENT, NOW, KEY);
    assert.deepEqual(service.read(signature, metadata), {
      forwarded_url: URL_SENT,
      requested_time: '2026-01-02T03:04:05.678Z',
    });
  });

  test('made by another router, with nanoseconds and a zone, is read', () => {
    const made = service.write({
      forwarded_url: URL_SENT,
      requested_time: '2026-01-02T04:04:05.678912345+01:00',
    });
    assert.deepEqual(open(made, [KEY]), { forwardedUrl: URL_SENT, requestedAt: NOW });
  });

  test('comes back as it was made, for any URL, with either of two secrets', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.boolean(), (url, old) => {
        const headers = sign(url, NOW, old ? OTHER : KEY);
        assert.deepEqual(open(headers, [KEY, OTHER]), { forwardedUrl: url, requestedAt: NOW });
      }),
    );
  });

  test('is padded base64 for URLs', () => {
    for (let length = 0; length < 8; length++) {
      const { signature, metadata } = sign('x'.repeat(length), NOW, KEY);
      for (const text of [signature, metadata])
        assert.match(text, /^(?:[\w-]{4})*(?:[\w-]{2}==|[\w-]{3}=)?$/);
    }
  });
});

describe('§4.4 a signature is refused', () => {
  const good = sign(URL_SENT, NOW, KEY);
  const nonce = (bytes: number) =>
    Buffer.from(JSON.stringify({ nonce: Buffer.alloc(bytes).toString('base64') })).toString('base64');
  const cases: readonly [string, { signature: string; metadata: string }, string][] = [
    ['without metadata', { ...good, metadata: '' }, 'No metadata found'],
    [
      'with metadata that is no base64',
      { ...good, metadata: '*' },
      'illegal base64 data in X-CF-Proxy-Metadata',
    ],
    ['with metadata that is no JSON', { ...good, metadata: 'eHh4' }, 'invalid JSON in X-CF-Proxy-Metadata'],
    ['with a short nonce', { ...good, metadata: nonce(11) }, 'incorrect nonce length'],
    ['with a nonce of its own', { ...good, metadata: nonce(12) }, 'cipher: message authentication failed'],
    ['that is no base64', { ...good, signature: 'a b=' }, 'illegal base64 data in X-CF-Proxy-Signature'],
    ['shorter than its tag', { ...good, signature: 'AAAA' }, 'cipher: message authentication failed'],
    ['with another secret', sign(URL_SENT, NOW, OTHER), 'cipher: message authentication failed'],
    ['that holds no JSON object', service.write(null), 'invalid JSON in X-CF-Proxy-Signature'],
    [
      'without a URL',
      service.write({ requested_time: '2026-01-02T03:04:05Z' }),
      'invalid JSON in X-CF-Proxy-Signature',
    ],
    [
      'without a time',
      service.write({ forwarded_url: '', requested_time: 'now' }),
      'invalid time in X-CF-Proxy-Signature',
    ],
  ];
  for (const [what, headers, reason] of cases) {
    test(what, () => assert.equal(open(headers, [KEY]), reason));
  }

  test('when any bit of it is changed', () => {
    const bytes = Buffer.from(good.signature, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      const text = changed.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
      assert.equal(open({ ...good, signature: text }, [KEY]), 'cipher: message authentication failed');
    }
  });

  test('whatever it is, without a throw', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (signature, metadata) => {
        assert.equal(typeof open({ signature, metadata }, [KEY, OTHER]), 'string');
      }),
    );
  });
});
