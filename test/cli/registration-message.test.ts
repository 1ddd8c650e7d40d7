import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { announcedTimes, type Registration, registrationFields } from '../../src/bus/registration.ts';
import { decodeRouteMessage } from '../../src/bus/route-message.ts';
import { decodeTcpRouteMessage } from '../../src/bus/tcp-route-message.ts';

const bare = {
  uris: ['a.b'],
  tcp: null,
  host: '::1',
  port: 80,
  tlsPort: null,
  certificateName: '',
  protocol: '',
  app: null,
  instanceId: null,
  instanceIndex: null,
  isolationSegment: '',
  tags: {},
  loadBalancing: null,
  hashHeader: '',
  requestTimeout: '',
  routeServiceUrl: '',
} as const;

function sent(registration: Registration): unknown {
  return JSON.parse(JSON.stringify(registrationFields(registration)));
}

test('what is not set is left out of the message', () => {
  assert.deepEqual(sent(bare), { uris: ['a.b'], host: '::1', port: 80 });
});

test('the router reads back what was announced', () => {
  const json = JSON.stringify(
    registrationFields({
      ...bare,
      app: 'guid',
      instanceId: 'one',
      instanceIndex: '0',
      tags: { component: 'x' },
      loadBalancing: 'least-connection',
    }),
  );
  const decoded = decodeRouteMessage(new TextEncoder().encode(json));
  assert.ok(decoded.ok);
  const { address, appId, instanceId, instanceIndex, tags, loadBalancing } = decoded.message;
  assert.deepEqual(decoded.problems, []);
  assert.deepEqual([address, appId, instanceId, instanceIndex], ['[::1]:80', 'guid', 'one', '0']);
  assert.deepEqual(tags, { component: 'x' });
  assert.equal(loadBalancing, 'least-connection');
});

test('the router reads back what an agent says of TLS, balancing, times and services', () => {
  const json = JSON.stringify(
    registrationFields({
      ...bare,
      tlsPort: 8443,
      certificateName: 'app.internal',
      protocol: 'http2',
      isolationSegment: 'blue',
      loadBalancing: 'hash',
      hashHeader: 'X-User',
      requestTimeout: '90000ms',
      routeServiceUrl: 'https://service.example.com',
    }),
  );
  const decoded = decodeRouteMessage(new TextEncoder().encode(json));
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.problems, []);
  const { message } = decoded;
  assert.deepEqual([message.port, message.tls, message.serverCertDomainSan], [8443, true, 'app.internal']);
  assert.deepEqual([message.protocol, message.isolationSegment], ['http2', 'blue']);
  assert.deepEqual(
    [message.loadBalancing, message.hashHeader, message.requestTimeout],
    ['hash', 'x-user', 90_000],
  );
  assert.equal(message.routeServiceUrl, 'https://service.example.com');
});

test('the router reads back a TCP route', () => {
  const fields = registrationFields({
    ...bare,
    uris: [],
    tcp: { port: 5000, serverName: 'db.test' },
    instanceId: 'one',
  });
  const decoded = decodeTcpRouteMessage(new TextEncoder().encode(JSON.stringify(fields)));
  assert.ok(decoded.ok);
  const { port, sni, host, backendPort, instanceId } = decoded.registration;
  assert.deepEqual([port, sni, host, backendPort, instanceId], [5000, 'db.test', '::1', 80, 'one']);
});

test('the interval a router asks for is at least a second and at most a day, and nothing else counts as one', () => {
  assert.equal(announcedTimes('{"minimumRegisterIntervalInSeconds":5}').interval, 5);
  assert.equal(announcedTimes('{"minimumRegisterIntervalInSeconds":0.1}').interval, 1);
  // A timer of so many milliseconds would run at once, and again.
  assert.equal(announcedTimes('{"minimumRegisterIntervalInSeconds":1e300}').interval, 86_400);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      for (const seconds of Object.values(announcedTimes(text))) {
        assert.ok(seconds === null || (seconds >= 1 && seconds <= 86_400));
      }
    }),
  );
  for (const text of [
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '{}',
    '{"minimumRegisterIntervalInSeconds":0}',
    '{"minimumRegisterIntervalInSeconds":-1}',
    '{"minimumRegisterIntervalInSeconds":"5"}',
  ]) {
    assert.equal(announcedTimes(text).interval, null, text);
  }
});
