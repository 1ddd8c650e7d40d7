import assert from 'node:assert/strict';
import { test } from 'vitest';
import { reachOf } from '../../../src/agent/containers/reach.ts';
import { readContainer } from '../../../src/agent/containers/read-container.ts';
import { signalNumber } from '../../../src/agent/containers/signal-number.ts';
import { container, inspection } from '../../support/container.ts';

const PUBLISHED = [{ port: 8080, hostAddress: '', hostPort: 32768 }];

function place(more: object, terms: { machine?: string; network?: string } = {}, port = 8080): string {
  const reach = reachOf(container({}, more), port, { machine: '', network: '', ...terms });
  return reach.ok
    ? `${reach.host}:${reach.port} of the ${reach.of}${reach.warning && ', warned'}`
    : reach.why;
}

test('on the same machine a container is reached at its own address, published or not', () => {
  assert.equal(place({}), '10.0.0.2:8080 of the container');
  assert.equal(place({ published: PUBLISHED }), '10.0.0.2:8080 of the container');
  const v6 = [{ name: 'bridge', address: 'fd00::2' }];
  assert.equal(place({ networks: v6 }), 'fd00::2:8080 of the container');
});

test('from other machines it is reached at the port that it publishes', () => {
  const terms = { machine: '192.0.2.1' };
  assert.equal(place({ published: PUBLISHED }, terms), '192.0.2.1:32768 of the machine');
  const own = [{ port: 8080, hostAddress: '192.0.2.7', hostPort: 80 }];
  assert.equal(place({ published: own }, terms), '192.0.2.7:80 of the machine');
  assert.equal(place({}, terms), '10.0.0.2:8080 of the container, warned');
  const loopback = [{ port: 8080, hostAddress: '127.0.0.1', hostPort: 80 }];
  assert.equal(place({ published: loopback }, terms), '10.0.0.2:8080 of the container, warned');
  assert.equal(place({ published: loopback }, { machine: '127.0.0.1' }), '127.0.0.1:80 of the machine');
});

test('in the network of its machine it has the ports of the machine', () => {
  const host = { networkMode: 'host', networks: [] };
  assert.equal(place(host), '127.0.0.1:8080 of the machine');
  assert.equal(place(host, { machine: '192.0.2.1' }), '192.0.2.1:8080 of the machine');
});

test('of several networks one has to be named, and where one is named it is that', () => {
  const networks = [
    { name: 'back', address: '10.1.0.2' },
    { name: 'front', address: '10.2.0.2' },
  ];
  assert.equal(place({ networks }), 'it is in back, front: say in which with cellgate.network');
  assert.equal(place({ networks }, { network: 'front' }), '10.2.0.2:8080 of the container');
  const terms = { machine: '192.0.2.1', network: 'front' };
  assert.equal(place({ networks, published: PUBLISHED }, terms), '10.2.0.2:8080 of the container');
});

test('without an address of its own, as rootless engines leave it, what it publishes counts', () => {
  assert.equal(place({ networks: [], published: PUBLISHED }), '127.0.0.1:32768 of the machine');
  assert.equal(place({ networks: [] }), 'it has no address, and does not publish port 8080');
  assert.match(place({ networkMode: 'container:abc' }), /shares the network of another container/);
});

test('an inspection is read as Docker and Podman write it', () => {
  const described = container(
    { 'cellgate.route': 'a.test' },
    { published: PUBLISHED, startedAt: 1_795_967_855_720, health: 'starting', pid: 7, stopSignal: 3 },
  );
  assert.deepEqual(readContainer(inspection(described)), described);
  // Podman has a Health without a check, its signals are numbers, and its times have nine digits.
  const podman = inspection(container()) as { State: object; Config: object };
  const read = readContainer({
    ...podman,
    State: { ...podman.State, Health: { Status: '' }, StartedAt: '2026-11-29T15:57:35.720028866Z' },
    Config: { ...podman.Config, StopSignal: '28' },
  });
  assert.ok(typeof read !== 'string');
  assert.deepEqual([read.health, read.stopSignal], ['none', 28]);
  assert.ok(Math.abs(read.startedAt - 1_795_967_855_720.028) < 0.01);
});

test('what is no inspection is said to be none', () => {
  for (const odd of [null, [], 7, 'x', {}, { Id: '../x' }])
    assert.match(String(readContainer(odd)), /as its Id/);
  const id = 'b'.repeat(64);
  assert.match(String(readContainer({ Id: id })), /State.Status/);
  assert.match(
    String(readContainer({ Id: id, State: { Status: 'running', StartedAt: 'soon' } })),
    /StartedAt/,
  );
});

test('signals are known by name and by number', () => {
  assert.deepEqual(['SIGTERM', 'term', '15', 'SIGRTMIN+3', 'KILL', 'SIGNONE', ''].map(signalNumber), [
    15,
    15,
    15,
    37,
    9,
    null,
    null,
  ]);
});
