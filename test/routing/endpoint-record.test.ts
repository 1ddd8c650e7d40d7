import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Endpoint } from '../../src/routing/endpoint.ts';
import { packEndpoint, unpackEndpoint } from '../../src/routing/endpoint-record.ts';
import { endpointOf } from '../support/endpoint.ts';

/** Often one of a few, so that texts are the same as others. */
const text = fc.oneof(fc.constantFrom('', '0', '1', 'guid-a', 'guid-b'), fc.string({ unit: 'binary' }));
const port = fc.integer({ min: 1, max: 65_535 });
const endpoint: fc.Arbitrary<Endpoint> = fc
  .record({
    host: text,
    port,
    tls: fc.boolean(),
    protocol: text,
    serverCertDomainSan: text,
    appId: text,
    instanceId: text,
    instanceIndex: text,
    availabilityZone: text,
    isolationSegment: text,
    routeServiceUrl: text,
    tags: fc.oneof(fc.constant(null), fc.dictionary(text, text, { noNullPrototype: true })),
    staleThreshold: fc.nat(),
    updatedAtNs: text,
    loadBalancing: fc.constantFrom('' as const, 'hash' as const),
    requestTimeout: fc.nat(),
    hashHeader: text,
    hashBalance: fc.double({ min: 0, max: 100, noNaN: true }).map((value) => value + 0),
    routePolicy: fc.oneof(
      fc.constant(null),
      fc.record({ scope: text, sources: fc.array(text) }, { noNullPrototype: true }),
    ),
  })
  .map((fields) => ({ ...endpointOf(7), ...fields, address: `${fields.host}:${fields.port}` }));

test('an endpoint is unpacked as it was packed, whatever its texts', () => {
  fc.assert(
    fc.property(endpoint, fc.nat(), (packed, slot) => {
      assert.deepEqual(unpackEndpoint(packEndpoint(packed, slot)), { ...packed, slot });
    }),
    { numRuns: 1000 },
  );
});

test('two endpoints have the same text exactly when nothing tells them apart, the order of tags aside', () => {
  fc.assert(
    fc.property(endpoint, endpoint, ({ tags, ...one }, other) => {
      const turned = tags && Object.fromEntries(Object.entries(tags).reverse());
      assert.equal(packEndpoint({ ...one, tags: turned }, 7), packEndpoint({ ...one, tags }, 7));
      for (const key of Object.keys(other) as (keyof Endpoint)[]) {
        if (key === 'address' || key === 'slot') continue;
        const changed = { ...one, tags, [key]: other[key] };
        const isSame = isDeepEqual(changed, { ...one, tags });
        assert.equal(packEndpoint(changed, 7) === packEndpoint({ ...one, tags }, 7), isSame, key);
      }
    }),
    { numRuns: 300 },
  );
});

function isDeepEqual(a: unknown, b: unknown): boolean {
  try {
    assert.deepStrictEqual(a, b);
    return true;
  } catch {
    return false;
  }
}

test('an agent cannot pass a tag off as an id of another kind', () => {
  const tags = { a: 'guid', b: '0', c: '1', __proto__: null } as unknown as Record<string, string>;
  const plain = endpointOf(7, { appId: '1', instanceId: '0', serverCertDomainSan: '1', tags: { ...tags } });
  assert.deepEqual(unpackEndpoint(packEndpoint(plain, 7)), plain);
});
