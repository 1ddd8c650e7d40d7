import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'vitest';
import { AgentBed, RouterSide, registrarConfig, startPlatform } from '../support/agent-process.ts';
import { Authority } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { findNatsServer, type NatsServerOptions, startNatsServer } from '../support/nats-server.ts';
import { skipFor } from '../support/skip-for.ts';

const skip = findNatsServer() === undefined && 'nats-server is not installed';

async function nats(t: TestContext, options: NatsServerOptions = {}) {
  const server = await startNatsServer(options);
  t.onTestFinished(() => server.close());
  return server;
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
  test(
    `every route is registered at once, again at its interval, and taken back once on ${signal}`,
    skipFor(skip),
    async (t) => {
      const { server, router, agents } = await startPlatform(t);
      const pidFile = join(agents.folder, 'agent.pid');
      const config = registrarConfig(server.port, { registration_interval: '300ms' });
      const agent = agents.start(config, `-pidfile=${pidFile}`, '-timeFormat=rfc3339');
      const [verb, text] = await router.message();
      assert.equal(verb, 'register');
      assert.match(
        text,
        /^\{"uris":\["shop\.test"\],"host":"10\.0\.0\.5","port":8080,"tags":null,"private_instance_id":"[0-9a-f-]{36}"\}$/,
      );
      assert.deepEqual(await router.message(), ['register', text]);
      assert.deepEqual(await router.message(), ['register', text]);
      assert.equal(readFileSync(pidFile, 'utf8'), String(agent.child.pid));
      agent.kill(signal);
      await router.until('unregister shop.test');
      assert.deepEqual(await agent.exited, [0, null], agent.stdout + agent.stderr);
      assert.match(agent.stdout, /"message":"Route Registrar\.Exiting without error"/);
    },
  );
}

test(
  'a script decides: success registers, failure unregisters as often as the limit allows',
  skipFor(skip),
  async (t) => {
    const { server, router, agents } = await startPlatform(t);
    const verdict = agents.write('verdict', '1');
    const script = agents.script('check', `echo seen; exit $(cat ${verdict})`);
    const health_check = { name: 'shop', script_path: script };
    const config = registrarConfig(server.port, { registration_interval: '200ms', health_check });
    const agent = agents.start({ ...config, unregistration_message_limit: 2 });
    await agent.until('"message":"Route Registrar.Unregistering route"');
    assert.equal(await router.each(), 'unregister shop.test');
    assert.equal(await router.each(), 'unregister shop.test');
    agents.write('verdict', '0');
    // No third came between.
    assert.equal(await router.each(), 'register shop.test');
    await agent.until('"stdout":"seen\\n"');
    agents.write('verdict', '3');
    await router.until('unregister shop.test');
    assert.equal(await router.each(), 'unregister shop.test');
  },
);

test(
  'a script that does not end in time is killed with all it has started, and counts as a failure',
  skipFor(skip),
  async (t) => {
    const { server, router, agents } = await startPlatform(t);
    const child = join(agents.folder, 'child');
    const script = agents.script(
      'check',
      `sleep 1000 &\necho $! >${child}.new; mv ${child}.new ${child}; wait`,
    );
    const health_check = { name: 'shop', script_path: script, timeout: '2s' };
    const agent = agents.start(registrarConfig(server.port, { registration_interval: '1h', health_check }));
    assert.equal(await router.next(), 'unregister shop.test');
    await agent.until('Script failed to exit within 2000ms');
    const pid = readFileSync(child, 'utf8').trim();
    // Reaped by whoever inherits it; until then it is a zombie.
    const state = existsSync(`/proc/${pid}/stat`)
      ? readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[2]
      : 'gone';
    assert.match(state ?? '', /^(?:gone|Z|X)$/);
  },
);

test('a script that cannot be started counts as a failure', skipFor(skip), async (t) => {
  const { server, router, agents } = await startPlatform(t);
  const health_check = { name: 'shop', script_path: join(agents.folder, 'missing') };
  agents.start(registrarConfig(server.port, { health_check }));
  assert.equal(await router.next(), 'unregister shop.test');
});

