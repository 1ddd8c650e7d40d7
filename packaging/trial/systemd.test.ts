import assert from 'node:assert/strict';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, type TestContext, test } from 'vitest';
import { freePort } from '../../test/support/free-port.ts';
import { ask, get, RawClient, statusOf } from '../../test/support/raw-http.ts';
import { skipFor } from '../../test/support/skip-for.ts';
import { debianPackageName } from '../debian-package.ts';
import { DIST } from '../places.ts';
import { BootedDebian, whyNoBoot } from './booted-debian.ts';

const why = whyNoBoot();
let unbootable: string | null = null;
const debian = why === null ? await BootedDebian.boot().catch(giveUp) : null;
afterAll(() => debian?.end());
const skip = why ?? unbootable ?? false;

function giveUp({ message }: Error): null {
  unbootable = message;
  return null;
}

/** One that root alone may open, and that nobody has. */
async function lowPort(): Promise<number> {
  for (let port = 80; ; port++) if ((await RawClient.connect(port).catch(() => null)) === null) return port;
}

function systemctl(...args: string[]) {
  return debian!.inside('systemctl', ...args);
}

/** What systemd knows of the service under this name. */
function property(name: string): string {
  return systemctl('show', '--value', '--property', name, 'cellgate').stdout.trim();
}

/** A test that is given up must not look on for ever. */
async function until(t: TestContext, done: () => boolean): Promise<void> {
  while (!done()) await delay(100, undefined, { signal: t.signal });
}

describe('under systemd, as installed by the package', skipFor(skip), () => {
  let port = 0;
  let bus = 0;

  test('the service is there, and not started by itself', async () => {
    mkdirSync(join(debian!.root, 'root'), { recursive: true });
    copyFileSync(join(DIST, debianPackageName()), join(debian!.root, 'root/cellgate.deb'));
    assert.equal(debian!.inside('dpkg', '-i', '/root/cellgate.deb').status, 0);
    assert.equal(property('ActiveState'), 'inactive');
    port = await lowPort();
    bus = await freePort();
    const config = {
      port,
      status: {
        host: '127.0.0.1',
        port: await freePort(),
        user: 'u',
        pass: 'p',
        routes: { port: await freePort() },
      },
      start_response_delay_interval: '2s',
      drain_wait: '3s',
      drain_timeout: '1s',
      access_log: { file: '/var/log/cellgate/access.log' },
      cellgate: {
        defaults: 'recommended',
        listen_host: '127.0.0.1',
        bus: { port: bus },
        state_dir: '/var/lib/cellgate',
        admin: { socket: '/run/cellgate/admin.sock' },
      },
    };
    writeFileSync(join(debian!.root, 'etc/cellgate/gorouter.yml'), JSON.stringify(config));
    // A machine that lets nobody make devices cannot keep a service from those there are.
    if (debian!.inside('systemd-run', '--quiet', '--wait', '-p', 'PrivateDevices=yes', 'true').status !== 0) {
      const folder = join(debian!.root, 'etc/systemd/system/cellgate.service.d');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'here.conf'), '[Service]\nPrivateDevices=no\n');
      systemctl('daemon-reload');
    }
  });

  test('its start is over when it serves, on a port below 1024, and not as root', async () => {
    const { status, stderr } = systemctl('start', 'cellgate');
    assert.equal(status, 0, stderr + debian!.inside('journalctl', '--unit', 'cellgate', '--no-pager').stdout);
    assert.equal(statusOf(await ask(port, get('nobody.test'))), 404);
    assert.equal(property('StatusText'), 'serving');
    assert.notEqual(property('UID'), '0');
    assert.equal(
      debian!.inside('cellgate', 'health', '-c', '/etc/cellgate/gorouter.yml').stdout,
      'healthy\n',
    );
    const asked = debian!.inside('cellgate', 'routers', '--admin', 'unix:/run/cellgate/admin.sock');
    assert.match(asked.stdout, / serving /);
    for (const path of ['var/lib/cellgate/router.id', 'var/log/cellgate/access.log']) {
      assert.equal(statSync(join(debian!.root, path)).mode & 0o077, 0, path);
    }
  });

  test('it reads its configuration again when it is told to', async (t) => {
    const file = join(debian!.root, 'etc/cellgate/gorouter.yml');
    writeFileSync(
      file,
      JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), endpoint_timeout: '77s' }),
    );
    assert.equal(systemctl('reload', 'cellgate').status, 0);
    const log = (): string => debian!.inside('journalctl', '-u', 'cellgate').stdout;
    await until(t, () => log().includes('configuration-reload'));
    assert.match(log(), /"configuration-reloaded".*"endpoint_timeout"/);
  });

  test('it is started again when it dies', async (t) => {
    const before = property('MainPID');
    systemctl('kill', '--signal=SIGKILL', 'cellgate');
    await until(
      t,
      () => ![before, '0'].includes(property('MainPID')) && property('ActiveState') === 'active',
    );
    assert.equal(statusOf(await ask(port, get('nobody.test'))), 404);
  });

  test('its stop is a drain: it serves until load balancers know', async (t) => {
    assert.equal(systemctl('stop', '--no-block', 'cellgate').status, 0);
    await until(t, () => property('StatusText') === 'draining');
    assert.equal(property('ActiveState'), 'deactivating');
    assert.equal(statusOf(await ask(port, get('nobody.test'))), 404);
    await until(t, () => property('ActiveState') !== 'deactivating');
    assert.deepEqual([property('ActiveState'), property('Result')], ['inactive', 'success']);
    assert.match(debian!.inside('journalctl', '-u', 'cellgate').stdout, /"gorouter\.exited"/);
  });

  test('the agent announces what its file says, and takes it back at its stop', async (t) => {
    writeFileSync(
      join(debian!.root, 'etc/cellgate/agent.yml'),
      JSON.stringify({
        message_bus_servers: [{ host: `127.0.0.1:${bus}`, user: '', password: '' }],
        host: '127.0.0.1',
        routes: [
          {
            name: 'a',
            port: 1,
            uris: ['a.test'],
            registration_interval: '10s',
            cellgate: { drain_time: '1s' },
          },
        ],
      }),
    );
    const folder = join(debian!.root, 'etc/systemd/system');
    const dropIn = join(folder, 'cellgate.service.d');
    if (existsSync(dropIn)) {
      cpSync(dropIn, join(folder, 'cellgate-agent.service.d'), { recursive: true });
      systemctl('daemon-reload');
    }
    assert.equal(systemctl('start', 'cellgate', 'cellgate-agent').status, 0);
    const status = async (): Promise<number> => statusOf(await ask(port, get('a.test')));
    // Nobody is at the route's address: known, it is answered otherwise.
    while ((await status()) === 404) await delay(100, undefined, { signal: t.signal });
    const told = debian!.inside('cellgate', 'agent', 'status', '--state-dir', '/run/cellgate-agent');
    assert.match(told.stdout, /a\.test/);
    assert.equal(systemctl('stop', 'cellgate-agent').status, 0);
    assert.equal(await status(), 404);
    const ended = systemctl('show', '--value', '--property', 'Result', 'cellgate-agent').stdout;
    assert.equal(ended, 'success\n');
  });
});
