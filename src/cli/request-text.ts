import { printable } from './printable.ts';
import { textTable } from './text-table.ts';

type Fields = Readonly<Record<string, unknown>>;

const HEAD = ['ATTEMPT', 'ENDPOINT', 'INSTANCE', 'CAME TO', 'AFTER'];
const WIDTH = 100;

/** What really happened to a request. */
export function requestText(record: Fields): string {
  const { id, why, at, host, line, client, status, routerError, took, endpoint, instance, app, attempts } =
    record;
  const failed = (Array.isArray(attempts) ? attempts : []) as Fields[];
  const isAnswered = text(routerError) === '' && text(endpoint) !== '';
  const rows = failed.map((attempt, index) => [
    String(index + 1),
    text(attempt['endpoint']),
    text(attempt['instance']) || '-',
    text(attempt['failure']),
    `${Number(attempt['after']).toFixed(1)} ms`,
  ]);
  if (isAnswered) {
    rows.push([
      String(failed.length + 1),
      text(endpoint),
      text(instance) || '-',
      `status ${status}`,
      `${Number(took).toFixed(1)} ms`,
    ]);
  }
  const lines = [
    `${text(id)} (${text(why)}) at ${new Date(Number(at)).toISOString()}`,
    `  request  ${text(line)} for ${text(host)}${text(client) === '' ? '' : ` from ${text(client)}`}`,
    `  answer   ${Number(status)}${text(routerError) === '' ? '' : ` ${text(routerError)}`} after ${Number(took).toFixed(1)} ms`,
    ...(text(app) === '' ? [] : [`  app      ${text(app)}`]),
  ];
  const table =
    rows.length === 0
      ? []
      : textTable(HEAD, rows, WIDTH - 2)
          .trimEnd()
          .split('\n');
  return `${[...lines, ...table.map((row) => `  ${row}`)].join('\n')}\n`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? printable(value) : '';
}
