import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PortSet } from '../../src/tcp/table/port-set.ts';
import type { TcpRegistration } from '../../src/tcp/table/route.ts';
import { serverName } from '../../src/tcp/table/server-name.ts';
import { SharedSlots } from '../../src/tcp/table/shared-slots.ts';
import { TcpTable } from '../../src/tcp/table/tcp-table.ts';
import { PLAIN } from '../../src/tcp/table/terms.ts';

const LIFETIME = 100;

function registration(more: Partial<TcpRegistration> = {}): TcpRegistration {
  return {
    owner: 'bus',
    port: 2000,
    sni: '',
    host: '10.0.0.1',
    backendPort: 80,
    instanceId: 'i',
    isolationSegment: '',
    lifetime: LIFETIME,
    terms: PLAIN,
    tag: null,
    ...more,
  };
}

function fixture(capacity = 100, tls = { clients: true, backends: true }) {
  const changes: number[] = [];
  const free = Array.from({ length: capacity }, (_, slot) => slot);
  const busy = new Set<number>();
  const slots = new SharedSlots({
    take: () => free.shift() ?? 'full',
    free: (slot) => void free.push(slot),
    inFlight: (slot) => (busy.has(slot) ? 1 : 0),
  });
  const table = new TcpTable({
    reservable: PortSet.parse('2000-2010')!,
    reserved: new PortSet([2005]),
    slots,
    tls,
    onChange: (port) => changes.push(port),
  });
  return { table, changes, free, busy };
}

function addresses(table: TcpTable, port = 2000): string[] | null {
  const { routes } = table.view(port);
  return routes === null ? null : routes.flatMap(({ backends }) => backends.map(({ address }) => address));
}

test('C23 a port outside the reservable ones, and a reserved one, are refused', () => {
  const { table, changes } = fixture();
  assert.equal(table.upsert(registration({ port: 1999 }), 0), 'port-not-reservable');
  assert.equal(table.upsert(registration({ port: 2005 }), 0), 'port-reserved');
  assert.deepEqual(changes, []);
});

test('C23 the same port from another source is refused and the first keeps it', () => {
  const { table } = fixture();
  table.upsert(registration(), 0);
  assert.equal(
    table.upsert(registration({ owner: 'routing-api g', host: '10.0.0.2' }), 0),
    'claimed-by-another',
  );
  assert.equal(table.remove(registration({ owner: 'routing-api g' })), false);
  assert.deepEqual(addresses(table), ['10.0.0.1:80']);
});

test('§7.3 a repetition refreshes and changes nothing', () => {
  const { table, changes } = fixture();
  assert.equal(table.upsert(registration(), 0), 'added');
  assert.equal(table.upsert(registration(), 90), 'refreshed');
  assert.deepEqual(changes, [2000]);
  assert.equal(
    table.prune(150, () => false),
    0,
  );
  assert.equal(
    table.prune(191, () => false),
    1,
  );
  assert.equal(addresses(table), null);
});

test('§7.3 an older modification tag neither replaces nor deletes', () => {
  const { table } = fixture();
  const tag = (index: number, guid = 'g') => registration({ tag: { guid, index } });
  table.upsert(tag(5), 0);
  assert.equal(table.upsert(tag(4), 0), 'outdated');
  assert.equal(table.remove(tag(4)), false);
  assert.equal(table.upsert(tag(1, 'other'), 0), 'refreshed');
  assert.equal(table.remove(tag(1, 'other')), true);
});

test('a port of the configuration stays without backends and is never pruned', () => {
  const { table } = fixture();
  table.claim('config', 2000, '');
  table.upsert(registration({ owner: 'config', lifetime: 0 }), 0);
  assert.equal(
    table.prune(1e9, () => false),
    0,
  );
  table.remove(registration({ owner: 'config' }));
  assert.deepEqual(addresses(table), []);
});

test('while a source cannot speak its routes do not age', () => {
  const { table } = fixture();
  table.upsert(registration(), 0);
  assert.equal(
    table.prune(1000, (owner) => owner === 'bus'),
    0,
  );
  assert.equal(
    table.prune(1000 + LIFETIME, () => false),
    0,
  );
  assert.equal(
    table.prune(1001 + LIFETIME, () => false),
    1,
  );
});

test('a complete list removes what it lacks, and nothing of another source', () => {
  const { table } = fixture();
  table.upsert(registration({ port: 2001 }), 0);
  const mine = [1, 2].map((n) => registration({ owner: 'routing-api g', host: `10.0.0.${n}` }));
  for (const each of mine) table.upsert(each, 0);
  assert.equal(
    table.retain((owner) => owner.startsWith('routing-api'), mine.slice(1)),
    1,
  );
  assert.deepEqual(addresses(table), ['10.0.0.2:80']);
  assert.deepEqual(addresses(table, 2001), ['10.0.0.1:80']);
});

test('a backend has one slot over all its routes, kept while a connection is open', () => {
  const { table, free, busy } = fixture(1);
  table.upsert(registration(), 0);
  assert.equal(table.upsert(registration({ port: 2001 }), 0), 'added');
  assert.equal(table.upsert(registration({ host: '10.0.0.2' }), 0), 'no-slot');
  busy.add(0);
  table.remove(registration());
  table.remove(registration({ port: 2001 }));
  table.prune(0, () => false);
  assert.deepEqual(free, []);
  assert.equal(table.upsert(registration(), 0), 'added');
  table.remove(registration());
  busy.clear();
  table.prune(0, () => false);
  assert.deepEqual(free, [0]);
});

