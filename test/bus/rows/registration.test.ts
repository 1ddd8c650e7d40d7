import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { NatsRawClient } from '../../support/nats-raw-client.ts';
import { RegistryFixture } from '../../support/registry-fixture.ts';
import { routeBus } from '../../support/route-bus.ts';

const GOOD = { host: '10.0.0.1', port: 80, uris: ['a.test'] };
const MIB = 1024 * 1024;

describe('C11 what agents may say on the bus', () => {
  test('C11-01 what is no message is one log line, and changes nothing', async (t) => {
    const { table, log, send } = await routeBus(t);
    const payloads = {
      'no JSON': 'hello',
      empty: '',
      'cut short': JSON.stringify(GOOD).slice(0, -2),
      'a megabyte of junk': 'x'.repeat(MIB - 1),
      'deeply nested': '['.repeat(100_000),
      'a byte order mark': `\ufeff${JSON.stringify(GOOD)}`,
      'NaN for a port': '{"host":"10.0.0.1","port":NaN,"uris":["a.test"]}',
      'a number as a string': JSON.stringify({ ...GOOD, port: '80' }),
      'a string as a number': JSON.stringify({ ...GOOD, private_instance_index: 0 }),
      'an array': '[1]',
      'no UTF-8': Uint8Array.of(0x22, 0xff, 0x22),
    };
    for (const [what, payload] of Object.entries(payloads)) {
      log.lines.length = 0;
      await send('router.register', payload);
      assert.deepEqual(log.messages, ['validation-error'], what);
      assert.equal(log.lines[0]!.level, 'error');
      assert.deepEqual(table.changes, [], what);
    }
    await send('router.register', GOOD);
    assert.deepEqual(table.addresses('a.test'), ['10.0.0.1:80']);
  });

  test('C11-01 doubled and __proto__ keys mean what they mean to JSON, and nothing more', async (t) => {
    const { table, send } = await routeBus(t);
    await send(
      'router.register',
      '{"host":"10.0.0.1","port":1,"port":80,"uris":["a.test"],"__proto__":{"host":"10.6.6.6"},"tags":{"__proto__":"x"}}',
    );
    assert.deepEqual(table.addresses('a.test'), ['10.0.0.1:80']);
    assert.equal(({} as Record<string, unknown>)['host'], undefined);
  });

  test('C11-02 a port that is none refuses the message', async (t) => {
    const { table, log, send } = await routeBus(t);
    for (const port of [-1, 65_536, 8080.5, '8080', true, '1e400']) {
      await send('router.register', { ...GOOD, port });
    }
    await send('router.register', { ...GOOD, port: 0 });
    assert.deepEqual(table.changes, []);
    assert.equal(log.messages.filter((message) => message === 'validation-error').length, 7);
  });

  test('C11-02 hosts: none is refused, names and both kinds of addresses are taken', async (t) => {
    const { table, send } = await routeBus(t);
    await send('router.register', { ...GOOD, host: '' }, { port: 80, uris: ['a.test'] });
    assert.equal(table.registry.poolCount, 0);
    for (const host of ['backend.internal', '[fd00::1]', '10.0.0.1']) {
      await send('router.register', { ...GOOD, host });
    }
    assert.deepEqual(table.addresses('a.test'), ['backend.internal:80', '[fd00::1]:80', '10.0.0.1:80']);
  });

  test('C11-02 bad uris are left out, their siblings are routes', async (t) => {
    const { table, log, send } = await routeBus(t);
    const bad = ['a b', 'a\u0000b', 'http://c.test', '', 'a.*.com', '*'];
    await send('router.register', { ...GOOD, uris: [...bad, 'UPPER.Test/Path', 'good.test'] });
    assert.deepEqual(Object.keys(table.registry.routes()).sort(), ['good.test', 'upper.test/path']);
    assert.equal(log.messages.filter((message) => message === 'validation-error').length, 1);
    const many = Array.from({ length: 900 }, (_, each) => `many-${each}.test`);
    await send('router.register', { ...GOOD, uris: many }, { host: '10.0.0.1', port: 80 });
    assert.equal(table.registry.poolCount, 902);
  });

  test('C11-03 a route service without https refuses the message', async (t) => {
    const { table, log, send } = await routeBus(t);
    await send('router.register', { ...GOOD, route_service_url: 'http://service.test' });
    assert.deepEqual(table.changes, []);
    assert.match(String(log.lines[0]!.data['error']), /route_service_url must be https/);
  });

  test('C11-05 two applications may share a route, and the log tells which they are', async (t) => {
    const { table, log, send } = await routeBus(t);
    await send('router.register', { ...GOOD, app: 'one' }, { ...GOOD, host: '10.0.0.2', app: 'two' });
    assert.deepEqual(table.addresses('a.test'), ['10.0.0.1:80', '10.0.0.2:80']);
    const told = log.lines.filter(({ message }) => message === 'endpoint-registered');
    assert.deepEqual(
      told.map(({ data }) => data['application_id']),
      ['one', 'two'],
    );
  });

  test('C11-07 a wildcard stands for whole first labels only', async (t) => {
    const { table, send } = await routeBus(t);
    await send('router.register', {
      ...GOOD,
      uris: ['*.a.test', '*.com', '*', 'b.*.com', '*b.test', '**.c'],
    });
    assert.deepEqual(Object.keys(table.registry.routes()).sort(), ['*.a.test', '*.com']);
  });

  test('C11-09 unregistering what is not there, or is there no longer, has no effect', async (t) => {
    const { table, send } = await routeBus(t);
    await send('router.register', GOOD);
    table.takeChanges();
    await send('router.unregister', { ...GOOD, uris: ['b.test'] }, { ...GOOD, port: 81 });
    assert.deepEqual(table.takeChanges(), []);
    await send('router.unregister', GOOD);
    assert.ok(table.takeChanges().length > 0);
    await send('router.unregister', GOOD);
    assert.deepEqual(table.takeChanges(), []);
  });

  test('C11-10 a mass unregistration gives everything back', async (t) => {
    const { table, send } = await routeBus(t, new RegistryFixture({}, 20_000));
    const messages = Array.from({ length: 20_000 }, (_, each) => ({
      host: `10.1.${each >> 8}.${each & 255}`,
      port: 80,
      uris: [`route-${each}.test`],
    }));
    for (const round of [1, 2]) {
      await send('router.register', ...messages);
      assert.equal(table.registry.endpointCount, 20_000, `round ${round}: every slot is free again`);
      await send('router.unregister', ...messages);
      assert.deepEqual([table.registry.poolCount, table.registry.endpointCount], [0, 0]);
    }
  });

  test('C11-11 of a flapping endpoint the last word counts, and nothing is left behind', async (t) => {
    const { table, send } = await routeBus(t, new RegistryFixture({}, 4));
    for (let each = 0; each < 2000; each++) {
      await send('router.register', { ...GOOD, tags: { component: `c-${each}` } });
      await send('router.unregister', GOOD);
    }
    assert.equal(table.registry.endpointCount, 0);
    assert.ok(table.tally.components.size <= 257);
    await send('router.register', GOOD);
    assert.deepEqual(table.addresses('a.test'), ['10.0.0.1:80']);
  });

  test('C11-14 endpoint_updated_at_ns may be any time, and has no say in how long an endpoint lives', async (t) => {
    const { table, send } = await routeBus(t);
    const stamps = ['0', '-1', '1', '4102444800000000000', '9223372036854775807', '-9223372036854775808'];
    for (const [index, stamp] of stamps.entries()) {
      const message = JSON.stringify({ ...GOOD, host: `10.0.0.${index}` });
      await send('router.register', `${message.slice(0, -1)},"endpoint_updated_at_ns":${stamp}}`);
    }
    await send(
      'router.register',
      `{"host":"10.6.6.6","port":80,"uris":["a.test"],"endpoint_updated_at_ns":"1"}`,
    );
    assert.equal(table.addresses('a.test')!.length, stamps.length);
    table.now = 120_000;
    table.prune(true);
    assert.equal(table.addresses('a.test')!.length, stamps.length);
    table.now = 120_001;
    table.prune(true);
    assert.equal(table.registry.poolCount, 0);
  });

  test('C11-20 greetings are answered once each, and answers to our own subjects start nothing', async (t) => {
    const { table, port, log, send } = await routeBus(t);
    const agent = await NatsRawClient.connect(port);
    t.onTestFinished(() => void agent.socket.destroy());
    agent.send('CONNECT {"verbose":false}\r\nSUB _INBOX.x 1\r\n');
    agent.send('PUB router.greet _INBOX.x 0\r\n\r\n'.repeat(2000));
    for (const subject of ['router.greet', 'router.register', 'router.unregister']) {
      agent.send(`PUB router.greet ${subject} 0\r\n\r\n`);
    }
    agent.send('PUB router.greet 0\r\n\r\n');
    await agent.roundTrip();
    await send('router.register', GOOD);
    await agent.roundTrip();
    await agent.roundTrip();
    assert.equal(agent.received.split('MSG _INBOX.x').length - 1, 2000);
    assert.deepEqual(table.addresses('a.test'), ['10.0.0.1:80']);
    assert.equal(table.registry.poolCount, 1);
    assert.ok(log.lines.length < 10);
  });

  test('C11-22 §1.5 the bus carries no modification tags: the last registration counts, however old its stamp', async (t) => {
    const { table, send } = await routeBus(t);
    await send('router.register', { ...GOOD, app: 'new', endpoint_updated_at_ns: 2000 });
    await send('router.register', { ...GOOD, app: 'old', endpoint_updated_at_ns: 1000 });
    const [change] = table.changes.slice(-1);
    assert.ok(change?.kind === 'endpoint-put');
    assert.equal(change.endpoint.appId, 'old');
  });
});
