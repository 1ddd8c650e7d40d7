import type { CutoverSeen } from './cutover-state.ts';
import { printable } from './printable.ts';
import { textTable } from './text-table.ts';

type Fields = Readonly<Record<string, unknown>>;

const WINDOWS = ['AT', 'SHARE', 'OLD: REQUESTS', 'ERRORS', 'P95', 'NEW: REQUESTS', 'ERRORS', 'P95'];
const WIDTH = 110;

/** Who, what, when, the numbers of each window, the worst requests, and the cutovers before. */
export function historyText(value: Fields, seen: CutoverSeen): string {
  const { windows, worst, past, by, begun_at: begunAt } = value;
  const parts = [
    `${printable(seen.route)}: ${printable(seen.from)} to ${printable(seen.to)}, by ${text(by) || 'somebody'} at ${text(begunAt)}, ${seen.phase}`,
    ...seen.notes.map(({ at, text: said }) => `${at.slice(11, 19)}  ${printable(said)}`),
  ];
  const judged = listOf(windows);
  if (judged.length > 0) parts.push('', textTable(WINDOWS, judged.map(windowRow), WIDTH).trimEnd());
  const requests = listOf(worst);
  if (requests.length > 0) {
    const ids = requests.map(({ id, status, ms }) => [
      text(id),
      String(status),
      `${Math.round(Number(ms))} ms`,
    ]);
    parts.push('', textTable(['WORST REQUESTS', 'STATUS', 'TOOK'], ids, WIDTH).trimEnd());
  }
  const before = listOf(past);
  if (before.length > 0) {
    parts.push('', 'before:');
    for (const each of before) {
      parts.push(
        `${text(each['begun_at'])}  ${text(each['from'])} to ${text(each['to'])}, ${text(each['outcome'])}: ${text(each['reason'])}`,
      );
    }
  }
  return `${parts.join('\n')}\n`;
}

function windowRow({ at, weight, from, to }: Fields): string[] {
  return [
    text(at).slice(11, 19),
    `${Number(weight) / 100} %`,
    ...numbers(from as Fields),
    ...numbers(to as Fields),
  ];
}

function numbers({ requests, failed, p95 }: Fields): string[] {
  const all = Number(requests);
  const share = all === 0 ? '-' : `${((Number(failed) / all) * 100).toFixed(1)} %`;
  return [String(all), share, all === 0 ? '-' : `${Number(p95).toFixed(1)} ms`];
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? (value as Fields[]) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? printable(value) : '';
}
