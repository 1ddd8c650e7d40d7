import { bound, type Judgement, judgement, measured, verdict } from './check.ts';
import { describeMachine } from './machine.ts';
import { table } from './markdown.ts';
import type { Result } from './report.ts';

/** The columns of the table of costs. */
const COLUMNS = ['cellgate', 'haproxy', 'nginx', 'caddy', 'nghttpx', 'undici'] as const;

/** The part of docs/performance.md that a run writes: every bound, then what each proxy costs. */
export function renderPerformance(results: readonly Result[], charts: readonly string[]): string {
  const machines = [...new Set(results.map(({ machine }) => describeMachine(machine)))];
  const checks = results.flatMap((result) => result.checks.map((check) => ({ result, check })));
  const judged = (as: Judgement) => checks.filter(({ check }) => judgement(check) === as).length;
  const unknown = judged('unknown');
  const lines = [
    ...machines.map((machine) => `- ${machine}: ${scenariosOn(machine, results)}`),
    `- ${judged('passed')} of ${checks.length} bounds kept${unknown === 0 ? '' : `, ${unknown} unknown`}`,
    '',
    ...table(
      ['scenario', 'what', 'compared', 'measured (quartiles)', 'bound', 'verdict'],
      checks.map(({ result, check }) => [
        `\`${result.name}\``,
        result.title,
        check.what,
        measured(check),
        bound(check),
        verdict(check),
      ]),
      3,
    ),
    '',
    'CPU of one proxy thread, µs per unit, by proxy:',
    '',
    ...costs(results),
    '',
    ...charts.flatMap((chart) => [chart, '']),
    ...results.flatMap(remarks),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function scenariosOn(machine: string, results: readonly Result[]): string {
  const there = results.filter((result) => describeMachine(result.machine) === machine);
  const days = there.map(({ finished }) => finished.slice(0, 10)).toSorted();
  const when = days[0] === days.at(-1) ? days[0]! : `${days[0]} to ${days.at(-1)}`;
  const names = there.length === results.length ? 'all' : there.map(({ name }) => name).join(', ');
  return `${names}, ${when}`;
}

function costs(results: readonly Result[]): string[] {
  const rows = results.flatMap(({ name, title, unit, rows }) => {
    const cells = COLUMNS.map((column) => rows.find((row) => row.name === column)?.cost?.median);
    if (cells[0] === undefined) return [];
    return [[`\`${name}\``, title, unit, ...cells.map((cell) => cell?.toFixed(1) ?? '–')]];
  });
  return table(['scenario', 'what', 'unit', ...COLUMNS], rows, 3);
}

/** What there is to know beside the figures. */
function remarks({ name, rows, missing, notes, conditions }: Result): string[] {
  const texts = [
    ...rows.flatMap((row) => row.notes.map((note) => `${row.name}: ${note}`)),
    ...missing.map((absence) => `${absence.name}: ${absence.reason}`),
    ...notes,
  ];
  return [`- \`${name}\`: ${[conditions, ...texts].join('; ')}.`];
}
