import assert from 'node:assert/strict';
import { test } from 'vitest';
import { CellgateProcess } from '../support/cellgate-process.ts';
import { NatsRawClient } from '../support/nats-raw-client.ts';

test('two dozen messages about one address, pruned later, leave the router as it was', async (t) => {
  const router = CellgateProcess.router(t, {
    droplet_stale_threshold: '1s',
    prune_stale_droplets_interval: '200ms',
    cellgate: { proxy_threads: 1 },
  });
  const { bus } = await router.started();
  const client = await NatsRawClient.connect(bus!);
  t.onTestFinished(() => void client.socket.destroy());
  client.send('CONNECT {"verbose":false}\r\n');
  const publish = (subject: string, message: object) => {
    const payload = JSON.stringify(message);
    client.send(`PUB ${subject} ${payload.length}\r\n${payload}\r\n`);
  };
  const address = { host: '10.0.0.1', port: 80 };
  const route = (at: number) => ({
    ...address,
    uris: [`r${at}.com`],
    private_instance_id: 'i1',
    options: { route_policy_scope: 'any', route_policy_sources: `cf:app:${at}` },
  });
  publish('router.register', { ...address, uris: ['other.com'], private_instance_id: 'i2' });
  for (let at = 0; at < 20; at++) publish('router.register', route(at));
  for (let at = 0; at < 4; at++) publish('router.unregister', route(at));
  publish('router.register', route(100));
  await router.until('"uri":"other.com","endpoints"');
  await router.until('"uri":"r100.com","endpoints"');
  publish('router.register', { ...address, uris: ['again.com'], private_instance_id: 'i2' });
  await router.until('"uri":"again.com","route_service_url"');
  assert.doesNotMatch(router.stdout, /panic-check|route-table-differs|proxy-thread-(?:failed|exited)/);
});
