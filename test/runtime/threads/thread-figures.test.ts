import assert from 'node:assert/strict';
import { test } from 'vitest';
import { ThreadFigures } from '../../../src/runtime/threads/thread-figures.ts';

test('2.11 a thread knows its pace over the last ten seconds, whatever came before', () => {
  const done = { requests: 1000, cpu: 5_000_000 };
  const figures = new ThreadFigures(0, () => ({ ...done }));
  let now = 0;
  const run = (ticks: number, requests: number, cpu: number): void => {
    for (let tick = 0; tick < ticks; tick++) {
      done.requests += requests;
      done.cpu += cpu;
      now += 100;
      figures.tick(now);
    }
  };
  run(20, 50, 90_000);
  const early = figures.pace(now);
  assert.equal(early.requestsPerSecond, 500);
  assert.equal(Math.round(early.cpu * 100), 90);
  run(100, 1, 10_000);
  const late = figures.pace(now);
  assert.equal(late.requestsPerSecond, 10);
  assert.equal(Math.round(late.cpu * 100), 10);
});

test('2.11 a thread knows how late turns of its loop came over the last minute', () => {
  const figures = new ThreadFigures(0, () => ({ requests: 0, cpu: 0 }));
  let now = 0;
  const tick = (late: number): void => {
    now += 100 + late;
    figures.tick(now);
  };
  assert.deepEqual(figures.pace(1).delay, { p50: 0, p99: 0, max: 0 });
  tick(3000);
  for (let at = 0; at < 599; at++) tick(at % 100 === 0 ? 40 : 1);
  assert.deepEqual(figures.pace(now).delay, { p50: 1, p99: 40, max: 3000 });
  tick(0);
  assert.deepEqual(figures.pace(now).delay.max, 40);
});
