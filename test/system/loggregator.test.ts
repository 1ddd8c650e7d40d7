import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { Backend, ok } from '../support/backend.ts';
import { readMessage } from '../support/envelope-reader.ts';
import { ask, get } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

/** Of an envelope. */
const [TYPE, LOG, VALUE, COUNTER, TAGS] = [2, 8, 9, 10, 17];

type Envelope = Record<number, unknown[]>;

async function agent(t: TestContext) {
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  const envelopes: Envelope[] = [];
  socket.on('message', (bytes) => envelopes.push(readMessage(bytes, [LOG, VALUE, COUNTER, TAGS])));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const until = async (wanted: (envelope: Envelope) => boolean): Promise<Envelope> => {
    for (;;) {
      const found = envelopes.find(wanted);
      if (found !== undefined) return found;
      await once(socket, 'message');
    }
  };
  return { address: `127.0.0.1:${socket.address().port}`, until };
}

const part = (envelope: Envelope, field: number) => envelope[field]![0] as Record<number, unknown[]>;

test('§6.6 an application gets its lines as logs of source RTR, with the tags of its endpoint', async (t) => {
  const { address, until } = await agent(t);
  const router = await TestRouter.start(t, {
    index: 7,
    enable_envelope_v1_metrics: false,
    logging: { loggregator_enabled: true, metron_address: address },
  });
  const backend = await Backend.start(t, () => ok('hello'));
  await router.route('app.test', backend.port, { app: 'app-1', tags: { component: 'web', space: 's' } });
  await ask(router.port, get('nobody.test', '/other'));
  await ask(router.port, get('app.test', '/told'));
  const envelope = await until((each) => String(part(each, LOG)[1]![0]).includes('/told'));
  assert.deepEqual([envelope[1], envelope[TYPE]], [['gorouter'], [5n]]);
  const log = part(envelope, LOG);
  assert.match(String(log[1]![0]), /^app\.test - \[.*"GET \/told HTTP\/1\.1" 200 .* app_id:"app-1"/);
  assert.deepEqual([log[2], log[4], log[5], log[6]], [[1n], ['app-1'], ['RTR'], ['7']]);
  const sent = Number(log[3]![0] as bigint) / 1e6;
  assert.ok(Math.abs(sent - Date.now()) < 60_000);
  assert.deepEqual(envelope[TAGS], [
    { 1: ['component'], 2: ['web'] },
    { 1: ['space'], 2: ['s'] },
  ]);
});

test('§6.5 counters and gauges go to Loggregator in batches, some of them even while they are 0', {
  timeout: 60_000,
}, async (t) => {
  const { address, until } = await agent(t);
  const router = await TestRouter.start(t, { logging: { metron_address: address } });
  await ask(router.port, get('nobody.test'));
  const named = (field: number, name: string) => (envelope: Envelope) =>
    envelope[field] !== undefined && part(envelope, field)[1]![0] === name;
  const rejected = part(await until(named(COUNTER, 'rejected_requests')), COUNTER);
  assert.deepEqual([rejected[2], rejected[3]], [[1n], [1n]]);
  const still = part(await until(named(COUNTER, 'responses.5xx')), COUNTER);
  assert.deepEqual([still[2], still[3]], [[0n], [0n]]);
  const routes = part(await until(named(VALUE, 'total_routes')), VALUE);
  assert.deepEqual(routes[2], [0]);
  const { 2: value, 3: unit } = part(await until(named(VALUE, 'ms_since_last_registry_update')), VALUE);
  assert.deepEqual([value, unit], [[-1], ['ms']]);
});
