import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { TagShapes } from '../../src/registry/tag-shapes.ts';
import { Backend } from '../../src/routing/backend.ts';
import type { Endpoint } from '../../src/routing/endpoint.ts';
import { packEndpoint, unpackEndpoint, withoutSeat, withSeat } from '../../src/routing/endpoint-record.ts';
import { TagNames } from '../../src/routing/tag-names.ts';
import { endpointOf } from '../support/endpoint.ts';
import { storeOf } from '../support/plain-change.ts';

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

/** Endpoints packed and unpacked in a memory that keeps names of tags, or in one that does not. */
function packing(keepsNames: boolean) {
  const records = storeOf();
  const shapes = new TagShapes(records);
  const names = new TagNames(records);
  return {
    pack: (unpacked: Endpoint, seat = unpacked.backend.seat) =>
      withSeat(
        packEndpoint(unpacked, (sorted) => (keepsNames ? shapes.placeOf(sorted) : null)),
        seat,
      ),
    unpack: (packed: string) => unpackEndpoint(packed, names, (seat) => new Backend(seat)),
  };
}

test('an endpoint is unpacked as it was packed, whatever its texts', () => {
  fc.assert(
    fc.property(endpoint, fc.nat(), fc.boolean(), (packed, seat, keepsNames) => {
      const { pack, unpack } = packing(keepsNames);
      const record = pack(packed, seat);
      assert.deepEqual(unpack(record), { ...packed, backend: new Backend(seat) });
      assert.equal(withSeat(withoutSeat(record), seat), record);
    }),
    { numRuns: 1000 },
  );
});

test('two endpoints have the same text exactly when nothing tells them apart, the order of tags aside', () => {
  fc.assert(
    fc.property(endpoint, endpoint, fc.boolean(), ({ tags, ...one }, other, keepsNames) => {
      const { pack } = packing(keepsNames);
      const turned = tags && Object.fromEntries(Object.entries(tags).reverse());
      assert.equal(pack({ ...one, tags: turned }), pack({ ...one, tags }));
      for (const key of Object.keys(other) as (keyof Endpoint)[]) {
        if (key === 'address' || key === 'backend') continue;
        const changed = { ...one, tags, [key]: other[key] };
        const isSame = isDeepEqual(changed, { ...one, tags });
        assert.equal(pack(changed) === pack({ ...one, tags }), isSame, key);
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
  for (const keepsNames of [true, false]) {
    const { pack, unpack } = packing(keepsNames);
    assert.deepEqual(unpack(pack(plain)), plain);
  }
});

test('X12 of very many combinations of tag names only some are kept, and each endpoint is itself all the same', () => {
  const { pack, unpack } = packing(true);
  const endpoints = Array.from({ length: 1000 }, (_, each) =>
    endpointOf(each, { tags: { [`name-${each}`]: 'a', b: 'c' } }),
  );
  for (const each of endpoints) assert.deepEqual(unpack(pack(each)), each);
  assert.equal(pack(endpoints[0]!), pack(endpoints[0]!), 'one of the first');
  assert.equal(pack(endpoints[999]!), pack(endpoints[999]!), 'one of the last');
});
