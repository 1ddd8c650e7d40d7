import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { announcedTimes, registrationMessage } from '../../src/bus/registration.ts';
import { decodeRouteMessage } from '../../src/bus/route-message.ts';

const bare = {
  uris: ['a.b'],
  host: '::1',
  port: 80,
  app: null,
  instanceId: null,
  instanceIndex: null,
  tags: {},
  loadBalancing: null,
} as const;

test('what is not set is left out of the message', () => {
  assert.deepEqual(JSON.parse(registrationMessage(bare)), { uris: ['a.b'], host: '::1', port: 80 });
});

test('the router reads back what was announced', () => {
  const json = registrationMessage({
    ...bare,
    app: 'guid',
    instanceId: 'one',
    instanceIndex: '0',
    tags: { component: 'x' },
    loadBalancing: 'least-connection',
  });
  const decoded = decodeRouteMessage(new TextEncoder().encode(json));
  assert.ok(decoded.ok);
  const { address, appId, instanceId, instanceIndex, tags, loadBalancing } = decoded.message;
  assert.deepEqual(decoded.problems, []);
  assert.deepEqual([address, appId, instanceId, instanceIndex], ['[::1]:80', 'guid', 'one', '0']);
  assert.deepEqual(tags, { component: 'x' });
  assert.equal(loadBalancing, 'least-connection');
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
