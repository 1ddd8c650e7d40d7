import assert from 'node:assert/strict';
import { connect } from '@nats-io/transport-node';
import { describe, test, vi } from 'vitest';
import { EmbeddedBus } from '../../src/bus/embedded/server.ts';
import type { LogData, RootLog } from '../../src/telemetry/component-log.ts';
import { Authority } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { NatsRawClient } from '../support/nats-raw-client.ts';
import { QUIET, TestRouter } from '../support/router.ts';

/** A router's log, all that it says as text. */
function textLog(): { readonly log: RootLog; readonly lines: string[] } {
  const lines: string[] = [];
  const write = (message: string, data?: LogData) => void lines.push(JSON.stringify([message, data]));
  const log: RootLog = {
    ...QUIET,
    ...{ debug: write, info: write, warn: write, error: write, fatal: write },
    child: () => log,
  };
  return { log, lines };
}

/** Does that when the bus of the next router listens, before the router goes on. Tells the token of the router. */
function onceListening(what: (port: number) => Promise<void>): () => string {
  const { listen } = EmbeddedBus;
  let token = '';
  vi.spyOn(EmbeddedBus, 'listen').mockImplementation(async (options: Parameters<typeof listen>[0]) => {
    token = options.routerToken!;
    const bus = await listen(options);
    await what(bus.port);
    return bus;
  });
  return () => token;
}

function registration(uri: string): string {
  return JSON.stringify({ host: '127.0.0.1', port: 1, uris: [uri] });
}

async function routesOf({ router }: TestRouter): Promise<string[]> {
  const url = `http://127.0.0.1:${router.addresses.routes}/routes`;
  const headers = { Authorization: `Basic ${btoa('operator:secret')}` };
  return Object.keys((await (await fetch(url, { headers })).json()) as object);
}

describe('§5.4 an agent that is there before the router has subscribed, and registers once, has its route:', () => {
  for (const [how, login] of [
    ['without a login', {}],
    ['with one', { user: 'cell', pass: 'pa ss"word' }],
  ] as const) {
    test(how, async (t) => {
      const { log, lines } = textLog();
      let announced: Promise<void> | undefined;
      const token = onceListening(async (port) => {
        const ahead = await NatsRawClient.connect(port);
        t.onTestFinished(() => void ahead.socket.destroy());
        const message = registration('ahead.test');
        const hello = `CONNECT ${JSON.stringify({ verbose: false, ...login })}\r\n`;
        ahead.send(`${hello}PUB router.register ${message.length}\r\n${message}\r\nPING\r\n`);
        announced = announce(port);
      });
      const announce = async (port: number) => {
        const agent = await connect({ servers: `127.0.0.1:${port}`, ...login });
        t.onTestFinished(() => agent.close());
        agent.publish('router.register', registration('early.test'));
        await agent.flush();
        agent.publish('router.register', registration('marker.test'));
      };
      const router = await TestRouter.start(t, { nats: login }, log);
      await announced;
      let routes: string[] = [];
      while (!routes.includes('marker.test')) routes = await routesOf(router);
      assert.deepEqual(routes, ['ahead.test', 'early.test', 'marker.test']);
      assert.match(token(), /^[\w-]{43}$/);
      assert.ok(lines.some((line) => line.includes('subscriber-started')));
      assert.deepEqual(
        lines.filter((line) => line.includes(token())),
        [],
      );
    });
  }
});

test('a start that fails with the bus shut ends who waits, unserved, and listens no longer', async (t) => {
  const { log, lines } = textLog();
  const clients: NatsRawClient[] = [];
  let port = 0;
  const token = onceListening(async (itsPort) => {
    port = itsPort;
    for (const text of ['', 'CONN', 'CONNECT {"verbose":false}\r\nSUB > 1\r\nPING\r\n']) {
      const client = await NatsRawClient.connect(port);
      t.onTestFinished(() => void client.socket.destroy());
      client.send(text);
      clients.push(client);
    }
  });
  const authority = new Authority();
  const { cert, key } = authority.issue();
  // Asked between the bus and the subscriptions.
  const nowhere = {
    uri: 'https://127.0.0.1',
    port: await freePort(),
    auth_disabled: true,
    ca_certs: authority.cert,
    cert_chain: cert,
    private_key: key,
  };
  await assert.rejects(TestRouter.start(t, { routing_api: nowhere }, log), /ECONNREFUSED/);
  assert.equal(clients.length, 3);
  await Promise.all(clients.map((client) => client.closed()));
  for (const { answer } of clients) assert.equal(answer, '');
  await assert.rejects(NatsRawClient.connect(port));
  assert.deepEqual(
    lines.filter((line) => line.includes(token())),
    [],
  );
});
