import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CellgateProcess } from '../support/cellgate-process.ts';
import { freePort } from '../support/free-port.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';
import { RoutePublisher } from '../support/route-publisher.ts';

test('§2.7 an attempt that fails is logged as backend-endpoint-failed, with whom it was for', async (t) => {
  const router = CellgateProcess.router(t);
  const { http, bus } = await router.started();
  const agent = await RoutePublisher.connect(t, bus!);
  const port = await freePort();
  agent.register('dead.test', port, { app: 'the-app', private_instance_id: 'the-instance' });
  let status = 404;
  while (status === 404 || status === 503) status = statusOf(await ask(http, get('dead.test', '/')));
  assert.equal(status, 502);
  const data = (await router.logged('backend-endpoint-failed')) as Record<string, unknown>;
  assert.deepEqual(data['route-endpoint'], {
    ApplicationId: 'the-app',
    Addr: `127.0.0.1:${port}`,
    Tags: null,
    RouteServiceUrl: '',
    AZ: '',
  });
  assert.equal(data['application_id'], 'the-app');
  assert.equal(data['instance_id'], 'the-instance');
  assert.equal(data['attempt'], 1);
  assert.equal(data['num-endpoints'], 1);
  assert.equal(data['conn-reused'], false);
  assert.match(String(data['vcap_request_id']), /^[0-9a-f-]{36}$/);
});
