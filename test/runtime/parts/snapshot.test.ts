import assert from 'node:assert/strict';
import { type TestContext, test } from 'vitest';
import { parseConfig } from '../../../src/config/read.ts';
import type { Sharding } from '../../../src/registry/sharding.ts';
import { SnapshotPart } from '../../../src/runtime/parts/snapshot.ts';
import { temporaryDirectory } from '../../support/cellgate-process.ts';
import { LogLines, RegistryFixture, routeMessage } from '../../support/registry-fixture.ts';

/** A part on a folder and a table of its own, begun. */
async function begun(t: TestContext, folder: string, sharding: Sharding) {
  const wanted = {
    routing_table_sharding_mode: sharding.mode,
    isolation_segments: sharding.segments,
    cellgate: { state_dir: folder },
  };
  const read = parseConfig(JSON.stringify(wanted), 'test.yml');
  assert.ok(read.ok, read.ok ? '' : read.problems.join('\n'));
  const { registry } = new RegistryFixture({ sharding });
  const log = new LogLines();
  const part = new SnapshotPart({
    config: read.config,
    registry,
    tcp: null,
    bus: () => ({ connected: true, lostAt: null }),
    decisions: () => null,
    log,
  });
  await part.start();
  t.onTestFinished(() => part.stop());
  const told = (message: string) => log.lines.find((line) => line.message === message)?.data;
  return { part, registry, told };
}

/** What becomes of a snapshot with an endpoint of each of three segments. */
async function outcome(t: TestContext, former: Sharding, latter: Sharding) {
  const folder = temporaryDirectory(t);
  const before = await begun(t, folder, former);
  for (const [at, isolationSegment] of ['', 'a', 'b'].entries()) {
    before.registry.register(routeMessage({ uris: [`${at}.com`], port: 80 + at, isolationSegment }));
  }
  before.part.changed();
  await before.part.stop();
  const after = await begun(t, folder, latter);
  await after.part.takeOver(true);
  const { restored, refused, elsewhere } = after.told('tables-restored') as Record<string, number>;
  const endpoints = after.told('snapshot-restored')!['endpoints'];
  return { endpoints, restored, refused, elsewhere, isWhole: after.part.isWhole };
}

const ALL: Sharding = { mode: 'all', segments: [] };
const A: Sharding = { mode: 'segments', segments: ['a'] };
const SHARED_AND_A: Sharding = { mode: 'shared-and-segments', segments: ['a'] };

test('2.2.4 nothing is missing where other segments are served by others now, and the log counts endpoints alone', async (t) => {
  const narrower = await outcome(t, ALL, SHARED_AND_A);
  assert.deepEqual(narrower, { endpoints: 3, restored: 2, refused: 0, elsewhere: 1, isWhole: true });
  assert.deepEqual(await outcome(t, SHARED_AND_A, A), {
    endpoints: 2,
    restored: 1,
    refused: 0,
    elsewhere: 1,
    isWhole: true,
  });
});

test('2.2.4 something is where segments are served that the last process did not listen for', async (t) => {
  const wider = await outcome(t, A, SHARED_AND_A);
  assert.deepEqual(wider, { endpoints: 1, restored: 1, refused: 0, elsewhere: 0, isWhole: false });
  assert.equal((await outcome(t, SHARED_AND_A, ALL)).isWhole, false);
  assert.equal((await outcome(t, A, A)).isWhole, true);
});
