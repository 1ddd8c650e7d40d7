import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { overlay } from '../../src/config/defaults.ts';
import { Backend, ok } from '../support/backend.ts';
import { CellgateProcess, temporaryDirectory } from '../support/cellgate-process.ts';
import { BLUE, GREEN, shop } from '../support/explained-shop.ts';
import { LOCAL } from '../support/router.ts';

describe('2.3 explain', () => {
  test('says of each limit and of each choice what has set it', async (t) => {
    const { router, explain, command, split } = await shop(t, {
      endpoint_timeout: '70s',
      backends: { max_attempts: 2 },
      endpoint_dial_timeout: null,
    });
    const limits = async (url = 'http://shop.test/') => {
      const { stdout } = await explain('--json', url);
      const { explanation } = JSON.parse(stdout).routers[0];
      const found = new Map<string, string>();
      for (const { name, value, from, key } of explanation.limits) {
        found.set(`${name} ${key}`, `${value} ${from}`);
      }
      return { found, explanation };
    };
    const { found, explanation } = await limits();
    assert.equal(found.get('one attempt endpoint_timeout'), '70000 gorouter.yml');
    assert.equal(found.get('attempts backends.max_attempts'), '2 gorouter.yml');
    assert.equal(found.get('connecting to an endpoint endpoint_dial_timeout'), '5000 built-in');
    // The file has the one, and the other is longer.
    assert.equal(found.get('passed over after a failure droplet_stale_threshold'), '30000 built-in');
    assert.equal(found.get('silence of a tunnel cellgate.tunnel_idle_timeout'), '0 built-in');
    assert.deepEqual(explanation.algorithmFrom, { from: 'built-in', key: 'balancing_algorithm' });
    const own = await Backend.start(t, () => ok('own'));
    const options = { request_timeout: 5, loadbalancing: 'least-connection' };
    await router.route('own.test', own.port, { options, private_instance_id: 'own-1' });
    const told = await limits('http://own.test/');
    assert.equal(told.found.get('one attempt request_timeout'), '5000 message:options');
    assert.deepEqual(told.explanation.algorithmFrom, { from: 'message:options', key: 'loadbalancing' });

    await split('set', 'shop.test', `app:${GREEN}=1`, `app:${BLUE}=1`);
    while ((await command('endpoint', 'drain', 'blue-2')).code !== 0);
    const { stdout } = await explain('http://shop.test/');
    assert.match(stdout, /^ {2}split {4}.* users known by none \(admin:socket\)$/m);
    assert.match(stdout, /^ {2}orders {3}blue-2 draining \(admin:socket\)$/m);
    assert.match(stdout, /one attempt: 70 s \(gorouter\.yml endpoint_timeout\)/);
    assert.match(stdout, /silence of a tunnel: no limit \(built-in, cellgate\.tunnel_idle_timeout\)/);
  });

  test('names who has made a static endpoint, and a key that a reload brought', async (t) => {
    const folder = temporaryDirectory(t);
    const socket = join(folder, 'admin.sock');
    const file = join(folder, 'gorouter.yml');
    const admin = { socket };
    const config = (more: object) =>
      writeFileSync(
        file,
        JSON.stringify(overlay(LOCAL, { cellgate: { state_dir: folder, admin }, ...more })),
      );
    config({});
    const router = new CellgateProcess(t, ['-c', file]);
    const command = async (...args: string[]) => {
      const process = new CellgateProcess(t, [...args, '--admin', `unix:${socket}`]);
      const [code] = await process.exited;
      return { code, stdout: process.stdout };
    };
    const table = join(folder, 'table');
    writeFileSync(table, '{"uris": ["static.test"], "host": "127.0.0.1", "port": 1}\n');
    while ((await command('table', 'import', table, '--ttl', '1h')).code !== 0);
    const before = await command('explain', 'static.test');
    assert.match(before.stdout, /^ {2}static {3}127\.0\.0\.1:1 \(admin:socket\)$/m);
    assert.match(before.stdout, /one attempt: \d+ s \(built-in, endpoint_timeout\)/);
    config({ endpoint_timeout: '33s', backends: { max_conns: 7 } });
    router.kill('SIGHUP');
    let after = before;
    while (!after.stdout.includes('33 s')) after = await command('explain', 'static.test');
    assert.match(after.stdout, /one attempt: 33 s \(gorouter\.yml endpoint_timeout\)/);
    // It waits for a restart, and so does where it comes from.
    assert.match(after.stdout, /awaited of an endpoint: \d+ \(built-in, backends\.max_conns\)/);
    router.kill('SIGTERM');
    await router.exited;
  });
});
