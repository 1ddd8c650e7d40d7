import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, type TestContext, test } from 'vitest';
import { findProgram } from '../../bench/find-program.ts';
import { CellgateProcess, temporaryDirectory } from '../support/cellgate-process.ts';
import { unlessInstalled } from '../support/peer-program.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';
import { skipFor } from '../support/skip-for.ts';

/** What systemd listens on: Node can open no such socket. A line for each thing that is told. */
const RECEIVER = `
  socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die; bind($s, pack_sockaddr_un($ARGV[0])) or die; $| = 1; print "listens\\n";
  while (defined(recv($s, my $told, 4096, 0))) { print "$told\\n"; }
`;

class Receiver {
  readonly path: string;
  readonly #lines: AsyncIterator<string>;
  readonly child: ChildProcess;

  static async start(t: TestContext): Promise<Receiver> {
    const receiver = new Receiver(t);
    assert.equal(await receiver.next(), 'listens');
    return receiver;
  }

  private constructor(t: TestContext) {
    this.path = join(temporaryDirectory(t), 'notify');
    this.child = spawn('perl', ['-MSocket', '-e', RECEIVER, this.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.onTestFinished(async () => {
      this.child.kill('SIGKILL');
      await once(this.child, 'close');
    });
    this.#lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
  }

  async next(): Promise<string> {
    return (await this.#lines.next()).value;
  }

  /** All that is told until this is. */
  async heard(line: string): Promise<string[]> {
    const lines: string[] = [];
    while (lines.at(-1) !== line) lines.push(await this.next());
    return lines;
  }

  /** The next two things told; what is told of the telling itself is left out. */
  async told(): Promise<string[]> {
    const told: string[] = [];
    while (told.length < 2) {
      const line = await this.next();
      if (/^(?:READY|STOPPING|STATUS)=/.test(line)) told.push(line);
    }
    return told;
  }
}

describe('systemd', skipFor(unlessInstalled('systemd-notify') || unlessInstalled('perl')), () => {
  test('is told that the router serves when it does, and that it drains', async (t) => {
    const receiver = await Receiver.start(t);
    const environment = { NOTIFY_SOCKET: receiver.path };
    const config = { start_response_delay_interval: '1s', drain_wait: '0s' };
    const router = CellgateProcess.router(t, config, environment);
    assert.deepEqual(await receiver.told(), ['READY=1', 'STATUS=serving']);
    const { http } = await router.started();
    assert.equal(statusOf(await ask(http, get('nobody.test'))), 404);
    router.kill('SIGUSR1');
    assert.deepEqual(await receiver.told(), ['STOPPING=1', 'STATUS=draining']);
    assert.deepEqual(await router.exited, [0, null]);
  });

  test('is told that the router stops', async (t) => {
    const receiver = await Receiver.start(t);
    const router = CellgateProcess.router(t, {}, { NOTIFY_SOCKET: receiver.path });
    assert.deepEqual(await receiver.told(), ['READY=1', 'STATUS=serving']);
    router.kill('SIGTERM');
    assert.deepEqual(await receiver.told(), ['STOPPING=1', 'STATUS=stopping']);
    assert.deepEqual(await router.exited, [0, null]);
  });

  test('hears again and again that the router turns where it wants to know', async (t) => {
    const receiver = await Receiver.start(t);
    const router = CellgateProcess.router(t, {}, { NOTIFY_SOCKET: receiver.path, WATCHDOG_USEC: '400000' });
    assert.deepEqual(await receiver.told(), ['READY=1', 'STATUS=serving']);
    await receiver.heard('WATCHDOG=1');
    await receiver.heard('WATCHDOG=1');
    router.kill('SIGKILL');
  });

  test('hears nothing of it from a process that it does not watch', async (t) => {
    const receiver = await Receiver.start(t);
    const router = CellgateProcess.router(
      t,
      { drain_wait: '1s' },
      { NOTIFY_SOCKET: receiver.path, WATCHDOG_USEC: '100000', WATCHDOG_PID: '1' },
    );
    assert.deepEqual(await receiver.told(), ['READY=1', 'STATUS=serving']);
    router.kill('SIGUSR1');
    const between = await receiver.heard('STOPPING=1');
    assert.deepEqual(
      between.filter((line) => line.startsWith('WATCHDOG')),
      [],
    );
  });

  test('that is away costs the router nothing but a line in its log', async (t) => {
    const router = CellgateProcess.router(t, {}, { NOTIFY_SOCKET: '/no/such/socket' });
    const { error } = (await router.logged('systemd-not-told')) as { error: string };
    assert.match(error, /^systemd-notify ended with \d+$/);
    const { http } = await router.started();
    assert.equal(statusOf(await ask(http, get('nobody.test'))), 404);
  });
});

test('without systemd-notify the log says what systemd was not told', async (t) => {
  const folder = temporaryDirectory(t);
  for (const name of ['dirname', 'readlink', 'uname', 'sh']) {
    writeFileSync(join(folder, name), `#!/bin/sh\nexec ${findProgram(name)} "$@"\n`, { mode: 0o755 });
  }
  const router = CellgateProcess.router(t, {}, { NOTIFY_SOCKET: '/run/notify', PATH: folder });
  const told = (await router.logged('systemd-not-told')) as object;
  assert.deepEqual(told, { told: ['READY=1', 'STATUS=serving'], error: 'spawn systemd-notify ENOENT' });
});
