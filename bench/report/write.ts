import { mkdirSync, writeFileSync } from 'node:fs';
import { renderChart } from './chart.ts';
import { describeMachine } from './machine.ts';
import type { Report } from './report.ts';
import { renderTable } from './table.ts';

const DIRECTORY = new URL('../results/', import.meta.url);

/** Replaces the results of the last run in bench/results. */
export function writeReport(report: Report): void {
  mkdirSync(DIRECTORY, { recursive: true });
  const write = (name: string, text: string) => writeFileSync(new URL(name, DIRECTORY), text);
  write('latest.json', `${JSON.stringify(report, null, 2)}\n`);
  write('latest.md', `${renderTable(report)}\n![CPU time per request, by proxy](cpu-per-request.svg)\n`);
  write(
    'cpu-per-request.svg',
    renderChart({
      title: 'CPU time per request',
      subtitles: [report.workload, describeMachine(report.machine)],
      unit: 'µs',
      bars: report.rows.map((row) => ({
        label: row.name,
        value: row.cpuMicroseconds,
        ours: row.name === 'cellgate',
      })),
    }),
  );
}
