import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { Epochs } from '../../src/registry/epochs.ts';
import { Limbo } from '../../src/registry/limbo.ts';
import { Seats } from '../../src/registry/seats.ts';
import { EndpointCells } from '../../src/routing/endpoint-cells.ts';
import { EndpointMemory } from '../../src/routing/endpoint-memory.ts';
import { slotOf } from '../../src/routing/seat.ts';
import { TcpAge } from '../../src/runtime/tcp/tcp-age.ts';
import { PortSet } from '../../src/tcp/table/port-set.ts';
import type { TcpRegistration } from '../../src/tcp/table/route.ts';
import { serverName } from '../../src/tcp/table/server-name.ts';
import { SharedSeats } from '../../src/tcp/table/shared-seats.ts';
import { TcpTable } from '../../src/tcp/table/tcp-table.ts';
import { PLAIN } from '../../src/tcp/table/terms.ts';

const LIFETIME = 100;
const TRUST = { suspendPruning: false, maxAgeVerified: 1e6, maxAgePlain: null, reconcileAfter: 50 };

function prune(table: TcpTable, now: number, age = new TcpAge(TRUST)): number {
  return table.dropWhere((member) => age.judge(member, now) !== 'keep').length;
}

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
  const memory = new EndpointMemory(1, capacity);
  const applied = new Int32Array(new SharedArrayBuffer(4));
  const epochs = new Epochs(applied.buffer);
  epochs.restart(0);
  const seats = new SharedSeats(new Seats(memory, capacity), (free) => new Limbo(epochs, free));
  const table = new TcpTable({
    reservable: PortSet.parse('2000-2010')!,
    reserved: new PortSet([2005]),
    seats,
    tls,
    onChange: (port) => changes.push(port),
  });
  /** Every thread has applied what has changed up to now. */
  const settle = () => {
    Atomics.store(applied, 0, epochs.next());
    epochs.sweep();
  };
  return { table, changes, settle, epochs, cells: new EndpointCells(memory.buffers, 0) };
}

function addresses(table: TcpTable, port = 2000): string[] | null {
  return table.routes(port)?.flatMap(({ backends }) => backends.map(({ address }) => address)) ?? null;
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
  assert.equal(prune(table, 150), 0);
  assert.equal(prune(table, 191), 1);
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
  assert.equal(prune(table, 1e9), 0);
  table.remove(registration({ owner: 'config' }));
  assert.deepEqual(addresses(table), []);
});

test('while a source cannot speak its routes do not age', () => {
  const { table } = fixture();
  table.upsert(registration(), 0);
  const age = new TcpAge({ ...TRUST, suspendPruning: true });
  age.busIs(false, 1);
  assert.equal(prune(table, 1000, age), 0);
  age.busIs(true, 1000);
  assert.equal(prune(table, 1000 + LIFETIME, age), 0);
  assert.equal(prune(table, 1001 + LIFETIME, age), 1);
});

test('a complete list removes what it lacks, and nothing of another source', () => {
  const { table } = fixture();
  table.upsert(registration({ port: 2001 }), 0);
  const mine = [1, 2].map((n) => registration({ owner: 'routing-api g', host: `10.0.0.${n}` }));
  for (const each of mine) table.upsert(each, 0);
  const round = table.retain((owner) => owner.startsWith('routing-api'), mine.slice(1));
  assert.deepEqual(round.next(), { done: true, value: 1 });
  assert.deepEqual(addresses(table), ['10.0.0.2:80']);
  assert.deepEqual(addresses(table, 2001), ['10.0.0.1:80']);
});

test('a very long list is gone through in pieces, and what the source has no more goes all the same', () => {
  const { table } = fixture();
  const mine = Array.from({ length: 5000 }, (_, n) =>
    registration({ owner: 'routing-api g', sni: `n${n}.test` }),
  );
  for (const each of mine) table.upsert(each, 0);
  const round = table.retain((owner) => owner.startsWith('routing-api'), mine.slice(0, 4000));
  let pieces = 0;
  let piece = round.next();
  for (; !piece.done; piece = round.next()) pieces++;
  assert.equal(piece.value, 1000);
  assert.equal(pieces, 9);
  assert.equal(table.routes(2000)?.length, 4000);
});

/** Where the only backend of a port is counted. */
function seatOn(table: TcpTable, port = 2000): number {
  return table.routes(port)![0]!.backends[0]!.seat;
}

test('a backend has one seat over all its routes', () => {
  const { table } = fixture(1);
  table.upsert(registration(), 0);
  assert.equal(table.upsert(registration({ port: 2001 }), 0), 'added');
  assert.equal(seatOn(table, 2001), seatOn(table));
  assert.equal(table.upsert(registration({ host: '10.0.0.2' }), 0), 'no-seat');
  assert.deepEqual(addresses(table), ['10.0.0.1:80']);
});

test('a slot is handed out again only when every thread knows of the end, and as another seat', () => {
  const { table, settle, epochs } = fixture(1);
  table.upsert(registration(), 0);
  const first = seatOn(table);
  table.remove(registration());
  epochs.next();
  epochs.sweep();
  assert.equal(table.upsert(registration({ host: '10.0.0.2' }), 0), 'no-seat');
  settle();
  assert.equal(table.upsert(registration({ host: '10.0.0.2' }), 0), 'added');
  assert.equal(slotOf(seatOn(table)), slotOf(first));
  assert.notEqual(seatOn(table), first);
});

