import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import type { Container } from '../../../src/agent/containers/container.ts';
import { readEvent } from '../../../src/agent/containers/container-event.ts';
import { EventLines } from '../../../src/agent/containers/event-lines.ts';
import { Fleet } from '../../../src/agent/containers/fleet.ts';
import { container } from '../../support/container.ts';

const TERMS = { machine: '', domains: [] };
const LABELS = { 'cellgate.route': 'shop.test' };
const ids = ['a', 'b', 'c'].map((letter) => letter.repeat(64));

function member(id: string, more: Partial<Container> = {}): Container {
  return container(LABELS, { id, name: id.slice(0, 1), ...more });
}

function standings(fleet: Fleet): string[] {
  return fleet.routes().map(({ container: { name }, standing }) => `${name} ${standing}`);
}

test('a container serves while it runs, is unready while it is paused or ill, and is gone when it has ended', () => {
  const fleet = new Fleet(TERMS);
  const id = ids[0]!;
  assert.equal(fleet.put(member(id)).kind, 'new');
  assert.deepEqual(standings(fleet), ['a serving']);
  assert.equal(fleet.put(member(id)).kind, 'same');
  assert.equal(fleet.put(member(id, { status: 'paused' })).kind, 'changed');
  assert.deepEqual(standings(fleet), ['a unready']);
  for (const health of ['starting', 'unhealthy'] as const) {
    fleet.put(member(id, { health }));
    assert.deepEqual(standings(fleet), ['a unready']);
  }
  fleet.put(member(id, { health: 'healthy' }));
  assert.deepEqual(standings(fleet), ['a serving']);
  fleet.put(member(id, { status: 'stopping' }));
  assert.deepEqual(standings(fleet), ['a draining']);
  assert.equal(fleet.put(member(id, { status: 'exited' })).kind, 'gone');
  assert.deepEqual(standings(fleet), []);
});

test('its own stop signal, or SIGKILL, says that it is about to end; another does not', () => {
  const fleet = new Fleet(TERMS);
  const id = ids[0]!;
  fleet.put(member(id, { stopSignal: 3 }));
  assert.equal(fleet.signalled(id, 1), false);
  assert.equal(fleet.signalled(id, 15), false);
  assert.deepEqual(standings(fleet), ['a serving']);
  assert.equal(fleet.signalled(id, 3), true);
  assert.equal(fleet.signalled(id, 3), false);
  // It still runs, and is still told to stop.
  fleet.put(member(id, { stopSignal: 3 }));
  assert.deepEqual(standings(fleet), ['a draining']);
  fleet.put(member(id, { startedAt: 2000 }));
  assert.deepEqual(standings(fleet), ['a serving']);
  assert.equal(fleet.signalled(id, 9), true);
  assert.equal(fleet.signalled(ids[1]!, 15), false);
});

test('a death that is told late is not that of the run that has begun since', () => {
  const fleet = new Fleet(TERMS);
  const id = ids[0]!;
  fleet.put(member(id, { startedAt: 5000 }));
  assert.equal(fleet.died(id, 4000).kind, 'none');
  assert.deepEqual(standings(fleet), ['a serving']);
  assert.equal(fleet.died(id, 6000).kind, 'gone');
  fleet.put(member(id));
  assert.equal(fleet.died(id, 0).kind, 'gone');
});

test('an address belongs to the container that was started last; ports of the machine are shared', () => {
  const fleet = new Fleet(TERMS);
  fleet.put(member(ids[0]!, { startedAt: 1000 }));
  fleet.put(member(ids[1]!, { startedAt: 3000 }));
  fleet.put(member(ids[2]!, { startedAt: 2000 }));
  assert.deepEqual(standings(fleet), ['b serving']);
  fleet.drop(ids[1]!);
  assert.deepEqual(standings(fleet), ['c serving']);
  const onHost = new Fleet(TERMS);
  for (const id of ids) onHost.put(member(id, { networkMode: 'host', networks: [] }));
  assert.equal(onHost.routes().length, 3);
});

/** What may happen to a machine of three containers and two addresses. */
const happening = fc.record({
  id: fc.constantFrom(...ids),
  address: fc.constantFrom('10.0.0.2', '10.0.0.3'),
  what: fc.constantFrom('start', 'pause', 'unpause', 'die', 'missed-death', 'signal'),
});

