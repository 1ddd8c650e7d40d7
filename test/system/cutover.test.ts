import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { ok } from '../support/backend.ts';
import { CutoverFleet, HOST } from '../support/cutover-fleet.ts';
import { findNatsServer } from '../support/nats-server.ts';
import { type RawMessage, valuesOf } from '../support/raw-http.ts';
import { skipFor } from '../support/skip-for.ts';

const NEEDS_NATS = skipFor(findNatsServer() === undefined && 'nats-server is not installed');
const FAILED = 'HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n';

function isProbe(request: RawMessage): boolean {
  return valuesOf(request, 'user-agent').includes('cellgate-probe');
}

describe('2.4 a cutover over three routers', NEEDS_NATS, () => {
  test('gives everything to the new arm after it was probed, fails no request, and keeps who has come later out', async (t) => {
    const fleet = await CutoverFleet.start(t);
    fleet.load();
    await fleet.mapGreen();
    const before = fleet.green.requests.length;
    const { code, stdout, stderr } = await fleet.cutover();
    assert.deepEqual([code, stderr], [0, '']);
    const asked = fleet.green.requests.slice(before);
    const first = asked.findIndex((request) => !isProbe(request));
    // Three routers probe three times each before anybody gets in.
    assert.ok(first >= 9, `a client's request came after ${first} of the probe`);
    assert.match(stdout, /green gets 20 %: its probe passed/);
    assert.match(stdout, /done: green has everything/);
    assert.match(stdout, /safe to unmap and stop: app:blue/);
    assert.deepEqual(await fleet.bodies(5), new Set(['green']));
    assert.equal(fleet.failed(), 0);
    const history = await fleet.command(['cutover', 'history', HOST]);
    assert.match(history.stdout, /^AT +SHARE +OLD: REQUESTS/m);
    assert.match(history.stdout, /by ops at .*, done$/m);

    const back = await fleet.command([
      ...['cutover', HOST, '--from', 'app:green', '--to', 'app:blue', '--json'],
      ...['--plan', '100', '--window', '1s', '--step-time', '1s', '--soak', '1s', '--min-requests', '20'],
    ]);
    assert.equal(back.code, 0, back.stderr);
    assert.match(back.stdout, /\{"end":"done","reason":".*","exit":0,"safe_to_unmap":"app:green"\}\n$/);
    assert.deepEqual(await fleet.bodies(5), new Set(['blue']));
    assert.equal(fleet.failed(), 0);
  });

  test('goes back where the new arm fails, and says by what numbers', async (t) => {
    const fleet = await CutoverFleet.start(t);
    fleet.load();
    await fleet.mapGreen();
    fleet.green.answer = (request) => (isProbe(request) ? ok('green') : FAILED);
    const { code, stdout } = await fleet.cutover();
    assert.equal(code, 2);
    assert.match(stdout, /going back: green answered 5xx to \d+\.\d % of \d+ requests, blue to 0\.0 %/);
    assert.match(stdout, /safe to unmap and stop: app:green/);
    assert.deepEqual(await fleet.bodies(5), new Set(['blue']));
    const history = JSON.parse((await fleet.command(['cutover', 'history', HOST, '--json'])).stdout);
    assert.ok(history.worst.length > 0);
    assert.ok(
      history.worst.every(({ id, status }: { id: string; status: number }) => id !== '' && status === 500),
    );
  });

  test('does not begin where the probe fails, the new arm is not mapped or too small, or another is under way', async (t) => {
    const fleet = await CutoverFleet.start(t);
    const wrong = await fleet.cutover('--plan', '50');
    assert.deepEqual([wrong.code, wrong.stdout], [64, '']);
    assert.match(wrong.stderr, /--plan: ends at 50, and a cutover ends at 100/);
    const unmapped = await fleet.cutover();
    assert.equal(unmapped.code, 1);
    assert.match(unmapped.stdout, /has no endpoint of app:green for shop\.test: map it first/);
    await fleet.mapGreen();
    fleet.agent.register(HOST, fleet.blue.port + 1, { app: 'blue', private_instance_id: 'blue-2' });
    while (!(await fleet.command(['split', 'show', HOST])).stdout.match(/^app:blue +10000 .* 2 +blue$/m));
    const small = await fleet.cutover();
    assert.equal(small.code, 1);
    assert.match(small.stdout, /app:green has 1 of 3 endpoints on .*, enough for 66\.66 % of the requests/);
    fleet.green.answer = () => FAILED;
    const probing = fleet.start([
      'cutover',
      HOST,
      '--from',
      'app:blue',
      '--to',
      'app:green',
      '--max-load-factor',
      '9',
    ]);
    await probing.until('begun by ops');
    const second = await fleet.cutover();
    assert.equal(second.code, 1);
    assert.match(second.stderr, /a cutover of shop\.test by ops is under way \(probe\)/);
    const split = await fleet.command(['split', 'clear', HOST]);
    assert.match(split.stderr, /a cutover of shop\.test is under way/);
    const aborted = await fleet.command(['cutover', 'abort']);
    assert.equal(aborted.code, 0, aborted.stderr);
    const [code] = await probing.exited;
    assert.equal(code, 2);
    assert.match(probing.stdout, /not-begun: aborted by ops|aborted by ops/);
    assert.deepEqual(await fleet.bodies(3), new Set(['blue']));
  });

  test('is held, promoted and goes on without the command that began it', async (t) => {
    const fleet = await CutoverFleet.start(t);
    fleet.load();
    await fleet.mapGreen();
    const begun = fleet.start([
      ...['cutover', HOST, '--from', 'app:blue', '--to', 'app:green', '--plan', '20,100'],
      ...['--window', '1s', '--step-time', '1h', '--soak', '1s', '--min-requests', '20'],
    ]);
    await begun.until('green gets 20 %');
    begun.kill('SIGINT');
    const [code] = await begun.exited;
    assert.equal(code, 130);
    assert.match(begun.stderr, /it goes on: cellgate cutover status shop\.test shows it/);
    const status = await fleet.command(['cutover', 'status']);
    assert.match(status.stdout, /20 % {3}plan \[20\] 100/);
    assert.match(status.stdout, /^app:green .* 1$/m);
    assert.match((await fleet.command(['cutover', 'pause'])).stdout, /^held by ops$/m);
    assert.match((await fleet.command(['cutover', 'status'])).stdout, /it is held: cellgate cutover resume/);
    assert.match((await fleet.command(['cutover', 'promote'])).stdout, /green gets 100 %: promoted by ops/);
    while (!/^done: /m.test((await fleet.command(['cutover', 'status'])).stdout));
    assert.deepEqual(await fleet.bodies(5), new Set(['green']));
    assert.equal(fleet.failed(), 0);
  });
});