test('a seat is kept while a connection is open, and is the same when its backend comes back', () => {
  const { table, settle, cells } = fixture(1);
  table.upsert(registration(), 0);
  const seat = seatOn(table);
  cells.begin(seat);
  table.remove(registration());
  settle();
  assert.equal(table.upsert(registration({ host: '10.0.0.2' }), 0), 'no-seat');
  table.upsert(registration(), 0);
  assert.equal(seatOn(table), seat);
  cells.end(seat);
  // It had left once, and has come back since.
  settle();
  assert.equal(cells.beginBelow(seat, 1), true);
  cells.end(seat);
  table.remove(registration());
  settle();
  assert.equal(cells.beginBelow(seat, 1), false);
});

test('another instance at an address, and TLS under another name, is another backend', () => {
  const { table, cells, settle } = fixture();
  table.upsert(registration(), 0);
  const first = seatOn(table);
  cells.markFailed(first, 30);
  assert.equal(table.upsert(registration({ instanceId: 'j' }), 0), 'updated');
  const second = seatOn(table);
  assert.deepEqual([cells.isFailed(first, 0), cells.isFailed(second, 0)], [true, false]);
  settle();
  assert.equal(cells.beginBelow(first, 1), false);
  const backendTls = { name: 'j', sni: '', clientCertificate: true };
  table.upsert(registration({ instanceId: 'j', terms: { ...PLAIN, backendTls } }), 0);
  assert.notEqual(seatOn(table), second);
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
        const held = (table.routes(port) ?? []).flatMap(({ sni, backends }) =>
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
    table.routes(2000)?.map(({ sni, terminates }) => [sni, terminates]),
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
  assert.equal(table.routes(2000)?.[0]?.terminates, true);
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
  assert.equal(table.routes(2000), null);
});

test('a change of how a backend is spoken to is a change', () => {
  const { table } = fixture();
  table.upsert(registration(), 0);
  const sendProxy = registration({ terms: { ...PLAIN, sendProxy: 'v2' } });
  assert.equal(table.upsert(sendProxy, 0), 'updated');
  assert.equal(table.upsert(sendProxy, 0), 'refreshed');
  assert.equal(table.routes(2000)?.[0]?.backends[0]?.sendProxy, 'v2');
});

const ORDER = { who: 'ops', until: 5000 };

test('what an operator speaks for does not age, and is its source’s when that speaks', () => {
  const { table } = fixture();
  table.upsert(registration({ order: ORDER }), 0);
  assert.equal(prune(table, 1e9), 0);
  assert.equal(table.statics.size, 1);
  assert.equal(table.upsert(registration(), 10), 'refreshed');
  assert.equal(table.statics.size, 0);
  assert.equal(prune(table, 10 + LIFETIME + 1), 1);
});

test('an operator’s backend is not missing in a source’s list, and gives way to a source that claims its route', () => {
  const { table } = fixture();
  table.upsert(registration({ owner: 'api a', order: ORDER }), 0);
  const retained = table.retain((owner) => owner.startsWith('api'), []);
  while (!retained.next().done);
  assert.equal(table.statics.size, 1);
  assert.equal(table.refusal(registration({ order: ORDER })), 'claimed-by-another');
  assert.equal(table.upsert(registration({ order: ORDER }), 0), 'claimed-by-another');
  assert.equal(table.upsert(registration({ host: '10.0.0.2' }), 0), 'added');
  assert.equal(table.statics.size, 0);
  assert.deepEqual(
    table.route(2000, '')?.backends.map(({ host }) => host),
    ['10.0.0.2'],
  );
});

test('an operator’s backend of a configured route goes at its end, is told of, and makes no route itself', () => {
  const { table } = fixture();
  const own = { owner: 'config', order: ORDER };
  assert.equal(table.refusal(registration(own)), 'not-configured');
  assert.equal(table.upsert(registration(own), 0), 'not-configured');
  assert.deepEqual([...table.ports], []);

  table.claim('config', 2000, '');
  table.upsert(registration({ owner: 'config', lifetime: 0 }), 0);
  assert.equal(table.refusal(registration(own)), null);
  assert.equal(table.upsert(registration(own), 0), 'refreshed');
  assert.equal(table.statics.size, 0, 'what the configuration has it has without end');
  assert.equal(table.upsert(registration({ ...own, host: '10.0.0.2' }), 0), 'added');
  assert.deepEqual(
    [...table.members()].map(({ backend }) => backend.host),
    ['10.0.0.2'],
  );
  table.dropWhere(({ registration: { order } }) => order !== undefined);
  assert.deepEqual(
    table.route(2000, '')?.backends.map(({ host }) => host),
    ['10.0.0.1'],
  );
});

test('why an operator’s could not be taken is known before, and changes nothing', () => {
  const { table, changes } = fixture(100, { clients: false, backends: false });
  assert.equal(table.refusal(registration()), null);
  assert.equal(table.refusal(registration({ port: 1999 })), 'port-not-reservable');
  assert.equal(table.refusal(registration({ port: 2005 })), 'port-reserved');
  const terms = { ...PLAIN, terminates: true };
  assert.equal(table.refusal(registration({ terms })), 'frontend-tls-not-enabled');
  assert.deepEqual(changes, []);
  assert.deepEqual([...table.ports], []);
});
