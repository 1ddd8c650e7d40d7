import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Random } from '../../../fuzz/random.ts';
import { HOST, scenarioOf } from '../../../simulate/explain/scenario.ts';
import { World } from '../../../simulate/explain/world.ts';
import { readAsked } from '../../../src/http/explain/asked-request.ts';
import { oddsOf } from '../../../src/http/explain/odds.ts';
import { clientFacts } from '../../../src/http/policy/client-facts.ts';

const SEEDS = 50;

function sumOf(odds: ReadonlyMap<unknown, number>): number {
  return [...odds.values()].reduce((sum, each) => sum + each, 0);
}

test('where draws take too long there are few of them, their odds come to as much, and no turn is moved', () => {
  let several = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = new Random(seed, 1);
    const { path, lines, clientIp } = scenarioOf(random);
    const world = new World(scenarioOf(new Random(seed, 1)), random);
    const { context, destinations, routes } = world.proxy;
    const asked = { method: 'GET', target: path, host: HOST, lines, clientIp, tls: false, serverName: '' };
    const read = readAsked(asked, context.settings.requestHead);
    if ('status' in read) assert.fail(read.detail);
    const pool = routes.match(read.request.lookupName, read.request.path);
    if (pool === null) assert.fail('no route');
    const who = {
      ip: clientIp,
      port: 0,
      scheme: 'http' as const,
      certificate: null,
      serverName: '',
      domain: '',
    };
    const client = clientFacts(who, context.settings);
    const cursors = pool.groups.map(({ cursor }) => cursor);
    const draw = (): number => random.below(1000) / 1000;
    let clock = 0;
    const slow = (): number => (clock += 1000);
    const usual = oddsOf({ context, destinations }, pool, read, client, false, draw, () => 0);
    const few = oddsOf({ context, destinations }, pool, read, client, false, draw, slow);
    assert.ok(Math.abs(sumOf(usual) - sumOf(few)) < 0.3, `seed ${seed}: ${sumOf(usual)} and ${sumOf(few)}`);
    assert.deepEqual(
      pool.groups.map(({ cursor }) => cursor),
      cursors,
    );
    if (clock > 2000) several++;
  }
  assert.ok(several > 0);
});
