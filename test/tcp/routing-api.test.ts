import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { decodeMapping } from '../../src/tcp/routing-api/mapping.ts';
import { decodeRouterGroups, portConflicts } from '../../src/tcp/routing-api/router-groups.ts';
import { TcpRouteSource, type TcpRouteSourceOptions } from '../../src/tcp/routing-api/source.ts';
import type { TcpRegistration } from '../../src/tcp/table/route.ts';
import { routingApi, WakingLog } from '../support/follower-fixture.ts';
import { type Failure, type Item, RoutingApiPeer } from '../support/routing-api-peer.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

const LIST = '/routing/v1/tcp_routes';
const EVENTS = '/routing/v1/tcp_routes/events';
const GROUPS = '/routing/v1/router_groups';
const GROUP = { guid: 'g', name: 'default-tcp', type: 'tcp', reservable_ports: '2000-2999' };

function mapping(port = 2000, more: object = {}): Item {
  const backend = { backend_ip: '10.0.0.1', backend_port: 80, instance_id: 'i' };
  return { router_group_guid: 'g', port, ...backend, ttl: 60, ...more };
}

/** A source at the peer, and what it has said of routes so far. */
function follow(
  t: Ending,
  peer: RoutingApiPeer,
  more: Partial<TcpRouteSourceOptions> = {},
): { said: string[]; lifetimes: number[]; log: WakingLog; until(met: () => boolean): Promise<void> } {
  const said: string[] = [];
  const lifetimes: number[] = [];
  const log = new WakingLog();
  const note = (text: string): void => {
    said.push(text);
    log.wake();
  };
  const name = ({ port, host, lifetime }: TcpRegistration): string => {
    lifetimes.push(lifetime);
    return `${port} ${host}`;
  };
  const { follower } = new TcpRouteSource({
    api: routingApi(t, peer),
    routes: {
      register: (registration) => note(`put ${name(registration)}`),
      unregister: (registration) => note(`gone ${name(registration)}`),
      replace(_source, all) {
        note(`all ${all.map(name).join()}`);
        return [];
      },
    },
    segments: null,
    routeExpiry: 120,
    syncInterval: 60_000,
    retryInterval: 10,
    log,
    ...more,
  });
  follower.start();
  t.onTestFinished(() => follower.stop());
  return { said, lifetimes, log, until: (met) => log.until(met) };
}

async function start(t: Ending, ...mappings: Item[]): Promise<RoutingApiPeer> {
  const peer = await RoutingApiPeer.start(t);
  peer.items.router_groups.push(GROUP);
  for (const each of mappings) peer.upsert('tcp_routes', each);
  return peer;
}

test('§7.3 the list is taken whole, and events in between', async (t) => {
  const peer = await start(t, mapping());
  const { said, until } = follow(t, peer);
  await until(() => said.includes('all 2000 10.0.0.1'));
  peer.upsert('tcp_routes', mapping(2001));
  await until(() => said.includes('put 2001 10.0.0.1'));
  peer.remove('tcp_routes', mapping(2001));
  await until(() => said.includes('gone 2001 10.0.0.1'));
});

describe('C23 a routing API that fails changes nothing and is asked again:', () => {
  for (const failure of [401, 500, 'slow', 'silent', 'malformed', 'no-list', 'dropped'] as Failure[]) {
    test(String(failure), async (t) => {
      const peer = await start(t);
      const { said, log, until } = follow(t, peer, { syncInterval: 30 });
      await until(() => said.length > 0);
      peer.failures.set(LIST, failure);
      await until(() => log.of('error-fetching-routes').length === 1);
      said.length = 0;
      await until(() => log.of('error-fetching-routes').length === 2);
      assert.equal(said.join(), '');
      peer.items.tcp_routes.push(mapping());
      peer.failures.delete(LIST);
      await until(() => said.includes('all 2000 10.0.0.1'));
    });
  }

  test('a dropped stream is opened again, and events that are none do not end it', async (t) => {
    const peer = await start(t);
    const { said, log, until } = follow(t, peer);
    await until(() => peer.streams.tcp_routes.size === 1 && said.length > 0);
    peer.send('tcp_routes', 'Upsert', 'no json');
    peer.send('tcp_routes', 'Upsert', '{"port": "x"}');
    await until(() => log.of('routing-api-event-refused').length === 2);
    peer.dropStreams('tcp_routes');
    await until(() => log.of('failed-to-get-next-routing-api-event').length === 1);
    await peer.until(() => peer.count(EVENTS) === 2);
    await until(() => log.of('Successfully-subscribed-to-routing-api-event-stream').length === 2);
    peer.upsert('tcp_routes', mapping());
    await until(() => said.includes('put 2000 10.0.0.1'));
  });
});

