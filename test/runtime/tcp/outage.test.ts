import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { parseConfig } from '../../../src/config/read.ts';
import { Epochs } from '../../../src/registry/epochs.ts';
import { Seats } from '../../../src/registry/seats.ts';
import { EndpointMemory } from '../../../src/routing/endpoint-memory.ts';
import { TcpRoutes } from '../../../src/runtime/tcp/tcp-routes.ts';
import type { TcpRegistration } from '../../../src/tcp/table/route.ts';
import { PLAIN, type TcpTerms } from '../../../src/tcp/table/terms.ts';
import { LogLines } from '../../support/registry-fixture.ts';

const THRESHOLD = 120_000;
const HOUR = 3_600_000;
const VERIFIED = tls('i-1.internal');

function tls(name: string): TcpTerms {
  return { ...PLAIN, backendTls: { name, sni: '', clientCertificate: false } };
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
    lifetime: 0,
    terms: PLAIN,
    tag: null,
    ...more,
  };
}

/** The control thread's TCP routes on a clock that stands still, with no threads. */
function fixture(t: TestContext, more: object = {}, routes: object[] = []) {
  const file = {
    ...more,
    cellgate: { tcp: { enabled: true, reservable_ports: '2000-2010', routes } },
  };
  const read = parseConfig(JSON.stringify(file), 'test.yml');
  assert.ok(read.ok, read.ok ? '' : read.problems.join('\n'));
  const { cellgate } = read.config;
  const backendTls = { ...cellgate.tcp.backend_tls, enabled: true };
  const config = {
    ...read.config,
    cellgate: { ...cellgate, tcp: { ...cellgate.tcp, backend_tls: backendTls } },
  };
  const epochs = new Epochs(new SharedArrayBuffer(0));
  const clock = { now: 0 };
  const tcp = new TcpRoutes({
    config,
    seats: new Seats(new EndpointMemory(1, 100), 100),
    epochs,
    running: () => clock.now,
    log: new LogLines(),
    send: () => {},
  });
  t.after(() => tcp.ports.stop());
  tcp.start();
  const ports = () => Object.keys(tcp.json()).map(Number);
  const count = (port: number) => {
    const entries = (tcp.json() as Record<string, { backends: unknown[] }[]>)[port] ?? [];
    return entries.flatMap(({ backends }) => backends).length;
  };
  const left = (now: number) => {
    clock.now = now;
    tcp.prune();
    return ports();
  };
  return { tcp, clock, count, left };
}

describe('while the bus is away a TCP backend', () => {
  test('that TLS verifies stays, one in plain text goes, and so does one that is known by its address alone', (t) => {
    const { tcp, left } = fixture(t);
    tcp.register(registration({ port: 2000, terms: VERIFIED }));
    tcp.register(registration({ port: 2001, terms: tls('10.0.0.1') }));
    tcp.register(registration({ port: 2002 }));
    tcp.busIs(false);
    assert.deepEqual(left(THRESHOLD), [2000, 2001, 2002]);
    assert.deepEqual(left(50 * HOUR), [2000]);
    tcp.busIs(true);
    assert.deepEqual(left(50 * HOUR + THRESHOLD), [2000]);
    assert.deepEqual(left(50 * HOUR + THRESHOLD + 1), []);
  });

  test('of the routing API that was restored goes by its own time', (t) => {
    const { tcp, left } = fixture(t, { suspend_pruning_if_nats_unavailable: true });
    tcp.busIs(false);
    tcp.restore(registration({ owner: 'routing-api g', lifetime: THRESHOLD }), 0);
    tcp.restore(registration({ port: 2001 }), 0);
    assert.deepEqual(left(THRESHOLD), [2000, 2001]);
    assert.deepEqual(left(THRESHOLD + 1), [2001]);
  });
});

describe('after the bus was away an address that another instance announces', () => {
  const segments = { routing_table_sharding_mode: 'segments', isolation_segments: ['ours'] };

  function lost(t: TestContext, more: object = {}, routes: object[] = []) {
    const made = fixture(t, more, routes);
    made.tcp.register(registration({ port: 2001, isolationSegment: 'ours' }));
    made.tcp.busIs(false);
    made.tcp.busIs(true);
    return made;
  }

  test('is no longer that of the one before', (t) => {
    const { tcp, count } = lost(t);
    tcp.register(registration({ instanceId: 'other' }));
    assert.equal(count(2001), 0);
  });

  test('neither where it takes the place of the one before in another route', (t) => {
    const made = fixture(t);
    for (const port of [2000, 2001]) made.tcp.register(registration({ port }));
    made.tcp.busIs(false);
    made.tcp.busIs(true);
    made.tcp.register(registration({ instanceId: 'other' }));
    assert.deepEqual([made.count(2000), made.count(2001)], [1, 0]);
  });

  test('neither where routes of its isolation segment are not wanted here', (t) => {
    const { tcp, count } = lost(t, segments);
    tcp.register(registration({ instanceId: 'other', isolationSegment: 'theirs' }));
    assert.equal(count(2000), 0);
    assert.equal(count(2001), 0);
  });

  test('stays with the configuration, and where nobody says which instance it is', (t) => {
    const { tcp, count } = lost(t, {}, [{ port: 2003, backends: ['10.0.0.1:80'] }]);
    tcp.register(registration({ instanceId: '' }));
    assert.deepEqual([count(2001), count(2003)], [1, 1]);
    tcp.register(registration({ port: 2004, instanceId: 'other' }));
    assert.deepEqual([count(2001), count(2003)], [0, 1]);
  });
});
