import assert from 'node:assert/strict';
import { parseConfig } from '../../src/config/read.ts';
import { Epochs } from '../../src/registry/epochs.ts';
import { Seats } from '../../src/registry/seats.ts';
import { EndpointMemory } from '../../src/routing/endpoint-memory.ts';
import { TcpRoutes } from '../../src/runtime/tcp/tcp-routes.ts';
import type { TcpRegistration } from '../../src/tcp/table/route.ts';
import { PLAIN, type TcpTerms } from '../../src/tcp/table/terms.ts';
import { LogLines } from './registry-fixture.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

export const VERIFIED = tls('i-1.internal');

export function tls(name: string): TcpTerms {
  return { ...PLAIN, backendTls: { name, sni: '', clientCertificate: false } };
}

export function registration(more: Partial<TcpRegistration> = {}): TcpRegistration {
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
export function tcpOnClock(t: Ending, more: object = {}, routes: object[] = []) {
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
  const log = new LogLines();
  const tcp = new TcpRoutes({
    config,
    seats: new Seats(new EndpointMemory(1, 100), 100),
    epochs,
    running: () => clock.now,
    log,
    send: () => {},
  });
  t.onTestFinished(() => tcp.ports.stop());
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
  const total = () => [...tcp.members()].length;
  const told = () => log.lines.map(({ message }) => message).filter((text) => text.startsWith('prune-'));
  const list = (registrations: TcpRegistration[], isBack: boolean) => {
    for (const _ of tcp.replace('routing-api', registrations, isBack));
  };
  return { tcp, clock, count, left, total, told, list };
}

/** So many backends, ten to a port, each an instance of its own. */
export function many(count: number, more: Partial<TcpRegistration> = {}): TcpRegistration[] {
  return Array.from({ length: count }, (_, at) =>
    registration({
      port: 2000 + (Math.floor(at / 10) % 10),
      host: `10.0.1.${at}`,
      instanceId: `i-${at}`,
      ...more,
    }),
  );
}
