import assert from 'node:assert/strict';
import { test } from 'vitest';
import { BatchWriter } from '../../src/routing/route-batch.ts';
import { changedPoolOf } from '../support/endpoint.ts';

test('routes that differ in who may call them alone cross with a policy each', () => {
  const policies = [
    null,
    { scope: 'any', sources: ['cf:app:a'] },
    { scope: 'any', sources: ['cf:app:b'] },
    { scope: 'org', sources: ['cf:app:a'] },
    { scope: 'any', sources: [] },
  ];
  const writer = new BatchWriter();
  for (const [id, routePolicy] of policies.entries()) {
    writer.add({ kind: 'pool-put', pool: changedPoolOf(id, id, { routePolicy }) });
  }
  const batch = writer.take(1);
  assert.deepEqual(
    batch.policies.map(({ routePolicy }) => routePolicy),
    policies,
  );
});
