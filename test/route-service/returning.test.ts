import assert from 'node:assert/strict';
import { test } from 'vitest';
import { judge, strayed } from '../../src/route-service/returning.ts';
import { sign, signingKey } from '../../src/route-service/signature.ts';

const KEY = signingKey('secret');

test('§4.4 a signature is good until its time is over, and not a millisecond longer', () => {
  const headers = sign('https://app.example.com/', 1_000, KEY);
  assert.equal(judge(headers, [KEY], 61_000, 60_000).kind, 'valid');
  assert.equal(judge(headers, [KEY], 61_001, 60_000).kind, 'expired');
});

test('§4.4 a signature that cannot be opened is invalid, however old', () => {
  const headers = sign('https://app.example.com/', 0, KEY);
  assert.deepEqual(judge(headers, [signingKey('another')], 1e12, 1), {
    kind: 'invalid',
    reason: 'cipher: message authentication failed',
  });
});

test('§4.4 a service may change the path within the route, not the route', () => {
  const app = { host: 'app.example.com', contextPath: '/v1' };
  const url = 'https://app.example.com/v1/x';
  assert.equal(strayed(app, url, { ...app }), null);
  assert.equal(
    strayed(app, url, { ...app, contextPath: '/' }),
    'route service forwarded URL app.example.com/ does not match the original request URL app.example.com/v1/x',
  );
  assert.equal(
    strayed(null, `${url}?token=secret`, app),
    'original request URL app.example.com/v1/x does not exist in the routing table',
    'the query, which may hold anything, is not repeated',
  );
});