test('§7.1 a mapping without a TTL lives as long as -defaultRouteExpiry says', async (t) => {
  const peer = await start(t, mapping(2000, { ttl: 0 }), mapping(2001, { ttl: null }), mapping(2002));
  const { said, lifetimes, until } = follow(t, peer, { routeExpiry: 33 });
  await until(() => said.length > 0);
  assert.deepEqual(lifetimes, [33_000, 33_000, 60_000]);
});

test('§7.6 only routes of the isolation segments are asked for, and events of others ignored', async (t) => {
  const inSegment = (port: number, isolation_segment: string) => mapping(port, { isolation_segment });
  const peer = await start(
    t,
    inSegment(2000, 'one'),
    inSegment(2001, 'two'),
    inSegment(2002, 'three'),
    mapping(2003),
  );
  const { said, until } = follow(t, peer, { segments: ['one', 'two'] });
  await until(() => said.includes('all 2000 10.0.0.1,2001 10.0.0.1'));
  assert.equal(peer.count(`${LIST}?isolation_segment=one&isolation_segment=two`), 1);
  peer.upsert('tcp_routes', inSegment(2004, 'three'));
  peer.upsert('tcp_routes', inSegment(2005, 'one'));
  await until(() => said.includes('put 2005 10.0.0.1'));
  assert.ok(!said.includes('put 2004 10.0.0.1'));
});

test('§7.6 only ports of its router group are opened for a mapping', async (t) => {
  const peer = await start(t, mapping(2000), mapping(3000), mapping(2001, { router_group_guid: 'other' }));
  const { said, log, until } = follow(t, peer);
  await until(() => said.includes('all 2000 10.0.0.1'));
  await until(() => log.of('routing-api-routes-refused').length === 1);
  assert.deepEqual(log.of('routing-api-routes-refused')[0]!.data, {
    refused: 2,
    error: "port 3000 is none of router group 'default-tcp'; port 2001: its router group is not known",
  });
  peer.upsert('tcp_routes', mapping(3001));
  await until(() => log.of('routing-api-event-refused').length === 1);
});

test('router groups that cannot be had bound nothing, and one line says so', async (t) => {
  const peer = await start(t, mapping(3000));
  peer.failures.set(GROUPS, 401);
  const { said, log, until } = follow(t, peer, { syncInterval: 10 });
  await until(() => said.filter((text) => text === 'all 3000 10.0.0.1').length > 2);
  assert.deepEqual(
    log.of('router-groups-unknown').map(({ data }) => data['error']),
    [`http://127.0.0.1:${peer.port}${GROUPS} answered 401`],
  );
  // Once they are known, they stay so.
  peer.failures.delete(GROUPS);
  await until(() => said.at(-1) === 'all ');
  peer.failures.set(GROUPS, 500);
  await until(() => log.of('router-groups-unknown').length === 2);
  said.length = 0;
  await until(() => said.length > 0);
  assert.equal(said[0], 'all ');
});

