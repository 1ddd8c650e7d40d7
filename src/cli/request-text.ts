import { type Fields, fieldsIn, textOf } from './answer-fields.ts';
import { textTable } from './text-table.ts';

const HEAD = ['ATTEMPT', 'ENDPOINT', 'INSTANCE', 'CAME TO', 'AFTER'];
const WIDTH = 100;

/** What really happened to a request. */
export function requestText(record: Fields): string {
  const { id, why, at, router, host, line, client, status, routerError, took } = record;
  const { endpoint, instance, app, attempts } = record;
  const failed = fieldsIn(attempts);
  const isAnswered = textOf(routerError) === '' && textOf(endpoint) !== '';
  const rows = failed.map((attempt, index) => [
    String(index + 1),
    textOf(attempt['endpoint']),
    textOf(attempt['instance']) || '-',
    textOf(attempt['failure']),
    `${Number(attempt['after']).toFixed(1)} ms`,
  ]);
  if (isAnswered) {
    rows.push([
      String(failed.length + 1),
      textOf(endpoint),
      textOf(instance) || '-',
      `status ${status}`,
      `${Number(took).toFixed(1)} ms`,
    ]);
  }
  const lines = [
    `${textOf(id)} (${textOf(why)}) at ${new Date(Number(at)).toISOString()}${textOf(router) === '' ? '' : ` on router ${textOf(router)}`}`,
    `  request  ${textOf(line)} for ${textOf(host)}${textOf(client) === '' ? '' : ` from ${textOf(client)}`}`,
    `  answer   ${Number(status)}${textOf(routerError) === '' ? '' : ` ${textOf(routerError)}`} after ${Number(took).toFixed(1)} ms`,
    ...(textOf(app) === '' ? [] : [`  app      ${textOf(app)}`]),
  ];
  const table =
    rows.length === 0
      ? []
      : textTable(HEAD, rows, WIDTH - 2)
          .trimEnd()
          .split('\n');
  return `${[...lines, ...table.map((row) => `  ${row}`)].join('\n')}\n`;
}