test('whatever happens, and whatever is missed, no address is announced for a container that has lost it', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (story) => {
      const fleet = new Fleet(TERMS);
      /** Naively: who runs where. */
      const truth = new Map<string, Container>();
      let now = 0;
      for (const { id, address, what } of story) {
        now += 10;
        const there = truth.get(id);
        switch (what) {
          case 'start': {
            const isFree = ![...truth.values()].some(({ networks }) => networks[0]!.address === address);
            if (there !== undefined || !isFree) break;
            const started = member(id, { startedAt: now, networks: [{ name: 'bridge', address }] });
            truth.set(id, started);
            fleet.put(started);
            break;
          }
          case 'die':
            truth.delete(id);
            fleet.died(id, now);
            break;
          case 'missed-death':
            truth.delete(id);
            break;
          case 'signal':
            fleet.signalled(id, 15);
            break;
          default: {
            if (there === undefined) break;
            const changed = { ...there, status: what === 'pause' ? 'paused' : 'running' };
            truth.set(id, changed);
            fleet.put(changed);
          }
        }
        for (const { container: told, route, standing } of fleet.routes()) {
          const owner = [...truth.values()].find(
            ({ networks }) => networks[0]!.address === route.registration.host,
          );
          assert.ok(owner === undefined || owner.id === told.id);
          if (owner !== undefined)
            assert.equal(standing === 'unready', owner.status === 'paused' && standing !== 'draining');
        }
        // All that runs, and of which a start was told, is in.
        const told = new Set(fleet.routes().map(({ container: { id: each } }) => each));
        for (const each of truth.keys()) assert.ok(told.has(each));
      }
    }),
  );
});

test('events come whole out of text that is cut anywhere', () => {
  const events = ids.map((id, at) => ({
    Type: 'container',
    Action: ['start', 'die', 'kill'][at],
    Actor: { ID: id, Attributes: { signal: '15', name: 'größe' } },
    timeNano: 1_795_967_861_292_594_000,
  }));
  const text = events.map((event) => `${JSON.stringify(event)}\n`).join('\r\n');
  fc.assert(
    fc.property(fc.array(fc.nat(text.length)), (cuts) => {
      const lines = new EventLines();
      const ends = [...cuts, text.length].toSorted((one, other) => one - other);
      const read = ends.flatMap((end, at) => lines.add(text.slice(ends[at - 1] ?? 0, end)));
      assert.deepEqual(
        read.map((line) => readEvent(line)?.kind),
        ['changed', 'died', 'signalled'],
      );
    }),
  );
  assert.equal(new EventLines().add('x'.repeat(1024 * 1024 + 1)), 'too-long');
});

test('what is no event of a container, or tells nothing, is passed over', () => {
  const event = (more: object) =>
    JSON.stringify({ Type: 'container', Action: 'start', Actor: { ID: ids[0] }, ...more });
  assert.deepEqual(readEvent(event({})), { id: ids[0], kind: 'changed', at: 0, signal: null });
  assert.equal(readEvent(event({ Action: 'died' }))?.kind, 'died');
  assert.equal(readEvent(event({ Action: 'health_status: healthy' }))?.kind, 'changed');
  const odd = [
    ...['{', 'null', '7', '[]', '""'],
    event({ Type: 'network' }),
    event({ Action: 7 }),
    event({ Action: 'exec_create: sh' }),
    event({ Actor: null }),
    event({ Actor: { ID: '../x' } }),
  ];
  for (const line of odd) assert.equal(readEvent(line), null, line);
});

test('a network that a container joins or leaves tells of the container', () => {
  const [id, network] = ['a'.repeat(64), 'b'.repeat(64)];
  const event = {
    Type: 'network',
    Action: 'disconnect',
    Actor: { ID: network, Attributes: { container: id } },
  };
  assert.deepEqual(readEvent(JSON.stringify({ ...event, timeNano: 5e6 })), {
    id,
    kind: 'changed',
    at: 5,
    signal: null,
  });
  assert.equal(readEvent(JSON.stringify({ ...event, Actor: { ID: network } })), null);
});
