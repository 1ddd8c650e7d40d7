import assert from 'node:assert/strict';
import { test } from 'vitest';
import { LivePort } from '../../src/tcp/policy/live-port.ts';
import { LiveRoute } from '../../src/tcp/policy/live-route.ts';
import type { TcpBackend, TcpBalancing } from '../../src/tcp/table/route.ts';

function backend(seat: number): TcpBackend {
  const host = `10.0.0.${seat}`;
  return { seat, address: `${host}:80`, host, port: 80, instanceId: '', tls: null, sendProxy: 'default' };
}

const PLAIN = { terminates: false, alpns: [], split: null };

const BACKENDS = [0, 1, 2, 3].map(backend);

function fixture(balancing: TcpBalancing, max = 0) {
  const route = new LiveRoute({ ...PLAIN, sni: '', backends: BACKENDS }, balancing, max, 0);
  const loads = [0, 0, 0, 0];
  const failed = new Set<number>();
  const state = {
    inFlight: (seat: number) => loads[seat]!,
    isFailed: (seat: number, second: number) => second !== Number.POSITIVE_INFINITY && failed.has(seat),
  };
  const choose = (source = 'c', tried: readonly number[] = []) => {
    const chosen = route.choose({ source, tried, draw: 0 }, state, 1);
    return typeof chosen === 'string' ? chosen : chosen.seat;
  };
  return { route, loads, failed, choose };
}

test('least-connections takes a backend with the fewest, whichever those are', () => {
  const { loads, choose } = fixture('least-connection');
  loads.splice(0, 4, 3, 1, 2, 1);
  const chosen = new Set([choose(), choose(), choose(), choose()]);
  assert.deepEqual([...chosen].sort(), [1, 3]);
});

test('round-robin takes one after the other', () => {
  const { choose } = fixture('round-robin');
  const order = [choose(), choose(), choose(), choose(), choose()];
  assert.equal(new Set(order.slice(0, 4)).size, 4);
  assert.equal(order[4], order[0]);
});

test('the turn of a route goes on when its backends change', () => {
  const { route } = fixture('round-robin');
  const idle = { inFlight: () => 0, isFailed: () => false };
  const next = (live: LiveRoute) =>
    (live.choose({ source: 'c', tried: [], draw: 0 }, idle, 1) as TcpBackend).seat;
  const order = [next(route)];
  let live = route;
  for (let change = 0; change < 3; change++) {
    live = live.next({ ...PLAIN, sni: '', backends: BACKENDS });
    order.push(next(live));
  }
  assert.deepEqual(order, [0, 1, 2, 3]);
});

test('source-hash keeps a client on its backend, and moves only those of one that goes', () => {
  const { choose } = fixture('source-hash');
  const shrunk = new LiveRoute({ ...PLAIN, sni: '', backends: BACKENDS.slice(1) }, 'source-hash', 0, 0);
  const idle = { inFlight: () => 0, isFailed: () => false };
  const used = new Set<number | string>();
  for (let client = 0; client < 200; client++) {
    const source = `192.0.2.${client}`;
    const before = choose(source);
    used.add(before);
    assert.equal(choose(source), before);
    const after = shrunk.choose({ source, tried: [], draw: 0 }, idle, 1);
    if (before !== 0) assert.equal(typeof after === 'string' ? after : after.seat, before);
  }
  assert.equal(used.size, 4);
});

test('failed backends are passed over unless there are no others, tried ones always', () => {
  const { failed, choose } = fixture('least-connection');
  for (const seat of [0, 1, 2]) failed.add(seat);
  assert.equal(choose(), 3);
  assert.notEqual(choose('c', [3]), 3);
  assert.equal(choose('c', [0, 1, 2, 3]), 'none');
});

test('backends that have their fill are full, and failed ones do not stand in for them', () => {
  const { loads, failed, choose } = fixture('least-connection', 2);
  loads.fill(2);
  assert.equal(choose(), 'full');
  loads[0] = 0;
  failed.add(0);
  assert.equal(choose(), 'full');
  loads[2] = 1;
  assert.equal(choose(), 2);
});

test('exact names come before wildcards, the longest of those first, then the default', () => {
  const port = new LivePort();
  for (const sni of ['', 'a.example.com', '*.example.com', '*.b.example.com']) {
    port.set(sni, new LiveRoute({ ...PLAIN, sni, backends: [] }, 'round-robin', 0, 0));
  }
  const matched = (name: string) => [...port.names].find((sni) => port.get(sni) === port.match(name));
  assert.equal(matched('A.Example.com'), 'a.example.com');
  assert.equal(matched('x.example.com'), '*.example.com');
  assert.equal(matched('x.b.example.com'), '*.b.example.com');
  assert.equal(matched('y.x.b.example.com'), '*.b.example.com');
  assert.equal(matched('example.com'), '');
  assert.equal(matched(''), '');
  assert.equal(matched('*.example.com'), '');
  assert.equal(matched('no name at all'), '');
});
