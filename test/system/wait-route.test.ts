import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'vitest';
import { CellgateProcess, temporaryDirectory } from '../support/cellgate-process.ts';
import { findNatsServer, startNatsServer } from '../support/nats-server.ts';
import { TestRouter } from '../support/router.ts';
import { skipFor } from '../support/skip-for.ts';

const NEEDS_NATS = skipFor(findNatsServer() === undefined && 'nats-server is not installed');

test(
  '2.4 a command waits until every router has a route, and says which lack it when it gives up',
  NEEDS_NATS,
  async (t) => {
    const bus = await startNatsServer();
    t.onTestFinished(() => bus.close());
    const socket = join(temporaryDirectory(t), 'admin.sock');
    const nats = { hosts: [{ hostname: '127.0.0.1', port: bus.port }] };
    // One of the two takes no routes of other segments than its own.
    const shard = { routing_table_sharding_mode: 'segments', isolation_segments: ['mine'] };
    const one = await TestRouter.start(t, { nats, cellgate: { admin: { socket } } });
    const two = await TestRouter.start(t, { nats, ...shard });
    const wait = async (...args: string[]) => {
      const command = new CellgateProcess(t, ['wait-route', ...args, '--admin', `unix:${socket}`]);
      const [code] = await command.exited;
      return { code, stdout: command.stdout, stderr: command.stderr };
    };
    one.register('all.test', 1, { app: 'a', isolation_segment: 'mine' });
    one.register('half.test', 1, { app: 'a' });
    assert.deepEqual(await wait('ALL.test'), {
      code: 0,
      stdout: 'ALL.test is known to all 2 routers\n',
      stderr: '',
    });
    const half = await wait('half.test', '--timeout', '1s');
    assert.equal(half.code, 1);
    assert.match(half.stderr, /^cellgate: half\.test is not known to all: 0-[\da-f-]{36} lacks it\n$/);
    assert.equal((await wait('all.test', '--app', 'b', '--timeout', '0s')).code, 1);
    assert.equal((await wait('all.test', '--app', 'a')).code, 0);
    assert.equal((await wait()).code, 64);
    assert.equal((await wait('all.test', '--timeout', 'soon')).code, 64);
    await two.router.stop();
    assert.deepEqual(await wait('half.test'), {
      code: 0,
      stdout: 'half.test is known to the only router\n',
      stderr: '',
    });
  },
);
