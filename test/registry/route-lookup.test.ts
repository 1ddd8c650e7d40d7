import assert from 'node:assert/strict';
import { test } from 'vitest';
import { RegistryFixture, routeMessage } from '../support/registry-fixture.ts';

test('a lookup tells the route, the routes considered, and the endpoints', () => {
  const { registry } = new RegistryFixture({ keepEmptyPools: true, emptyPoolTimeout: 1000 });
  registry.register(routeMessage({ uris: ['*.test', 'a.test/v1', 'a.test/v1/empty'] }));
  registry.unregister(routeMessage({ uris: ['a.test/v1/empty'] }));
  const told = registry.lookUp({ host: 'a.test', path: '/v1/empty/' }) as Record<string, unknown>;
  assert.equal(told['route'], 'a.test/v1');
  assert.equal(told['answer'], 'from an endpoint');
  assert.deepEqual(told['considered'], [
    { route: 'a.test', outcome: 'no such route' },
    { route: 'a.test/v1', outcome: 'chosen' },
    { route: 'a.test/v1/empty', outcome: 'has no endpoints' },
  ]);
  assert.deepEqual((told['endpoints'] as { address: string }[])[0]?.address, '10.0.0.1:80');
});

test('a lookup tells the policy in force, and what it means', () => {
  const { registry } = new RegistryFixture();
  const answer = () => registry.lookUp({ host: 'foo.com', path: '/' }) as Record<string, unknown>;
  const policy = { scope: 'any', sources: ['cf:app:1'] };
  registry.register(routeMessage({ routePolicy: policy, routeServiceUrl: 'https://rs' }));
  registry.register(routeMessage({ host: '10.0.0.2' }));
  assert.deepEqual(answer()['route_policy'], policy);
  assert.equal(
    answer()['answer'],
    'from an endpoint, by way of the route service, for whom the policy allows; 403 route_policy_denied for others',
  );
  registry.register(routeMessage({ routePolicy: { scope: 'any', sources: [] } }));
  assert.equal(answer()['answer'], '403 route_policy_denied');
});

test('a lookup of what nobody registered, or nobody serves, says which error a client gets', () => {
  const { registry } = new RegistryFixture({ keepEmptyPools: true, emptyPoolTimeout: 1000 });
  registry.register(routeMessage({ uris: ['empty.test', 'deep.test', 'deep.test/a/b'] }));
  registry.unregister(routeMessage({ uris: ['empty.test', 'deep.test', 'deep.test/a/b'] }));
  const answer = (host: string, path = '/') => (registry.lookUp({ host, path }) as { answer: string }).answer;
  assert.equal(answer('nobody.test'), '404 unknown_route');
  assert.equal(answer('empty.test', '/x'), '503 no_endpoints');
  assert.equal(answer('deep.test', '/a'), '404 unknown_route');
});
