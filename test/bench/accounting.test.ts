import assert from 'node:assert/strict';
import { test } from 'vitest';
import { coreUse, parseCoreTicks } from '../../bench/core-time.ts';
import { cpuSeconds, parseStat, treeTicks } from '../../bench/cpu-time.ts';

test('a stat line is read behind a command that holds spaces and parentheses', () => {
  const line = '4242 (a) b (c) S 17 4242 4242 0 -1 4194560 900 30 0 0 120 45 6 7 20 0 11 0 12345 1000 200';
  assert.deepEqual(parseStat(line), { pid: 4242, parent: 17, ticks: 120 + 45 + 6 + 7 });
});

test('the time of a tree is that of the process and of all below it, and of no other', () => {
  const stats = [
    { pid: 1, parent: 0, ticks: 1000 },
    { pid: 10, parent: 1, ticks: 1 },
    { pid: 11, parent: 10, ticks: 20 },
    { pid: 12, parent: 11, ticks: 300 },
    { pid: 20, parent: 1, ticks: 4000 },
  ];
  assert.equal(treeTicks(10, stats), 321);
});

test('the time of this process grows while it works', () => {
  const before = cpuSeconds(process.pid);
  const cpu = process.cpuUsage();
  while (process.cpuUsage(cpu).user < 50_000);
  assert.ok(cpuSeconds(process.pid) - before >= 0.03);
});

test('the use of a core is the shares of what passed between two readings', () => {
  const reading = (ticks: string) =>
    parseCoreTicks(`cpu  9 9 9 9 9 9 9 9 0 0\ncpu1 ${ticks} 0 0\ncpu10 8 8\n`, 1);
  const use = coreUse(reading('100 0 50 1000 10 0 20 5'), reading('140 1 69 1018 12 0 35 10'));
  assert.deepEqual(use, { processes: 0.6, idle: 0.2, stolen: 0.05 });
});
