import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { BLUE, GREEN, shop } from '../support/explained-shop.ts';
import { ask, get, type RawMessage, statusOf, valuesOf } from '../support/raw-http.ts';

describe('2.3 explain', () => {
  test('says where a request goes, with what odds, and what the limits are', async (t) => {
    const { explain, split } = await shop(t);
    await split('set', 'shop.test', `app:${GREEN}=1000`, `app:${BLUE}=9000`);
    const { code, stdout } = await explain('https://shop.test/cart?x=1');
    assert.equal(code, 0);
    assert.match(stdout, /^GET shop\.test\/cart\?x=1 on router /);
    assert.match(stdout, /^ {2}looks up shop\.test$/m);
    assert.match(stdout, /^ {2}route {4}shop\.test$/m);
    assert.match(
      stdout,
      /^ {2}split {4}app:.*e2 1000 \(10\.0 %\), app:.*b1 9000 \(90\.0 %\), users known by none \(admin:socket\)$/m,
    );
    assert.match(stdout, /one attempt: 900 s \(built-in, endpoint_timeout\)$/m);
    assert.match(stdout, /^ {2}127\.0\.0\.1:\d+ +blue-1 +.* ready +0 +45\.\d %$/m);
    assert.match(stdout, /^ {2}127\.0\.0\.1:\d+ +green-1 +.* ready +0 +10\.\d %$/m);
  });

  test('gives the odds that traffic shows, whatever the route and the request are', async (t) => {
    for (const algorithm of ['round-robin', 'least-connection'] as const) {
      const { router, odds, split } = await shop(t, { balancing_algorithm: algorithm });
      for (const weights of [null, [3000, 7000], [0, 1], [1, 9999]] as const) {
        if (weights !== null)
          await split('set', 'shop.test', `app:${GREEN}=${weights[0]}`, `app:${BLUE}=${weights[1]}`);
        const said = await odds();
        const seen = new Map<string, number>();
        const REQUESTS = 300;
        for (let at = 0; at < REQUESTS; at++) {
          const { body } = await ask(router.port, get('shop.test'));
          seen.set(body, (seen.get(body) ?? 0) + 1);
        }
        let chi = 0;
        for (const [instance, share] of said) {
          const expected = share * REQUESTS;
          const count = seen.get(instance) ?? 0;
          if (expected === 0) assert.equal(count, 0, `${instance} was said to get nothing`);
          else if (expected >= 1) chi += (count - expected) ** 2 / expected;
        }
        // χ² with two degrees of freedom, p > 0.0001: it is asked eight times.
        assert.ok(chi < 18.4, `${algorithm} ${weights}: χ² ${chi}, ${[...said]} against ${[...seen]}`);
      }
    }
  });

  test('heeds pins, sessions, orders and keys, and moves nothing by being asked', async (t) => {
    const { router, odds, command, split } = await shop(t);
    const only = (said: ReadonlyMap<string, number>) =>
      [...said].filter(([, share]) => share > 0).map(([id]) => id);
    assert.deepEqual(only(await odds('-H', `X-CF-APP-INSTANCE: ${GREEN}:0`)), ['green-1']);
    assert.deepEqual(only(await odds('-H', 'Cookie: JSESSIONID=1; __VCAP_ID__=blue-2')), ['blue-2']);
    while ((await command('endpoint', 'hold', 'blue-2')).code !== 0);
    assert.deepEqual(only(await odds()).toSorted(), ['blue-1', 'green-1']);
    assert.equal((await command('endpoint', 'ready', 'blue-2')).code, 0);
    await split('set', 'shop.test', `app:${GREEN}=5000`, `app:${BLUE}=5000`, '--key', 'header:X-User');
    for (const user of ['ada', 'bob', 'eve']) {
      const said = only(await odds('-H', `X-User: ${user}`));
      const bodies = new Set<string>();
      for (let at = 0; at < 8; at++)
        bodies.add((await ask(router.port, get('shop.test', '/', [`X-User: ${user}`]))).body);
      assert.deepEqual([...bodies].toSorted(), said.toSorted());
    }
    // Round-robin goes on where it was.
    await split('clear', 'shop.test');
    const before = (await ask(router.port, get('shop.test'))).body;
    const turns: string[] = [before];
    for (let at = 0; at < 2; at++) {
      await odds();
      turns.push((await ask(router.port, get('shop.test'))).body);
    }
    assert.equal(new Set(turns).size, 3);
  });

  test('says the status and the code that a client would get, and exits by them', async (t) => {
    const { router, explain, apps } = await shop(t);
    const asked = () => [...apps.values()].reduce((sum, { requests }) => sum + requests.length, 0);
    const before = asked();
    for (const [url, args, code] of [
      ['http://nowhere.test/', [], 3],
      ['http://shop.tst/', [], 3],
      ['http://shop.test/', ['-H', 'X-CF-APP-INSTANCE: nonsense'], 4],
      ['http://shop.test/', ['-H', `X-CF-APP-INSTANCE: ${BLUE}:7`], 5],
      ['http://shop.test/', ['-H', 'Bad Name: x'], 4],
      ['http://shop.test/a b', [], 1],
    ] as const) {
      const { code: found, stdout } = await explain(url, ...args);
      assert.equal(found, code, `${url} ${args}: ${stdout}`);
      if (code === 1) continue;
      const lines = args.filter((each) => each !== '-H');
      const real = await ask(router.port, get(new URL(url).host, '/', [...lines]));
      const said = /^ {2}answer {3}(\d+)(?: (\S+(?: \([^)]*\))?))?: /m.exec(stdout)!;
      assert.equal(Number(said[1]), statusOf(real), stdout);
      assert.equal(said[2] ?? '', valuesOf(real, 'x-cf-routererror')[0] ?? '', stdout);
    }
    assert.match((await explain('http://shop.tst/')).stdout, /^ {2}meant\? {3}shop\.test$/m);
    assert.equal((await explain()).code, 64);
    assert.equal((await explain('shop.test', '-H', 'no colon')).code, 64);
    assert.equal((await explain('shop.test', '--at', 'nobody')).code, 1);
    assert.equal(asked(), before, 'no endpoint was asked');
  });

  test('--id says what really happened to a request that failed or was tried again, and nothing of others', async (t) => {
    const { router, explain, apps } = await shop(t);
    const one = apps.get('blue-1')!;
    one.answer = (_request, { socket }) => void socket.destroy();
    apps.get('blue-2')!.answer = () => 'HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n';
    const requestId = (message: RawMessage) => valuesOf(message, 'x-vcap-request-id')[0]!;
    const pin = [`X-CF-APP-INSTANCE: ${BLUE}:0`];
    const reset = await ask(router.port, get('shop.test', '/cart?secret=1', pin));
    assert.equal(statusOf(reset), 502);
    const failed = await explain('--id', requestId(reset));
    assert.equal(failed.code, 0, failed.stderr);
    assert.match(failed.stdout, /^[0-9a-f-]+ \(failed\) at 20\d\d-/);
    assert.match(failed.stdout, /^ {2}request {2}GET \/cart\?secret=1 HTTP\/1\.1 for shop\.test/m);
    assert.match(failed.stdout, /^ {2}answer {3}502 endpoint_failure \(.*\) after \d+\.\d ms$/m);
    assert.match(failed.stdout, new RegExp(`^ +1 +127\\.0\\.0\\.1:${one.port} +blue-1 +[\\w-]+ +\\d`, 'm'));

    const busy = await ask(router.port, get('shop.test', '/', [`X-CF-APP-INSTANCE: ${BLUE}:1`]));
    assert.match(
      (await explain('--id', requestId(busy))).stdout,
      /^ +1 +127\.0\.0\.1:\d+ +blue-2 +status 503/m,
    );
    const fine = await ask(router.port, get('shop.test', '/', [`X-CF-APP-INSTANCE: ${GREEN}:0`]));
    const unknown = await explain('--id', requestId(fine));
    assert.equal(unknown.code, 3);
    assert.match(
      unknown.stderr,
      /no router has .* among the last that failed, were tried again, took long or had a debug token/,
    );
    assert.equal((await explain('--id', 'x', 'http://shop.test/')).code, 64);
  });
});
