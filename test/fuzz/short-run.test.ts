import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { makeCase } from '../../fuzz/case.ts';
import { runInMemory } from '../../fuzz/memory-run.ts';
import { haproxy, nginx } from '../../fuzz/socket/proxy-kinds.ts';
import { SocketLayer } from '../../fuzz/socket-layer.ts';
import { skipFor } from '../support/skip-for.ts';

const SEED = 9112;
const IN_MEMORY = 20_000;
const OVER_SOCKETS = 200;

test(`${IN_MEMORY} mutated messages in memory are read alike by all readers`, async () => {
  const found: string[] = [];
  const tally = await runInMemory({ seed: SEED, first: 0, end: IN_MEMORY }, ({ name, difference }) => {
    found.push(`${name}: ${difference}`);
  });
  assert.deepEqual(found, []);
  // Both what is taken and what is refused must have been looked at.
  for (const end of ['request whole', 'request refused', 'response whole', 'response bad-gateway']) {
    assert.ok((tally.ends[end] ?? 0) > IN_MEMORY / 20, `${end}: ${tally.ends[end]}`);
  }
});

describe(`${OVER_SOCKETS} mutated messages through the router`, () => {
  let layer: SocketLayer;
  beforeAll(async () => {
    layer = await SocketLayer.start();
  });
  afterAll(() => layer.stop());

  test('are read alike by all readers over sockets', async () => {
    const found: string[] = [];
    for (let index = 0; index < OVER_SOCKETS; index++) {
      const { difference } = await layer.run(makeCase(SEED, index));
      if (difference !== null) found.push(`${index}: ${difference}`);
    }
    assert.deepEqual(found, []);
  });

  for (const { name, command } of [haproxy, nginx]) {
    const skip = command() === undefined && 'it is not installed';
    test(`${name} is one of the readers`, skipFor(skip), () => assert.ok(!layer.missing.includes(name)));
  }
});
