import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type TestContext, test, vi } from 'vitest';
import { createPauseDetector, PruningPart } from '../../../src/runtime/parts/pruning.ts';
import { LogLines, RegistryFixture, routeMessage } from '../../support/registry-fixture.ts';

/** A part on a clock of its own, with one route that nobody repeats. */
function pruning(t: TestContext) {
  const clock = { now: 1000 };
  vi.spyOn(performance, 'now').mockImplementation(() => clock.now);
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  t.onTestFinished(() => void vi.useRealTimers());
  const pause = createPauseDetector();
  const { registry } = new RegistryFixture({
    now: () => clock.now,
    running: () => pause.running(clock.now),
  });
  const log = new LogLines();
  const part = new PruningPart({
    config: { prune_stale_droplets_interval: 30_000 },
    pause,
    bus: { isConnected: true },
    registry,
    tcp: null,
    log,
  });
  registry.register(routeMessage());
  part.start();
  t.onTestFinished(() => part.stop());
  /** One second, and so long a pause before its beat. */
  const second = async (paused = 0): Promise<void> => {
    clock.now += 1000 + paused;
    vi.advanceTimersByTime(1000);
    for (let turn = 0; turn < 4; turn++) await nextTurn();
  };
  return { registry, log, clock, second };
}

test('§1.7 hiccups of the control thread keep no endpoint alive', async (t) => {
  const { registry, second } = pruning(t);
  let seconds = 0;
  while (registry.endpointCount > 0 && seconds < 3600) {
    seconds++;
    await second(seconds % 110 === 0 ? 600 : 0);
  }
  assert.equal(seconds, 150);
});

test('§1.7 after a pause a round waits for what is to be read', async (t) => {
  const { registry, log, clock, second } = pruning(t);
  for (let each = 0; each < 149; each++) await second();
  assert.equal(registry.endpointCount, 1);
  clock.now += 601_000;
  // The round is due before the sockets have been read, and would find the endpoint too old.
  vi.advanceTimersByTime(1000);
  setImmediate(() => registry.register(routeMessage()));
  for (let turn = 0; turn < 4; turn++) await nextTurn();
  assert.deepEqual(log.messages, ['prune-deferred-after-pause']);
  for (let each = 0; each < 120; each++) await second();
  assert.equal(registry.endpointCount, 1);
  for (let each = 0; each < 30; each++) await second();
  assert.equal(registry.endpointCount, 0);
});
