import type { Spread } from '../statistics.ts';
import type { Row } from '../summary.ts';
import { describeMachine } from './machine.ts';
import type { Report } from './report.ts';

const HEADINGS = [
  'proxy',
  'CPU µs/request (quartiles)',
  '× HAProxy',
  '× undici',
  'requests/s',
  'core idle',
  'p50 / p99 ms, saturated',
  'p50 / p99 ms, steady',
];

/** A Markdown document that is as readable on a terminal. */
export function renderTable(report: Report): string {
  const lines = [
    `**${report.workload}**`,
    '',
    ...alignColumns([HEADINGS, ...report.rows.map(cells)]),
    '',
    ...report.rows.flatMap((row) => row.notes.map((note) => `- ${row.name}: ${note}`)),
    ...report.missing.map(({ name, reason }) => `- ${name}: ${reason}`),
    `- ${report.conditions}`,
    `- ${describeMachine(report.machine)}`,
  ];
  return `${lines.join('\n')}\n`;
}

function cells(row: Row): string[] {
  const { low, median, high } = row.cpuMicroseconds;
  return [
    row.name,
    `${median.toFixed(1)} (${low.toFixed(1)}–${high.toFixed(1)})`,
    ratio(row.ratios.haproxy),
    ratio(row.ratios.undici),
    row.requestsPerSecond.median.toFixed(0),
    `${Math.round(row.idle.median * 100)} %`,
    `${row.saturated.p50.median.toFixed(2)} / ${row.saturated.p99.median.toFixed(2)}`,
    `${row.steady.p50.median.toFixed(2)} / ${row.steady.p99.median.toFixed(2)}`,
  ];
}

function ratio(spread: Spread | undefined): string {
  return spread ? `${spread.median.toFixed(2)} (${spread.low.toFixed(2)}–${spread.high.toFixed(2)})` : '–';
}

/** The first column to the left, figures to the right. */
function alignColumns(rows: readonly string[][]): string[] {
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => {
    const padded = row.map((cell, column) => {
      return column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
    });
    return `| ${padded.join(' | ')} |`;
  });
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [lines[0]!, `| ${rule.join(' | ')} |`, ...lines.slice(1)];
}