test('after any registrations and removals the table holds what a naive one does', () => {
  const step = fc.record({
    verb: fc.constantFrom('upsert' as const, 'remove' as const),
    port: fc.constantFrom(2000, 2001),
    sni: fc.constantFrom('', 'a.com'),
    host: fc.constantFrom('10.0.0.1', '10.0.0.2'),
  });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { table } = fixture();
      const naive = new Set<string>();
      for (const { verb, ...fields } of steps) {
        table[verb](registration(fields), 0);
        naive[verb === 'upsert' ? 'add' : 'delete'](JSON.stringify(fields));
      }
      for (const port of [2000, 2001]) {
        const held = (table.view(port).routes ?? []).flatMap(({ sni, backends }) =>
          backends.map(({ host }) => JSON.stringify({ port, sni, host })),
        );
        assert.deepEqual(
          held.toSorted(),
          [...naive].filter((each) => each.includes(String(port))).toSorted(),
        );
      }
    }),
  );
});

test('ports are read as numbers and ranges, and anything else is refused', () => {
  const set = PortSet.parse(' 1024-1026 , 4000')!;
  assert.equal(set.size, 4);
  assert.ok(set.has(1026) && set.has(4000) && !set.has(1027));
  assert.equal(PortSet.parse('')!.size, 0);
  for (const bad of ['x', '0', '65536', '5-4', '1-2-3', '1,,2', '-1', '1e3'])
    assert.equal(PortSet.parse(bad), null, bad);
});

test('server names are compared in lower case, and what is none is none', () => {
  assert.equal(serverName('Db.Example.COM.'), 'db.example.com');
  assert.equal(serverName('*.Example.com'), '*.example.com');
  for (const bad of ['', '*', 'a..b', '*.*.a', 'a.*', 'a b', '-a', 'x'.repeat(64), 'ä.de']) {
    assert.equal(serverName(bad), null, bad);
  }
});

const ENDING = { terms: { ...PLAIN, terminates: true } };

test('§7.4 all backends of a route agree on where TLS ends, and a new one that does not is refused', () => {
  const { table } = fixture();
  table.upsert(registration(), 0);
  assert.equal(table.upsert(registration({ host: '10.0.0.2', ...ENDING }), 0), 'tls-disagrees');
  assert.equal(table.upsert(registration({ sni: 'a.example.com', ...ENDING }), 0), 'added');
  assert.deepEqual(
    table.view(2000).routes?.map(({ sni, terminates }) => [sni, terminates]),
    [
      ['', false],
      ['a.example.com', true],
    ],
  );
});

test('a backend that changes its mind takes the route along, and the others follow or age', () => {
  const { table } = fixture();
  const [one, two] = [registration(), registration({ host: '10.0.0.2' })];
  table.upsert(one, 0);
  table.upsert(two, 0);
  assert.equal(table.upsert({ ...one, ...ENDING }, 50), 'updated');
  assert.deepEqual(addresses(table), ['10.0.0.1:80']);
  // Repeated words of before turn nothing back.
  assert.equal(table.upsert(two, 60), 'tls-disagrees');
  assert.deepEqual(addresses(table), ['10.0.0.1:80']);
  assert.equal(table.upsert({ ...two, ...ENDING }, 70), 'updated');
  assert.deepEqual(addresses(table), ['10.0.0.1:80', '10.0.0.2:80']);
  assert.equal(table.view(2000).routes?.[0]?.terminates, true);
});

test('when the backends that were served are gone, the others are', () => {
  const { table, changes } = fixture();
  const [one, two] = [registration(), registration({ host: '10.0.0.2' })];
  table.upsert(one, 0);
  table.upsert(two, 0);
  table.upsert({ ...one, ...ENDING }, 0);
  table.remove({ ...one, ...ENDING });
  assert.deepEqual(addresses(table), []);
  changes.length = 0;
  table.upsert(two, 10);
  assert.deepEqual(changes, [2000]);
  assert.deepEqual(addresses(table), ['10.0.0.2:80']);
});

test('§7.4 TLS is refused where the router has no certificates for it', () => {
  const { table } = fixture(100, { clients: false, backends: false });
  assert.equal(table.upsert(registration(ENDING), 0), 'frontend-tls-not-enabled');
  const backendTls = { name: 'i', sni: '', clientCertificate: true };
  const spoken = registration({ terms: { ...PLAIN, backendTls } });
  assert.equal(table.upsert(spoken, 0), 'backend-tls-not-enabled');
  assert.equal(table.view(2000).routes, null);
});

test('a change of how a backend is spoken to is a change', () => {
  const { table } = fixture();
  table.upsert(registration(), 0);
  const sendProxy = registration({ terms: { ...PLAIN, sendProxy: 'v2' } });
  assert.equal(table.upsert(sendProxy, 0), 'updated');
  assert.equal(table.upsert(sendProxy, 0), 'refreshed');
  assert.equal(table.view(2000).routes?.[0]?.backends[0]?.sendProxy, 'v2');
});
