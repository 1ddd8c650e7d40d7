import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, type TestContext, test } from 'vitest';
import { Backend, ok } from '../../test/support/backend.ts';
import { CellgateProcess, configFile } from '../../test/support/cellgate-process.ts';
import { freePort } from '../../test/support/free-port.ts';
import { ask, get, statusOf } from '../../test/support/raw-http.ts';
import { LOCAL } from '../../test/support/router.ts';
import { skipFor } from '../../test/support/skip-for.ts';
import { DIST, PACKAGE_NAME, ROOT, VERSION } from '../places.ts';
import { run } from './bare-debian.ts';
import { buildImage, makeBases, whyNoImages } from './image-bases.ts';

const IMAGE = 'localhost/cellgate-trial';
const why = whyNoImages();

function podman(...args: string[]) {
  const { status, stdout, stderr } = spawnSync('podman', ['--runtime', 'runc', ...args], {
    encoding: 'utf8',
  });
  return { status, stdout: stdout.trim(), stderr };
}

/** A container with the router, gone with the test. */
class Container {
  readonly name = `cellgate-trial-${process.pid}-${Math.trunc(Math.random() * 1e9)}`;

  constructor(t: TestContext, configuration: string | null, ...command: string[]) {
    t.onTestFinished(() => void podman('rm', '--force', '--time', '0', this.name));
    const mounts = configuration === null ? [] : ['-v', `${configuration}:/etc/cellgate/gorouter.yml:ro`];
    run(
      'podman',
      ...['--runtime', 'runc', 'run', '--detach', '--name', this.name, '--network', 'host', '--read-only'],
      // No more than what this machine may have for itself.
      ...['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024', ...mounts, IMAGE, ...command],
    );
  }

  /** Of the check that the image brings with it. */
  isHealthy(): boolean {
    return podman('healthcheck', 'run', this.name).status === 0;
  }

  exitCode(): number {
    return Number(podman('wait', this.name).stdout);
  }

  get log(): string {
    const { stdout, stderr } = podman('logs', this.name);
    return stdout + stderr;
  }
}

function readable(t: TestContext, config: object): string {
  const path = configFile(t, JSON.stringify({ ...LOCAL, logging: { level: 'info' }, ...config }));
  chmodSync(dirname(path), 0o755);
  return path;
}

describe('the image', skipFor(why ?? false), () => {
  if (why === null) {
    makeBases();
    buildImage(IMAGE);
    afterAll(() => podman('rmi', '--force', IMAGE));
  }

  test('says what it is, and that it is not for root', () => {
    const [{ Config }] = JSON.parse(podman('inspect', IMAGE).stdout);
    assert.equal(Config.User, '10001:10001');
    assert.equal(Config.Labels['org.opencontainers.image.version'], VERSION);
    assert.equal(Config.StopSignal, 'SIGUSR1');
    assert.deepEqual(Config.Entrypoint, ['/usr/bin/cellgate']);
  });

  test('is healthy once it serves, serves from a file system it cannot write to, drains, and is gone', async (t) => {
    const app = await Backend.start(t, () => ok('from the image'));
    const [port, statusPort, busPort] = [await freePort(), await freePort(), await freePort()];
    const config = {
      port,
      status: { ...LOCAL.status, port: statusPort },
      start_response_delay_interval: '1s',
      drain_wait: '2s',
      cellgate: { ...LOCAL.cellgate, bus: { port: busPort }, state_dir: '/var/lib/cellgate' },
    };
    const container = new Container(t, readable(t, config));
    assert.equal(container.isHealthy(), false);
    while (!container.isHealthy()) await delay(200, undefined, { signal: t.signal });

    const program = `${DIST}/${PACKAGE_NAME}`;
    const args = ['register', 'app.test', `127.0.0.1:${app.port}`, '--bus', `nats://127.0.0.1:${busPort}`];
    await new CellgateProcess(t, args, '/', {}, { program }).until('heartbeat every');
    let answer = await ask(port, get('app.test'));
    while (statusOf(answer) !== 200) answer = await ask(port, get('app.test'));
    assert.equal(answer.body, 'from the image');

    assert.equal(podman('kill', '--signal', 'SIGUSR1', container.name).status, 0);
    assert.equal(container.isHealthy(), false);
    assert.equal(container.exitCode(), 0);
    assert.match(container.log, /"gorouter-draining"/);
    assert.doesNotMatch(container.log, /SIGKILL|panic/);
  });

  test('without a configuration it ends, and says which file is missing', (t) => {
    const container = new Container(t, null);
    assert.equal(container.exitCode(), 1);
    assert.match(container.log, /\/etc\/cellgate\/gorouter\.yml: cannot be read: no such file/);
  });

  test('is told to stop by the signal that drains', async (t) => {
    const container = new Container(
      t,
      readable(t, { drain_wait: '0s', status: { ...LOCAL.status, port: await freePort() } }),
    );
    while (!container.log.includes('gorouter.started')) await delay(100, undefined, { signal: t.signal });
    assert.equal(podman('stop', '--time', '60', container.name).status, 0);
    assert.match(container.log, /"gorouter-draining"/);
    assert.equal(container.exitCode(), 0);
  });
});

test('the image names the version that it is of', () => {
  assert.ok(readFileSync(`${ROOT}Dockerfile`, 'utf8').includes(`ARG VERSION=${VERSION}\n`));
});
