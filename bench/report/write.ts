import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { SCENARIOS } from '../scenarios.ts';
import { betweenMarkers } from './between-markers.ts';
import { type Drawing, drawCharts } from './charts.ts';
import { renderPerformance } from './performance.ts';
import type { Result } from './report.ts';
import { mergeResults, stringifyResults } from './store.ts';
import { renderResult } from './table.ts';

const ROOT = new URL('../../', import.meta.url);
const RESULTS = new URL('bench/results/', ROOT);
const README_MARKERS = ['<!-- bench -->', '<!-- /bench -->'] as const;
const PERFORMANCE_MARKERS = ['<!-- bench: written by npm run bench -->', '<!-- end of bench -->'] as const;

/** Brings bench/results, docs/performance.md and the README up to date. */
export function writeResults(now: readonly Result[]): void {
  mkdirSync(RESULTS, { recursive: true });
  const names = SCENARIOS.map(({ name }) => name);
  const results = mergeResults(readResults(), now, names);
  const charts = drawCharts(results);
  write('bench/results/latest.json', stringifyResults(results));
  for (const { file, svg } of charts) write(`bench/results/${file}`, svg);
  write('bench/results/latest.md', `${[...results.map(renderResult), ...images(charts, '')].join('\n')}\n`);
  replace(
    'docs/performance.md',
    PERFORMANCE_MARKERS,
    renderPerformance(results, images(charts, '../bench/results/')),
  );
  const headline = results.find(({ name }) => name === 'get');
  if (headline) {
    const [chart = ''] = images(charts, 'bench/results/');
    replace('README.md', README_MARKERS, `${renderResult(headline)}\n${chart}`);
  }
}

/** What is not to take the place of a whole run. */
export function writePartial(results: readonly Result[]): void {
  mkdirSync(RESULTS, { recursive: true });
  write('bench/results/partial.json', stringifyResults(results));
  write('bench/results/partial.md', results.map(renderResult).join('\n'));
}

function readResults(): Result[] {
  const file = new URL('latest.json', RESULTS);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
}

function images(charts: readonly Drawing[], folder: string): string[] {
  return charts.map(({ file, title }) => `![${title}](${folder}${file})`);
}

function replace(path: string, markers: readonly [string, string], text: string): void {
  write(path, betweenMarkers(readFileSync(new URL(path, ROOT), 'utf8'), markers, text));
}

function write(path: string, text: string): void {
  writeFileSync(new URL(path, ROOT), text);
}
