import type { Spread } from '../statistics.ts';
import type { Row } from '../summary.ts';
import { bound, measured, verdict } from './check.ts';
import { describeMachine } from './machine.ts';
import { table } from './markdown.ts';
import type { Result } from './report.ts';

interface Column {
  readonly heading: string;
  /** `undefined` where a row has nothing for it. */
  cell(row: Row): string | undefined;
}

/** One scenario as Markdown. */
export function renderResult(result: Result): string {
  const { title, rows, checks, notes, missing, conditions, machine } = result;
  const lines = [
    `**${title}**`,
    '',
    ...(rows.length > 0 ? [...rowsTable(result), ''] : []),
    ...checks.map((check) => `- ${check.what}: ${measured(check)}, bound ${bound(check)}: ${verdict(check)}`),
    ...rows.flatMap((row) => row.notes.map((note) => `- ${row.name}: ${note}`)),
    ...notes.map((note) => `- ${note}`),
    ...missing.map(({ name, reason }) => `- ${name}: ${reason}`),
    `- ${sentence(conditions)}`,
    `- ${describeMachine(machine)}`,
  ];
  return `${lines.join('\n')}\n`;
}

function rowsTable({ rows, unit }: Result): string[] {
  const columns = columnsFor(unit).filter(({ cell }) => rows.some((row) => cell(row) !== undefined));
  return table(
    ['proxy', ...columns.map(({ heading }) => heading)],
    rows.map((row) => [row.name, ...columns.map(({ cell }) => cell(row) ?? '–')]),
  );
}

function columnsFor(unit: string): Column[] {
  return [
    {
      heading: `CPU µs/${unit} (quartiles)`,
      cell: ({ cost }) => cost && withQuartiles(cost, 1),
    },
    { heading: '× HAProxy', cell: ({ ratios }) => ratios.haproxy && withQuartiles(ratios.haproxy, 2) },
    { heading: '× undici', cell: ({ ratios }) => ratios.undici && withQuartiles(ratios.undici, 2) },
    { heading: `${plural(unit)}/s`, cell: ({ rate }) => rate.median.toFixed(0) },
    { heading: 'core idle', cell: ({ idle }) => idle && `${Math.round(idle.median * 100)} %` },
    {
      heading: 'p50 / p99 ms',
      cell: ({ latency }) => latency && `${latency.p50.median.toFixed(2)} / ${latency.p99.median.toFixed(2)}`,
    },
    {
      heading: 'p99.9 ms',
      cell: ({ percentiles }) => percentiles?.find(([percentile]) => percentile === 99.9)?.[1].toFixed(2),
    },
  ];
}

function withQuartiles({ low, median, high }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
}

function plural(unit: string): string {
  return /^[A-Z]/.test(unit) ? unit : `${unit}s`;
}

function sentence(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}