test('§7.6 router groups that are gone all at once close no port: what is listed lives on, what is not until its TTL', async (t) => {
  const peer = await start(t, mapping(2000), mapping(2001));
  const { said, log, until } = follow(t, peer, { syncInterval: 10 });
  await until(() => said.includes('all 2000 10.0.0.1,2001 10.0.0.1'));
  // Asked for after the mappings: the first list without groups may still have both.
  peer.items.router_groups.length = 0;
  await until(() => log.of('router-groups-empty').length === 1);
  peer.items.tcp_routes.splice(0, 1);
  said.length = 0;
  await until(() => said.filter((text) => text === 'put 2001 10.0.0.1').length > 3);
  assert.ok(!said.some((text) => text.startsWith('all') || text.startsWith('gone')), said.join());
  // Events are heeded as before, on the ports of the groups that were there.
  peer.upsert('tcp_routes', mapping(2002), mapping(3000));
  await until(() => said.includes('put 2002 10.0.0.1'));
  assert.ok(!said.includes('put 3000 10.0.0.1'));
  assert.deepEqual(
    log.of('router-groups-empty').map(({ level, data }) => [level, data]),
    [['warn', { kept: 1 }]],
  );
  // Once there are groups again, a list is all there is.
  peer.items.router_groups.push(GROUP);
  await until(() => said.includes('all 2001 10.0.0.1,2002 10.0.0.1'));
  peer.items.router_groups.length = 0;
  await until(() => log.of('router-groups-empty').length === 2);
});

test('X12 a list is taken in pieces, with router groups and without', async (t) => {
  const peer = await start(t, mapping());
  let inTurn = 0;
  let most = 0;
  let registered = 0;
  let replaced = 0;
  const { log, until } = follow(t, peer, {
    syncInterval: 10,
    routes: {
      register() {
        registered++;
        if (inTurn++ === 0) {
          setImmediate(() => {
            inTurn = 0;
          });
        }
        most = Math.max(most, inTurn);
        log.wake();
      },
      unregister() {},
      replace() {
        replaced++;
        log.wake();
        return [];
      },
    },
  });
  await until(() => replaced > 0);
  for (let each = 1; each < 1000; each++) peer.items.tcp_routes.push(mapping(2000 + each));
  peer.items.router_groups.length = 0;
  await until(() => registered >= 2000);
  assert.ok(most <= 500, `${most} in one turn`);
});

test('where there were no router groups at all, none is missed', async (t) => {
  const peer = await start(t, mapping(2000));
  peer.items.router_groups.length = 0;
  const { said, log, until } = follow(t, peer, { syncInterval: 10 });
  await until(() => said.length > 2);
  assert.deepEqual([...new Set(said)], ['all ']);
  assert.equal(log.of('router-groups-empty').length, 0);
});

test('§7.2 groups that give away ports of other components are named, in the words of cf-tcp-router', () => {
  const { groups, errors } = decodeRouterGroups([
    GROUP,
    { ...GROUP, guid: 'h', name: 'http', type: 'http', reservable_ports: '' },
    { ...GROUP, guid: 'i', name: 'broken', reservable_ports: '3000-2000' },
    { ...GROUP, guid: 'j', name: 'other', reservable_ports: '1024,14821-14824' },
    null,
    7,
  ]);
  assert.deepEqual([...groups.keys()], ['g', 'j']);
  assert.deepEqual(errors, [
    'reservable_ports of router group "broken"',
    'a router group without guid, name or type',
    'a router group without guid, name or type',
  ]);
  assert.deepEqual(portConflicts(groups.values(), [2999, 14821, 14824, 9100]), [
    "The reserved ports for router group 'default-tcp' contains the following reserved system component port(s): '2999'. Please update your router group accordingly.",
    "The reserved ports for router group 'other' contains the following reserved system component port(s): '14821, 14824'. Please update your router group accordingly.",
  ]);
  fc.assert(fc.property(fc.array(fc.jsonValue()), (values) => void decodeRouterGroups(values)));
});

test('§7.6 a mapping is decoded with its default TTL, and nothing whatever throws', () => {
  const decoded = decodeMapping(mapping(2000, { ttl: null, backend_sni_hostname: 'A.example.com' }));
  assert.ok(decoded.ok);
  assert.equal(decoded.registration.lifetime, 120_000);
  assert.equal(decoded.registration.sni, 'a.example.com');
  assert.equal(decodeMapping(mapping(2000, { backend_tls_port: -1 })).ok, true);
  fc.assert(fc.property(fc.jsonValue(), (value) => void decodeMapping(value)));
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(mapping())), fc.jsonValue(), (key, value) => {
      decodeMapping(mapping(2000, { [key]: value }));
    }),
  );
});
