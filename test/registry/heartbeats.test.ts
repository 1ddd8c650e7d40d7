import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { decodeRouteMessage } from '../../src/bus/route-message.ts';
import { RegistryFixture } from '../support/registry-fixture.ts';

interface Said {
  readonly uris: readonly string[];
  readonly port: number;
  readonly app: string;
  readonly segment: string;
}

/** In two spellings, so that the same may be said with other bytes. */
function payloadOf({ uris, port, app, segment }: Said, spelling: boolean): Buffer {
  const fields = { host: '10.0.0.1', port, uris, app, isolation_segment: segment, tags: { component: app } };
  return Buffer.from(JSON.stringify(fields, null, spelling ? 1 : 0));
}

/** What the subscriber does with a message; `knows`: whether messages are known again by their bytes. */
function say(fixture: RegistryFixture, payload: Buffer, knows: boolean): void {
  const { registry } = fixture;
  const digest = registry.digestOf(payload);
  if (knows && registry.refresh(digest)) return;
  const decoded = decodeRouteMessage(payload);
  assert.ok(decoded.ok);
  registry.register(decoded.message, knows ? digest : undefined);
}

const said = fc.record({
  uris: fc.array(fc.constantFrom('a.com', 'A.com', 'b.com', 'c.com/x'), { maxLength: 3 }),
  port: fc.integer({ min: 1, max: 2 }),
  app: fc.constantFrom('one', 'two'),
  segment: fc.constantFrom('', '', 'foreign'),
});
const story = fc.array(said, { minLength: 1, maxLength: 5 }).chain((messages) => {
  const message = fc.constantFrom(...messages);
  const spelling = fc.boolean();
  return fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('register' as const), message, spelling }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('unregister' as const), message, spelling }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('prune' as const), connected: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const), which: fc.nat(3) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(70_000) }) },
    ),
    { maxLength: 60, size: 'max' },
  );
});

test('a table that knows heartbeats by their bytes is at all times the one that decodes each of them', () => {
  fc.assert(
    fc.property(fc.boolean(), story, (keepEmptyPools, steps) => {
      const options = {
        keepEmptyPools,
        emptyPoolTimeout: 50_000,
        suspendPruning: true,
        sharding: { mode: 'segments', segments: [''] },
      } as const;
      const [knowing, plain] = [new RegistryFixture(options), new RegistryFixture(options)];
      for (const step of steps) {
        for (const fixture of [knowing, plain]) {
          if (step.do === 'wait') fixture.now += step.ms;
          else if (step.do === 'prune') fixture.prune(step.connected);
          else if (step.do === 'fail') fail(fixture, step.which);
          else if (step.do === 'register') {
            say(fixture, payloadOf(step.message, step.spelling), fixture === knowing);
          } else {
            const decoded = decodeRouteMessage(payloadOf(step.message, step.spelling));
            if (decoded.ok) fixture.registry.unregister(decoded.message);
          }
        }
        assert.deepEqual(knowing.changes, plain.changes);
        assert.deepEqual(knowing.log.lines, plain.log.lines);
        assert.deepEqual(knowing.tally, plain.tally);
        assert.equal(knowing.registry.millisecondsSinceUpdate(), plain.registry.millisecondsSinceUpdate());
      }
      assert.deepEqual(knowing.snapshot(), plain.snapshot());
    }),
    { numRuns: 500 },
  );
});

/** A proxy thread finds one of the endpoints to be another. */
function fail(fixture: RegistryFixture, which: number): void {
  const changes = fixture.snapshot();
  const puts = changes.flatMap((change) => (change.kind === 'endpoint-put' ? change : []));
  const put = puts[which % puts.length];
  if (put === undefined) return;
  const pool = changes.find((change) => change.kind === 'pool-put' && change.pool.id === put.pool);
  assert.ok(pool?.kind === 'pool-put');
  const { address, backend } = put.endpoint;
  fixture.registry.pruneFailed({ pool: put.pool, routeKey: pool.pool.routeKey, address, seat: backend.seat });
}
