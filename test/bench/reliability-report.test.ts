import assert from 'node:assert/strict';
import { test } from 'vitest';
import { atLeast, atMost, none } from '../../bench/reliability/checks.ts';
import { withFigures } from '../../bench/reliability/document.ts';
import { toldVerdict, verdict, verdictOfAll } from '../../bench/reliability/figure.ts';
import { renderCheck, renderFigures } from '../../bench/reliability/markdown.ts';

const MEMORY = atMost('memory', 5.25, 'KiB', 16, 6);
const CPU = atMost('CPU', 3, '%', 2);

test('a check is missed, passed, or passed by more than it had to be', () => {
  assert.equal(verdict(CPU), 'missed');
  assert.equal(verdict(atMost('CPU', 2, '%', 2)), 'pass');
  assert.equal(verdict(MEMORY), 'stretch');
  assert.equal(verdict(atLeast('rate', 4999, '', 5000)), 'missed');
  assert.equal(verdict(atLeast('rate', 5000, '', 5000, 6000)), 'pass');
  assert.equal(verdict(none('failures', 0)), 'pass');
  assert.equal(verdict(none('failures', 1)), 'missed');
});

test('what was not measured has no verdict', () => {
  assert.throws(() => atMost('p99', Number.NaN, 'ms', 1), { message: 'p99: nothing was measured' });
});

test('a figure is as good as its worst check', () => {
  assert.equal(verdictOfAll([MEMORY, CPU]), 'missed');
  assert.equal(verdictOfAll([MEMORY, none('dropped', 0)]), 'stretch');
  assert.equal(verdictOfAll([MEMORY, atMost('held', 20, 'KiB', 30, 10)]), 'pass');
  assert.equal(verdictOfAll([none('dropped', 0)]), 'pass');
});

test('a check is told in one line', () => {
  assert.equal(renderCheck(MEMORY), 'memory: 5.25 KiB (≤ 16 KiB (stretch ≤ 6 KiB)): stretch');
  assert.equal(renderCheck(none('dropped', 2)), 'dropped: 2 (0): missed');
});

test('with a share of the load no bound counts as kept, and one that is missed even so is', () => {
  assert.equal(toldVerdict('pass', 0.1), 'not judged at 10 % of the load');
  assert.equal(toldVerdict('stretch', 0.0125), 'not judged at 1.25 % of the load');
  assert.equal(toldVerdict('missed', 0.1), 'missed at 10 % of the load');
  assert.equal(toldVerdict('pass', 1), 'pass');
  assert.equal(renderCheck(none('dropped', 0), 0.5), 'dropped: 0 (0): not judged at 50 % of the load');
});

test('the table has a row for each figure and each check, and names machines once', () => {
  const machine = { cpu: 'A CPU', cores: 2, kernel: 'Linux 6', node: 'v26.0.0' };
  const result = { what: 'many', machine, finished: '2026-01-02T03:04:05Z', notes: ['Quiet.'] };
  const text = renderFigures([
    { id: 'L01', checks: [MEMORY, CPU], ...result },
    { id: 'L03', checks: [none('failures', 0)], ...result },
  ]);
  const lines = text.split('\n');
  assert.equal(lines.filter((line) => line.startsWith('|')).length, 2 + 3 + 2);
  assert.equal(new Set(lines.filter((line) => line.startsWith('|')).map((line) => line.length)).size, 1);
  assert.match(text, /^\| \*\*L01\*\* +\| \*\*many\*\* .* \| A +\| `npm run reliability -- L01` \|$/m);
  assert.match(text, /^\| +\| memory +\| ≤ 16 KiB \(stretch ≤ 6 KiB\) \| 5\.25 KiB +\| stretch /m);
  assert.deepEqual(
    lines.filter((line) => line.startsWith('Machine')),
    ['Machine A: A CPU, 2 cores, Linux 6, Node v26.0.0.'],
  );
  assert.match(text, /^- \*\*L03\*\*, 2026-01-02\. Quiet\.$/m);
});

test('figures take the place of those before and leave the rest of the document alone', () => {
  const document =
    '# R\n<!-- figures: written by npm run reliability -->\nold\n<!-- end of figures -->\n\n## Fuzzing\n';
  const once = withFigures(document, 'new');
  assert.equal(
    once,
    '# R\n<!-- figures: written by npm run reliability -->\n\nnew\n<!-- end of figures -->\n\n## Fuzzing\n',
  );
  assert.equal(withFigures(once, 'new'), once);
  assert.throws(() => withFigures('# R\n', 'new'), /no place for figures/);
});
