import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { renderBars } from '../../bench/report/bar-chart.ts';
import { drawCharts } from '../../bench/report/charts.ts';
import { niceStep, renderLines, spreadOut } from '../../bench/report/line-chart.ts';
import { busyConnections } from '../../bench/scenarios/connections.ts';
import { ROUTE_COUNTS, withRoutes } from '../../bench/scenarios/small-requests.ts';
import { resultOf, rowsOf } from './results.ts';

test('bars begin with the cheapest proxy, the longest within its frame', () => {
  const svg = renderBars({
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

test('lines begin and end where their values are, and pass over what was not measured', () => {
  const svg = renderLines({
    title: 'T',
    subtitles: ['', ''],
    ticks: [
      { at: 0, label: 'one' },
      { at: 1, label: 'two' },
      { at: 2, label: 'three' },
    ],
    xTitle: 'x',
    yTitle: 'y',
    series: [
      { label: 'whole', ours: true, values: [0, 5, 10] },
      { label: 'holed', ours: false, values: [10, undefined, 10] },
    ],
  });
  assert.match(svg, /d="M44\.0 104\.0L610\.0 104\.0"[\s\S]+d="M44\.0 334\.0L327\.0 219\.0L610\.0 104\.0"/);
  assert.equal(svg.match(/<circle/g)!.length, 5);
});

test('five steps of the grid hold the greatest value, and would not if they were half as large', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (greatest) => {
      const step = niceStep(greatest);
      assert.ok(step * 5 >= greatest * (1 - 1e-6));
      assert.ok(step * 5 <= greatest * 2.51);
    }),
  );
  assert.equal(niceStep(100), 20);
  assert.equal(niceStep(0), 1);
});

test('labels keep their distance and their order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 8 }), (places) => {
      const moved = spreadOut(places, 17);
      const sorted = moved.toSorted((a, b) => a - b);
      for (let i = 1; i < sorted.length; i++) assert.ok(sorted[i]! - sorted[i - 1]! >= 17);
      for (const [index, place] of places.entries()) {
        assert.ok(moved[index]! >= place);
        for (const [other, its] of places.entries()) {
          if (place < its) assert.ok(moved[index]! < moved[other]!);
        }
      }
    }),
  );
});

test('there is a chart for each thing that was measured, and for nothing else', () => {
  assert.deepEqual(drawCharts([]), []);
  const rows = rowsOf({ cellgate: [{}], haproxy: [{}] });
  const routes = rowsOf({
    ...Object.fromEntries(ROUTE_COUNTS.map((count) => [withRoutes(count), [{}]])),
    haproxy: [{}],
  });
  const busy = Array.from(busyConnections.values(), ({ name }) => resultOf({ name, rows }));
  const charts = drawCharts([
    resultOf({ name: 'get', rows }),
    resultOf({ name: 'routes', rows: routes }),
    ...busy,
  ]);
  assert.deepEqual(
    charts.map(({ file }) => file),
    ['cpu-per-request.svg', 'routes.svg', 'connections.svg'],
  );
  for (const { svg } of charts) assert.doesNotMatch(svg, /NaN|undefined/);
});
