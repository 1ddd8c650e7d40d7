import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { betweenMarkers } from '../../bench/report/between-markers.ts';
import {
  bound,
  type Check,
  judgement,
  LOAD_FELL_SHORT,
  LOAD_WAS_THE_LIMIT,
  measured,
  TOO_FEW_ROUNDS,
  verdict,
} from '../../bench/report/check.ts';
import { renderPerformance } from '../../bench/report/performance.ts';
import { mergeResults, stringifyResults } from '../../bench/report/store.ts';
import { renderResult } from '../../bench/report/table.ts';
import { describeRounds, doubtOfRounds } from '../../bench/run/rounds.ts';
import { resultOf, rowsOf } from './results.ts';

const CHECK: Check = {
  what: 'cellgate against haproxy',
  value: { median: 1.2, low: 1.1, high: 1.3 },
  most: 1.25,
  unit: '×',
};
const MISSED: Check = { ...CHECK, value: { median: 1.37, low: 1.3, high: 1.4 }, doubt: 'disturbed' };

test('a bound is kept by the median, or missed by so much', () => {
  assert.equal(judgement(CHECK), 'passed');
  assert.equal(verdict(CHECK), 'passed');
  assert.equal(judgement({ ...CHECK, most: 1.2 }), 'passed');
  assert.equal(judgement(MISSED), 'missed');
  assert.equal(verdict(MISSED), 'missed by 0.12 ×; disturbed');
  assert.equal(measured(CHECK), '1.20 (1.10–1.30) ×');
  assert.equal(bound({ ...CHECK, most: 5, unit: 'connections' }), '≤ 5 connections');
});

test('a bound that seems kept is unknown where it may be the load that kept it, and missed is missed', () => {
  for (const doubt of [LOAD_WAS_THE_LIMIT, LOAD_FELL_SHORT, TOO_FEW_ROUNDS]) {
    const doubted = { ...CHECK, doubt: `disturbed, ${doubt}` };
    assert.equal(verdict(doubted), `unknown; disturbed, ${doubt}`);
    assert.match(verdict({ ...MISSED, doubt }), /^missed by/);
  }
  assert.equal(verdict({ ...CHECK, doubt: 'disturbed' }), 'passed; disturbed');
  const [row] = rowsOf({ cellgate: [{ core: { processes: 0.7, idle: 0.3, stolen: 0 }, loadIdle: 0 }] });
  const doubt = row!.notes[0]!.split(':')[0]!;
  assert.equal(judgement({ ...CHECK, doubt }), 'unknown');
  assert.equal(judgement({ ...CHECK, value: { ...CHECK.value, median: Number.NaN } }), 'missed');
});

test('a bound that is unknown does not count as kept on the page on performance', () => {
  const doubted = { ...CHECK, doubt: LOAD_WAS_THE_LIMIT };
  const text = renderPerformance([resultOf({ checks: [CHECK, MISSED, doubted] })], []);
  assert.match(text, /^- 1 of 3 bounds kept, 1 unknown$/m);
});

test('rounds for which there was no time are told, and few of them are a doubt', () => {
  const length = { rounds: 5, seconds: 2 };
  assert.equal(describeRounds(5, length), '5 interleaved rounds of 2 s');
  assert.equal(describeRounds(3, length), '3 interleaved rounds of 2 s, of 5 for which there was no time');
  assert.deepEqual(doubtOfRounds(3, length), []);
  assert.deepEqual(doubtOfRounds(2, length), [TOO_FEW_ROUNDS]);
  assert.deepEqual(doubtOfRounds(1, { rounds: 1 }), []);
});

