import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Samples, Saturated } from '../../bench/measure.ts';
import { renderChart } from '../../bench/report/chart.ts';
import { renderTable } from '../../bench/report/table.ts';
import { summarise } from '../../bench/summary.ts';

const CALM: Saturated = {
  cpuMicroseconds: 20,
  requests: 200_000,
  seconds: 5,
  failures: 0,
  p50: 1,
  p99: 2,
  core: { processes: 0.9, idle: 0.01, stolen: 0 },
  others: 0,
};

function samplesOf(rounds: readonly Partial<Saturated>[]): Samples {
  const steady = [{ requests: 5000, seconds: 5, failures: 0, p50: 0.2, p99: 0.9 }];
  return { saturated: rounds.map((figures) => ({ ...CALM, ...figures })), steady };
}

function rows(own: readonly Partial<Saturated>[], haproxy?: readonly Partial<Saturated>[]) {
  const samples = new Map([['cellgate', samplesOf(own)]]);
  if (haproxy) samples.set('haproxy', samplesOf(haproxy));
  return summarise(samples);
}

function cpu(cpuMicroseconds: number): Partial<Saturated> {
  return { cpuMicroseconds };
}

test('a ratio is taken within each round, then its median over the rounds', () => {
  const [row] = rows([cpu(20), cpu(30), cpu(44)], [cpu(10), cpu(20), cpu(40)]);
  assert.deepEqual(row!.ratios, { haproxy: { median: 1.5, low: 1.1, high: 2 } });
});

test('without the reference there is no ratio', () => {
  assert.deepEqual(rows([cpu(20)])[0]!.ratios, {});
});

test('a row says when its figures are to be doubted', () => {
  const [row] = rows([{ core: { processes: 0.6, idle: 0.25, stolen: 0.11 }, others: 0.05, failures: 3 }]);
  assert.deepEqual(row!.notes, [
    'the load generator was the limit: its core idled 25 % of the time',
    'disturbed: the hypervisor took its core 11 % of the time',
    '3 failed requests',
  ]);
  assert.deepEqual(rows([{}])[0]!.notes, []);
});

test('the table has one aligned line per proxy, its notes and the ones that are missing', () => {
  const table = renderTable({
    workload: 'GET',
    conditions: 'one core',
    machine: { cpu: 'Test CPU', cores: 2, kernel: 'Linux 6', node: 'v26.0.0' },
    finished: '2026-01-01T00:00:00.000Z',
    rows: rows([{ core: { processes: 0.7, idle: 0.3, stolen: 0 } }], [cpu(16)]),
    missing: [{ name: 'nginx', reason: 'not installed: apt-get install nginx' }],
  });
  const lines = table.split('\n').filter((line) => line.startsWith('|'));
  assert.equal(lines.length, 4);
  assert.equal(new Set(lines.map((line) => line.length)).size, 1);
  assert.match(
    table,
    /^\| cellgate +\| +20\.0 \(20\.0–20\.0\) \| +1\.25 \(1\.25–1\.25\) \| +– \| +40000 \| +30 % \|/m,
  );
  assert.match(table, /^- cellgate: the load generator was the limit/m);
  assert.match(table, /^- nginx: not installed: apt-get install nginx$/m);
  assert.match(table, /^- Test CPU, 2 cores, Linux 6, Node v26\.0\.0$/m);
});

test('the chart draws the cheapest proxy first and the longest bar within its frame', () => {
  const svg = renderChart({
    title: 'CPU <per> "request" & more',
    subtitles: ['', ''],
    unit: 'µs',
    bars: [
      { label: 'slow', value: { median: 30, low: 25, high: 50 }, ours: false },
      { label: 'fast', value: { median: 10, low: 10, high: 11 }, ours: true },
    ],
  });
  assert.match(svg, /<title>CPU &lt;per> &quot;request&quot; &amp; more<\/title>/);
  assert.match(svg, /fast<\/text>\s+<rect class="ours"[\s\S]+slow<\/text>\s+<rect class="bar"/);
  assert.match(svg, /width="300\.0"/);
  assert.match(svg, /H610\.0/);
  assert.match(svg, /10\.0 µs/);
});
