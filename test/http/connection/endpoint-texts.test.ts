import assert from 'node:assert/strict';
import { test } from 'vitest';
import { endpointOf } from '../../support/endpoint.ts';
import { HttpEngine } from '../../support/http-engine.ts';

test('what is said of each endpoint of a backend is made once, in whichever order requests come', async (t) => {
  const { backends } = (await HttpEngine.start(t)).proxy;
  const [one, other, third] = ['a', 'b', 'c'].map((component) => endpointOf(3, { tags: { component } }));
  const { backend } = one!;
  const endpoints = [one!, { ...other!, backend }, { ...third!, backend }];
  const made = endpoints.map((endpoint) => backends.textsOf(endpoint));
  assert.deepEqual(
    made.map(({ component }) => component),
    ['a', 'b', 'c'],
  );
  for (const at of [0, 1, 1, 2, 0, 2, 1]) assert.equal(backends.textsOf(endpoints[at]!), made[at]);
});
