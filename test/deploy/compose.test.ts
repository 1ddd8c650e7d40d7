import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, type TestContext, test } from 'vitest';
import { parse } from 'yaml';
import { type ContainerRoute, readRoutes } from '../../src/agent/containers/container-routes.ts';
import { parseDomain } from '../../src/agent/containers/domain.ts';
import { parseArguments } from '../../src/cli/arguments.ts';
import { parseConfig } from '../../src/config/read.ts';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { container } from '../support/container.ts';
import { runProgram, unlessInstalled } from '../support/peer-program.ts';
import { skipFor } from '../support/skip-for.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Folders of boards and alerts: an engine makes an empty one where there is none. */
const MAY_BE_EMPTY = ['deploy/prometheus', 'deploy/grafana'];
/** The engine's own. */
const SOCKET = '/var/run/docker.sock';

interface Service {
  readonly image: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: readonly string[];
  readonly ports?: readonly string[];
  readonly stop_grace_period?: string;
}

interface Composition {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
}

const text = readFileSync(join(ROOT, 'compose.yml'), 'utf8');
const { services, volumes } = parse(text, { merge: true }) as Composition;

function shipped(name: string): string {
  return readFileSync(join(ROOT, 'deploy/demo', name), 'utf8');
}

/** For a machine where the names of containers are unknown. */
function anywhere(t: TestContext, config: string): string {
  const path = join(temporaryDirectory(t), 'config');
  writeFileSync(path, config);
  return path;
}

describe('compose.yml', () => {
  test('mounts what there is, and names services and volumes that there are', () => {
    for (const [name, service] of Object.entries(services)) {
      for (const mount of service.volumes ?? []) {
        const [from = ''] = mount.split(':');
        if (from === SOCKET) continue;
        const there = from.startsWith('./') ? existsSync(join(ROOT, from)) : from in volumes;
        assert.ok(there || MAY_BE_EMPTY.includes(from.slice(2)), `${name}: ${mount}`);
      }
      for (const other of service.depends_on ?? []) assert.ok(other in services, `${name}: ${other}`);
    }
  });

  test('opens its ports on this machine alone', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    assert.deepEqual(
      ports.filter((each) => !each.startsWith('127.0.0.1:')),
      [],
    );
  });

  test('has an agent whose command line means something, and applications that it announces', () => {
    const { command } = services['agent']!;
    const { kind } = parseArguments(command!);
    assert.equal(kind, 'agent');
    const domains = [parseDomain(command!.at(-1)!)!];
    const labelled = Object.entries(services).filter(([, { labels }]) => labels !== undefined);
    assert.deepEqual(domains, [{ kind: 'below', parent: '.localhost' }]);
    const told = labelled.map(([name, { labels }]) => {
      const { routes, faults, warnings } = readRoutes(container(labels!), { machine: '', domains });
      assert.deepEqual([faults, warnings], [[], []], name);
      const [{ registration }] = routes as [ContainerRoute];
      return [registration.app, registration.uris, registration.port];
    });
    assert.deepEqual(told, [
      ['blue', ['shop.localhost'], 3000],
      ['blue', ['shop.localhost'], 3000],
      ['green', ['shop.localhost'], 3000],
      ['green', ['shop.localhost'], 3000],
    ]);
    const [line] = /cutover .*$/m.exec(text)!;
    assert.equal(parseArguments(line.split(' ')).kind, 'cutover');
  });

  test('has a configuration that the router takes, and gives it the time to drain', () => {
    const read = parseConfig(shipped('router.yml'), 'router.yml');
    assert.ok(read.ok, JSON.stringify(read));
    assert.deepEqual(read.warnings, []);
    const { drain_wait, drain_timeout, status } = read.config;
    const grace = Number(services['router-0']!.stop_grace_period!.replace('s', '')) * 1000;
    assert.ok(grace > drain_wait + drain_timeout);
    const [scrape] = parse(shipped('prometheus.yml')).scrape_configs;
    assert.deepEqual(scrape.basic_auth, { username: status.user, password: status.pass });
    assert.ok(scrape.static_configs[0].targets.every((each: string) => each.endsWith(`:${status.port}`)));
  });

  test('has configurations that HAProxy takes', skipFor(unlessInstalled('haproxy')), async (t) => {
    for (const name of ['haproxy.cfg', 'admin-door.cfg']) {
      const { code, stderr, stdout } = await runProgram(t, 'haproxy', '-c', '-f', anywhere(t, shipped(name)));
      assert.equal(code, 0, stdout + stderr);
    }
  });

  test('has a configuration that Prometheus takes', skipFor(unlessInstalled('promtool')), async (t) => {
    const path = anywhere(t, shipped('prometheus.yml'));
    const { code, stderr, stdout } = await runProgram(t, 'promtool', 'check', 'config', path);
    assert.equal(code, 0, stdout + stderr);
  });
});
