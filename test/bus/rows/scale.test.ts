import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { roundRobin } from '../../../src/balancer/round-robin.ts';
import { decodeRouteMessage } from '../../../src/bus/route-message.ts';
import { Replica, startOf } from '../../../src/routing/replica.ts';
import { BatchWriter, type RouteBatch } from '../../../src/routing/route-batch.ts';
import { SILENT } from '../../../src/telemetry/silent-log.ts';
import { RegistryFixture } from '../../support/registry-fixture.ts';
import { routeBus } from '../../support/route-bus.ts';

const MIB = 1024 * 1024;

/** A table, and a replica that is told of its changes the way a thread is, when asked. */
function followed(slots: number) {
  const fixture = new RegistryFixture({ log: SILENT }, slots);
  fixture.registry.onChange((change) => writer.add(change));
  const writer = new BatchWriter();
  const replica = new Replica(fixture.records.reader, () => roundRobin);
  /** Bytes are about what crosses to each thread. */
  const tell = (): RouteBatch => {
    fixture.changes.length = 0;
    const batch = writer.take(0);
    replica.apply(startOf(structuredClone(batch)));
    return batch;
  };
  const register = (fields: object) => {
    const payload = Buffer.from(JSON.stringify(fields));
    const digest = fixture.registry.digestOf(payload);
    if (fixture.registry.refresh(digest)) return 'known';
    const decoded = decodeRouteMessage(payload);
    assert.ok(decoded.ok);
    fixture.registry.register(decoded.message, digest);
    return 'new';
  };
  return { ...fixture, registry: fixture.registry, replica, tell, register };
}

describe('C11 very many routes', () => {
  const INSTANCES = 20_000;
  const message = (each: number) => ({
    host: `10.${each >> 16}.${(each >> 8) & 255}.${each & 255}`,
    port: 8080,
    uris: [`app-${each}.test`, `*.app-${each}.test/v1`],
    app: `app-${each}`,
  });

  test('C11-08 are all found, heartbeats say nothing to the threads, and when they go nothing stays', () => {
    const { registry, replica, tell, register, records, epochs } = followed(INSTANCES);
    for (let each = 0; each < INSTANCES; each++) assert.equal(register(message(each)), 'new');
    const { codes, texts } = tell();
    assert.equal(registry.poolCount, 2 * INSTANCES);
    assert.ok(codes.length <= 18 * INSTANCES && texts.length === 0, 'a few numbers each');
    const asked = Math.ceil(INSTANCES / 97);
    for (let each = 0; each < INSTANCES; each += 97) {
      assert.equal(replica.match(`app-${each}.test`, '/any')?.endpoints[0]?.appId, `app-${each}`);
      assert.equal(replica.match(`x.y.app-${each}.test`, '/v1/x')?.endpoints[0]?.appId, `app-${each}`);
    }
    assert.equal([...replica.backends].length, asked, 'of those that were asked');
    assert.equal(replica.match('app.test', '/'), null);
    for (let each = 0; each < INSTANCES; each++) assert.equal(register(message(each)), 'known');
    assert.equal(tell().codes.length, 0);
    const size = records.size;
    for (let round = 0; round < 2; round++) {
      for (let each = 0; each < INSTANCES; each++) {
        const decoded = decodeRouteMessage(Buffer.from(JSON.stringify(message(each))));
        if (decoded.ok) registry.unregister(decoded.message);
      }
      assert.deepEqual([registry.poolCount, registry.endpointCount], [0, 0]);
      tell();
      // As if the thread had said that it has applied this.
      epochs.next();
      assert.equal([...replica.backends].length, 0);
      assert.equal(replica.match('app-0.test', '/'), null);
      for (let each = 0; each < INSTANCES; each++) register(message(each));
      tell();
    }
    // Seats of later generations are longer numbers.
    assert.ok(records.size < 1.1 * size, 'places are used again');
  });

  test('C11-08 a route of very many endpoints takes each of them once', () => {
    const { replica, tell, register } = followed(INSTANCES);
    for (let each = 0; each < INSTANCES; each++) register({ ...message(each), uris: ['many.test'] });
    tell();
    const pool = replica.match('many.test', '/')!;
    assert.equal(pool.endpoints.length, INSTANCES);
    assert.equal(pool.find(`10.0.0.7:8080`)?.appId, 'app-7');
  });
});

describe('X12 what one message can do', () => {
  test('X12 of a message with very many uris so many are routes as take no time that is felt', async (t) => {
    const { table, log, send } = await routeBus(t);
    const uris = Array.from({ length: 100_000 }, (_, each) => `${each}.t`);
    await send('router.register', { host: '10.0.0.1', port: 80, uris });
    assert.equal(table.registry.poolCount, 10_000);
    assert.match(
      String(log.lines.find(({ level }) => level === 'warn')!.data['error']),
      /100000.*at most 10000/,
    );
  });

  test('X12 a message above a megabyte is refused before it is looked into', () => {
    const payload = Buffer.alloc(10 * MIB, '[');
    const decoded = decodeRouteMessage(payload);
    assert.ok(!decoded.ok);
    assert.match(decoded.error, /10485760 bytes long/);
  });

  for (const [what, text] of [
    ['arrays in arrays', '['.repeat(MIB)],
    ['objects in objects', '{"a":'.repeat(MIB / 5)],
    ['arrays in arrays that end', `{"x":${'['.repeat(MIB / 2 - 10)}${']'.repeat(MIB / 2 - 10)}}`],
    ['digits', `{"endpoint_updated_at_ns":${'9'.repeat(MIB - 100)},"uris":["a.test"]}`],
    ['a number with a megabyte of zeroes', `{"port":1${'0'.repeat(MIB - 100)},"uris":["a.test"]}`],
    ['one uri of a megabyte', `{"host":"10.0.0.1","port":1,"uris":["${'a/'.repeat(MIB / 2 - 30)}"]}`],
  ] as const) {
    test(`X12 ${what}: no route, and no more than one problem`, () => {
      const fixture = new RegistryFixture();
      const decoded = decodeRouteMessage(Buffer.from(text));
      if (decoded.ok) {
        assert.ok(decoded.problems.length >= 1 || decoded.message.uris.length === 0);
        fixture.registry.register(decoded.message);
      }
      assert.equal(fixture.registry.poolCount, 0);
    });
  }
});