test('the table of a scenario has one aligned line per proxy, its bounds, notes and the ones that are missing', () => {
  const text = renderResult(
    resultOf({
      rows: rowsOf({
        cellgate: [{ core: { processes: 0.7, idle: 0.3, stolen: 0 }, loadIdle: 0 }],
        haproxy: [{ cpuMicroseconds: 16 }],
      }),
      checks: [MISSED],
      missing: [{ name: 'nginx', reason: 'not installed: apt-get install nginx' }],
    }),
  );
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  assert.equal(lines.length, 4);
  assert.equal(new Set(lines.map((line) => line.length)).size, 1);
  assert.match(
    text,
    /^\| cellgate +\| +20\.0 \(20\.0–20\.0\) \| +1\.25 \(1\.25–1\.25\) \| +40000 \| +30 % \| +1\.00 \/ 2\.00 \|$/m,
  );
  assert.match(text, /^- cellgate against haproxy: .*bound ≤ 1\.25 ×: missed by 0\.12 ×; disturbed$/m);
  assert.match(text, /^- cellgate: the load generator was the limit/m);
  assert.match(text, /^- nginx: not installed: apt-get install nginx$/m);
  assert.match(text, /^- Test CPU, 2 cores, Linux 6, Node v26\.0\.0$/m);
});

test('a column that no row fills is left out', () => {
  const text = renderResult(resultOf({ rows: rowsOf({ nginx: [{}] }, true) }));
  assert.doesNotMatch(text, /HAProxy|undici|idle/);
});

test('the page on performance has every bound, every cost and every machine', () => {
  const rows = rowsOf({ cellgate: [{}], nghttpx: [{ cpuMicroseconds: 7 }] });
  const machine = { cpu: 'Other CPU', cores: 4, kernel: 'Linux 6', node: 'v26.0.0' };
  const text = renderPerformance(
    [
      resultOf({ rows, checks: [CHECK, MISSED] }),
      resultOf({ name: 'tls', title: 'TLS', rows, machine, finished: '2026-02-03T00:00:00.000Z' }),
    ],
    ['![chart](chart.svg)'],
  );
  assert.match(text, /^- Test CPU, 2 cores, .*: get, 2026-01-01$/m);
  assert.match(text, /^- Other CPU, 4 cores, .*: tls, 2026-02-03$/m);
  assert.match(text, /^- 1 of 2 bounds kept$/m);
  assert.equal(text.split('\n').filter((line) => line.startsWith('| `get` ')).length, 3);
  assert.match(text, /^\| `tls` +\| TLS +\| request +\| +20\.0 \| +– \| +– \| +– \| +7\.0 \| +– \|$/m);
  assert.match(text, /^!\[chart\]\(chart\.svg\)$/m);
});

test('what is written takes the place of what was between the markers, and of nothing else', () => {
  const markers = ['<!-- a -->', '<!-- /a -->'] as const;
  const part = fc.string().filter((text) => !text.includes('<!-- '));
  fc.assert(
    fc.property(part, part, part, fc.stringMatching(/^\w+$/), (before, old, after, text) => {
      const document = `${before}${markers[0]}${old}${markers[1]}${after}`;
      const once = betweenMarkers(document, markers, text);
      assert.equal(once, `${before}${markers[0]}\n\n${text}\n\n${markers[1]}${after}`);
      assert.equal(betweenMarkers(once, markers, text), once);
    }),
  );
  assert.throws(() => betweenMarkers('<!-- /a --><!-- a -->', markers, ''), /there is no place/);
});

test('results measured now replace those of the same name; scenarios that are gone are dropped', () => {
  const [get, tls, gone, again] = [
    resultOf({ name: 'get' }),
    resultOf({ name: 'tls' }),
    resultOf({ name: 'gone' }),
    resultOf({ name: 'get', title: 'again' }),
  ];
  assert.deepEqual(mergeResults([tls, get, gone], [again], ['get', 'tls', 'new']), [again, tls]);
});

test('results are read back as they were written, to four digits', () => {
  const result = resultOf({ rows: rowsOf({ cellgate: [{ cpuMicroseconds: 20.123456 }, {}] }) });
  const text = stringifyResults([result]);
  const [read] = JSON.parse(text);
  assert.deepEqual(read.rows[0].samples.cpuMicroseconds, [20.12, 20]);
  assert.match(text, /"cpuMicroseconds": \[ 20\.12, 20 \]/);
  assert.equal(stringifyResults([read]), text);
});
