import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'vitest';
import { CellgateProcess } from '../support/cellgate-process.ts';
import { freePort } from '../support/free-port.ts';
import { NatsRawClient } from '../support/nats-raw-client.ts';
import { startNatsServer } from '../support/nats-server.ts';
import { operatorPage } from '../support/operator-page.ts';
import { unlessInstalled } from '../support/peer-program.ts';
import { skipFor } from '../support/skip-for.ts';

const ROUTES = 50;

test(
  '§1.7 a pause of the process longer than the threshold costs no route and no thread',
  skipFor(unlessInstalled('nats-server')),
  async (t) => {
    const nats = await startNatsServer();
    t.onTestFinished(() => nats.close());
    const port = await freePort();
    const router = CellgateProcess.router(t, {
      nats: { hosts: [{ hostname: '127.0.0.1', port: nats.port }] },
      droplet_stale_threshold: '3s',
      prune_stale_droplets_interval: '1s',
      cellgate: { tcp: { listen_host: '127.0.0.1', reservable_ports: String(port) } },
    });
    const addresses = await router.started();
    const bus = await NatsRawClient.connect(nats.port);
    t.onTestFinished(() => void bus.socket.destroy());
    bus.send('CONNECT {"verbose":false}\r\n');
    const publish = (message: object) => {
      const payload = JSON.stringify(message);
      bus.send(`PUB router.register ${payload.length}\r\n${payload}\r\n`);
    };
    const beat = () => {
      for (let each = 0; each < ROUTES; each++) {
        publish({ uris: [`app-${each}.test`], host: '10.0.0.1', port: 80 + each });
      }
      publish({ protocol: 'tcp', external_port: port, host: '10.0.0.1', port: 80 });
    };
    beat();
    const heartbeat = setInterval(beat, 500);
    t.onTestFinished(() => clearInterval(heartbeat));
    await router.until('"message":"tcp-port-open"');

    router.kill('SIGSTOP');
    await delay(7000);
    router.kill('SIGCONT');
    await router.until('"message":"prune-deferred-after-pause"');
    await delay(1500);
    for (const message of [
      'pruned-route',
      'route-unregistered',
      'tcp-routes-pruned',
      'proxy-thread-stuck',
      'proxy-thread-exited',
    ]) {
      assert.ok(!router.stdout.includes(`"message":"${message}"`), message);
    }
    const routes = JSON.parse(await operatorPage(addresses.routes, '/routes'));
    assert.equal(Object.keys(routes).length, ROUTES);

    // Those that fall silent go all the same, and others do not.
    clearInterval(heartbeat);
    const only = setInterval(() => publish({ uris: ['app-0.test'], host: '10.0.0.1', port: 80 }), 500);
    t.onTestFinished(() => clearInterval(only));
    await router.until('"message":"pruned-route"');
    await router.until('"message":"tcp-routes-pruned"');
  },
);