test('the bus is spoken to over mutual TLS, with a login', skipFor(skip), async (t) => {
  const authority = new Authority();
  const identity = authority.issue({ names: 'IP:127.0.0.1,DNS:localhost' });
  const tls = { ...identity, ca: authority.cert };
  const server = await nats(t, { tls, user: 'me', pass: 'hunter2' });
  const router = await RouterSide.start(t, {
    servers: `127.0.0.1:${server.port}`,
    tls,
    user: 'me',
    pass: 'hunter2',
  });
  const agents = new AgentBed(t);
  const agent = agents.start({
    ...registrarConfig(server.port, {}),
    message_bus_servers: [{ host: `127.0.0.1:${server.port}`, user: 'me', password: 'hunter2' }],
    nats_mtls_config: {
      enabled: true,
      cert_path: agents.write('cert.pem', identity.cert),
      key_path: agents.write('key.pem', identity.key),
      ca_path: agents.write('ca.pem', authority.cert),
    },
  });
  assert.equal(await router.next(), 'register shop.test');
  agent.kill('SIGTERM');
  assert.equal(await router.next(), 'unregister shop.test');
  await agent.exited;
  assert.ok(!`${agent.stdout}${agent.stderr}`.includes('hunter2'));
});

test('files that globs lead to come, change, break and go', skipFor(skip), async (t) => {
  const { server, router, agents } = await startPlatform(t);
  const route = (name: string, interval = '1h') =>
    `routes:\n- {name: ${name}, port: 9000, uris: [${name}.test], registration_interval: ${interval}}\n`;
  const first = agents.write('first.routes.yml', route('first'));
  const config = {
    ...registrarConfig(server.port),
    dynamic_config_globs: [join(agents.folder, '*.routes.yml')],
  };
  const agent = agents.start(config);
  assert.equal(await router.next(), 'register first.test');
  agents.write('second.routes.yml', route('second'));
  agent.kill('SIGHUP');
  assert.equal(await router.next(), 'register second.test');
  // Changed: what is new comes before what it was goes.
  agents.write('second.routes.yml', route('third'));
  agent.kill('SIGHUP');
  assert.equal(await router.next(), 'register third.test');
  assert.equal(await router.next(), 'unregister second.test');
  agents.write('second.routes.yml', 'routes: [');
  agent.kill('SIGHUP');
  await agent.until('failed-to-parse-file');
  rmSync(first);
  agent.kill('SIGHUP');
  // What a broken file said before holds.
  assert.equal(await router.next(), 'unregister first.test');
  agent.kill('SIGTERM');
  assert.equal(await router.next(), 'unregister third.test');
});

test(
  'a router that starts hears of all routes at once, and so does a bus that is back',
  skipFor(skip),
  async (t) => {
    const port = await freePort();
    const first = await nats(t, { port });
    const router = await RouterSide.start(t, { servers: `127.0.0.1:${port}` });
    const agent = new AgentBed(t).start(
      registrarConfig(port, {}, { name: 'more', uris: ['more.test'], port: 81 }),
    );
    const both = async (side: RouterSide) => new Set([await side.next(), await side.next()]);
    const expected = new Set(['register shop.test', 'register more.test']);
    assert.deepEqual(await both(router), expected);
    router.announce();
    assert.deepEqual(await both(router), expected);
    await router.connection.close();
    await first.close();
    await agent.until('nats-connection-disconnected');
    await nats(t, { port });
    const second = await RouterSide.start(t, { servers: `127.0.0.1:${port}` });
    await agent.until('nats-connection-reconnected');
    second.announce();
    assert.deepEqual(await both(second), expected);
  },
);

test('an agent may be there before its bus', skipFor(skip), async (t) => {
  const port = await freePort();
  const agent = new AgentBed(t).start(registrarConfig(port, { registration_interval: '300ms' }));
  await agent.until('nats-connection-failed');
  await nats(t, { port });
  const router = await RouterSide.start(t, { servers: `127.0.0.1:${port}` });
  assert.equal(await router.next(), 'register shop.test');
});
