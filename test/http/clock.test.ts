import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, type TestContext, test, vi } from 'vitest';
import { followSystemClock } from '../../src/time/wall-clock.ts';
import { Backend, ok } from '../support/backend.ts';
import { Authority } from '../support/certificates.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { ask, get, statusOf, valuesOf } from '../support/raw-http.ts';
import { forwardingService, RouteServiceProtocol } from '../support/route-service.ts';
import { routeServicesOf } from '../support/route-service-settings.ts';

const DAY = 86_400_000;
const { instant } = Temporal.Now;

/** A system whose clock can be set. */
function clock(t: TestContext) {
  const set = { ahead: 0 };
  vi.spyOn(Temporal.Now, 'instant').mockImplementation(() => instant().add({ milliseconds: set.ahead }));
  t.onTestFinished(() => {
    vi.restoreAllMocks();
    followSystemClock();
  });
  return {
    /** All threads hear of it within a second. */
    async set(ahead: number): Promise<void> {
      set.ahead = ahead;
      await delay(1000);
    },
    isNow(ms: number, what: string): void {
      const off = ms - Date.now() - set.ahead;
      assert.ok(Math.abs(off) < 5000, `${what} is ${off} ms off`);
    },
  };
}

async function platform(t: TestContext) {
  const authority = new Authority();
  const identity = authority.issue({ names: 'DNS:localhost' });
  const engine = await HttpEngine.start(t, { routeServices: routeServicesOf('secret', [authority.cert]) });
  const app = await Backend.start(t, () => ok('', 'Set-Cookie: JSESSIONID=1; Max-Age=60\r\n'));
  const service = await forwardingService(t, identity, () => ({ port: engine.port, tls: false, ca: '' }));
  const endpoint = { host: '127.0.0.1', port: app.port };
  engine.routeToEndpoint('app.test', endpoint);
  engine.routeByService('bound.test', `https://localhost:${service.port}/`, endpoint);
  return { engine, app, service };
}

describe('§3.4 when the system’s clock is set', () => {
  for (const ahead of [DAY, -DAY]) {
    test(`by ${ahead} ms, all that is said of the time follows`, async (t) => {
      const system = clock(t);
      const { engine, app, service } = await platform(t);
      await ask(engine.port, get('app.test'));
      await system.set(ahead);

      const response = await ask(engine.port, get('app.test'));
      system.isNow(Date.parse(valuesOf(response, 'Date')[0]!), 'Date');
      system.isNow(Number(valuesOf(app.requests[1]!, 'X-Request-Start')[0]), 'X-Request-Start');
      system.isNow(Date.parse(/\[(.*?)\]/.exec(engine.accessLog[1]!)![1]!), 'the access log');
      const meta = valuesOf(response, 'Set-Cookie').find((each) => each.startsWith('__VCAP_ID_META__'))!;
      system.isNow(1000 * Number(/maxage=(\d+)/i.exec(decodeURIComponent(meta))![1]) - 60_000, 'a session');

      assert.equal(statusOf(await ask(engine.port, get('bound.test'))), 200);
      const [signed] = service.requests;
      const { requested_time } = new RouteServiceProtocol('secret').open(
        valuesOf(signed!, 'X-CF-Proxy-Signature')[0]!,
        valuesOf(signed!, 'X-CF-Proxy-Metadata')[0]!,
      );
      system.isNow(Date.parse(requested_time), 'a signature');
    });
  }

  test('a signature of a router whose clock is right is good', async (t) => {
    const system = clock(t);
    const { engine } = await platform(t);
    await system.set(DAY);
    const other = new RouteServiceProtocol('secret').sign('https://bound.test/', new Date(Date.now() + DAY));
    assert.equal(statusOf(await ask(engine.port, get('bound.test', '/', other))), 200);
    const old = new RouteServiceProtocol('secret').sign('https://bound.test/', new Date());
    assert.equal(statusOf(await ask(engine.port, get('bound.test', '/', old))), 504);
  });

  test('nothing that is under way takes longer or ends early', async (t) => {
    const system = clock(t);
    const engine = await HttpEngine.start(t, { endpointTimeout: 3000 });
    const app = await Backend.start(t, () => undefined);
    engine.route('app.test', app.port);
    const client = await engine.connect();
    client.send(get('app.test'));
    await app.until(() => app.requests.length === 1);
    await system.set(DAY);
    await system.set(-DAY);
    app.connections[0]!.socket.write(ok('late'));
    assert.equal((await client.response()).body, 'late');
    client.close();
    const [line] = engine.accessLog;
    const seconds = Number(/response_time:([\d.]+)/.exec(line!)![1]);
    assert.ok(seconds > 1.5 && seconds < 3, `${seconds} s`);
  });
});
