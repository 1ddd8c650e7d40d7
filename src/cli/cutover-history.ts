import { type Fields, fieldsIn, textOf } from './answer-fields.ts';
import type { CutoverSeen } from './cutover-state.ts';
import { printable } from './printable.ts';
import { textTable } from './text-table.ts';

const WINDOWS = ['AT', 'SHARE', 'OLD: REQUESTS', 'ERRORS', 'P95', 'NEW: REQUESTS', 'ERRORS', 'P95'];
const WIDTH = 110;

/** Who, what, when, the numbers of each window, the worst requests, and the cutovers before. */
export function historyText(value: Fields, seen: CutoverSeen): string {
  const { windows, worst, past, by, begun_at: begunAt } = value;
  const parts = [
    `${printable(seen.route)}: ${printable(seen.from)} to ${printable(seen.to)}, by ${textOf(by) || 'somebody'} at ${textOf(begunAt)}, ${printable(seen.phase)}`,
    ...seen.notes.map(({ at, text: said }) => printable(`${at.slice(11, 19)}  ${said}`)),
  ];
  const judged = fieldsIn(windows);
  if (judged.length > 0) parts.push('', textTable(WINDOWS, judged.map(windowRow), WIDTH).trimEnd());
  const requests = fieldsIn(worst);
  if (requests.length > 0) {
    const ids = requests.map(({ id, status, ms }) => [
      textOf(id),
      String(status),
      `${Math.round(Number(ms))} ms`,
    ]);
    parts.push('', textTable(['WORST REQUESTS', 'STATUS', 'TOOK'], ids, WIDTH).trimEnd());
  }
  const before = fieldsIn(past);
  if (before.length > 0) {
    parts.push('', 'before:');
    for (const each of before) {
      parts.push(
        `${textOf(each['begun_at'])}  ${textOf(each['from'])} to ${textOf(each['to'])}, ${textOf(each['outcome'])}: ${textOf(each['reason'])}`,
      );
    }
  }
  return `${parts.join('\n')}\n`;
}

function windowRow({ at, weight, from, to }: Fields): string[] {
  return [
    textOf(at).slice(11, 19),
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
