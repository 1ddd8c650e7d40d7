import { describeMachine } from '../report/machine.ts';
import { type Check, toldVerdict, verdict } from './figure.ts';
import type { Result } from './results.ts';

const HEADINGS = ['id', 'what', 'bound', 'measured', 'verdict', 'machine', 'command'];

/** A table with a row per check, the machines it speaks of, and what else there is to know. */
export function renderFigures(results: readonly Result[]): string {
  const machines = [...new Set(results.map(machineOf))];
  const rows = results.flatMap((result) => rowsOf(result, machines));
  return [
    ...alignColumns([HEADINGS, ...rows]),
    '',
    ...machines.map((machine, index) => `Machine ${letter(index)}: ${machine}.`),
    '',
    ...results.flatMap(notesOf),
    '',
  ].join('\n');
}

/** A check as one line. @param scale share of the load, of which the bound is for all */
export function renderCheck(check: Check, scale = 1): string {
  return `${check.what}: ${measured(check)} (${bound(check)}): ${toldVerdict(verdict(check), scale)}`;
}

function rowsOf(result: Result, machines: readonly string[]): string[][] {
  const head = [`**${result.id}**`, `**${result.what}**`, '', '', ''];
  const where = [letter(machines.indexOf(machineOf(result))), `\`npm run reliability -- ${result.id}\``];
  const checks = result.checks.map((check) => [
    '',
    check.what,
    bound(check),
    measured(check),
    verdict(check),
    '',
    '',
  ]);
  return [[...head, ...where], ...checks];
}

function notesOf({ id, finished, notes }: Result): string[] {
  return [`- **${id}**, ${finished.slice(0, 10)}. ${notes.join(' ')}`.trimEnd()];
}

function machineOf({ machine }: Result): string {
  return describeMachine(machine);
}

function letter(index: number): string {
  return String.fromCharCode(0x41 + index);
}

function bound({ relation, pass, stretch, unit }: Check): string {
  const sign = relation === 'at most' ? '≤' : '≥';
  const text = pass === 0 && relation === 'at most' ? '0' : `${sign} ${withUnit(pass, unit)}`;
  return stretch === undefined ? text : `${text} (stretch ${sign} ${withUnit(stretch, unit)})`;
}

function measured({ value, unit }: Check): string {
  return withUnit(value, unit);
}

function withUnit(value: number, unit: string): string {
  return `${rounded(value)} ${unit}`.trimEnd();
}

/** Three digits are as much as such a measurement is good for. */
function rounded(value: number): string {
  if (Number.isInteger(value)) return String(value);
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

function alignColumns(rows: readonly string[][]): string[] {
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  const [headings, ...others] = rows.map(line);
  return [headings!, rule, ...others];
}
