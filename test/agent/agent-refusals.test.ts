import assert from 'node:assert/strict';
import { test } from 'vitest';
import { AgentBed, registrarConfig } from '../support/agent-process.ts';

test('orders to nobody, and of routes that nobody has, fail with the next step', async (t) => {
  const agents = new AgentBed(t);
  const alone = agents.run('drain', 'shop');
  assert.deepEqual(await alone.exited, [1, null]);
  assert.match(
    alone.stderr,
    /^cellgate: no agent runs with the state folder .*: start one with "cellgate agent"/,
  );
  const agent = agents.start({ routes: [] });
  await agent.until('"message":"Route Registrar.Running"');
  const odd = agents.run('drain', 'shop');
  assert.deepEqual(await odd.exited, [1, null]);
  assert.equal(odd.stderr, 'cellgate: no route is called "shop": see "cellgate agent status"\n');
});

test('a configuration that is wrong, or cannot be read, ends it with 1 and the reason', async (t) => {
  const agents = new AgentBed(t);
  const wrong = agents.start({ routes: [{ name: 'x' }] });
  assert.deepEqual(await wrong.exited, [1, null]);
  assert.match(wrong.stderr, /^cellgate: .*registrar_settings\.json: there were 4 errors with 'config':\n/);
  const missing = agents.run('-configPath', '/does/not/exist');
  assert.deepEqual(await missing.exited, [1, null]);
  assert.match(missing.stderr, /^cellgate: \/does\/not\/exist cannot be read: no such file/);
  const unusable = agents.start({
    ...registrarConfig(1),
    nats_mtls_config: { enabled: true, cert_path: '/no', key_path: '/no', ca_path: '/no' },
  });
  assert.deepEqual(await unusable.exited, [1, null]);
  assert.match(unusable.stderr, /^cellgate: nats_mtls_config\.ca_path: \/no cannot be read: no such file/);
});

test('a command line that is wrong ends with 64', async (t) => {
  const agents = new AgentBed(t);
  for (const [args, expected] of [
    [['-logLevel', 'loud'], /"-logLevel" needs one of debug, info, error, fatal, found "loud"/],
    [['-timeFormat', 'sundial'], /"-timeFormat" needs one of unix-epoch, rfc3339/],
    [['--agent-port', 'x'], /"--agent-port" needs PORT or HOST:PORT, found "x"/],
    [['drain'], /agent drain needs a ROUTE/],
    [['file.json'], /found "file\.json" where drain, undrain or status belongs; a file is named by --config/],
    [
      ['--hand-over'],
      /unknown option "--hand-over" \(did you mean "--handover"\?\), see "cellgate help agent"/,
    ],
  ] as const) {
    const agent = agents.run(...args);
    assert.deepEqual(await agent.exited, [64, null], args.join(' '));
    assert.match(agent.stderr, expected);
  }
});
