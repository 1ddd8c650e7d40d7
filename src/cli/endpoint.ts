import { askAdmin } from './admin-client.ts';
import { type Fields, fieldsIn, textOf } from './answer-fields.ts';
import type { CheckOutput } from './check.ts';
import type { EndpointCommand } from './endpoint-arguments.ts';
import { printableJson } from './printable.ts';
import { textTable } from './text-table.ts';

const HEAD = ['ENDPOINT', 'ORDER', 'ROUTE', 'BY', 'UNTIL'];
const WIDTH = 120;

/** Orders something of an endpoint, or lists what is ordered; the exit code. */
export async function endpoint(
  { address, action, json }: EndpointCommand,
  { out, error }: CheckOutput,
): Promise<number> {
  const asked =
    action.verb === 'list'
      ? await askAdmin(address, 'GET', '/v1/orders')
      : await askAdmin(
          address,
          'PUT',
          `/v1/endpoints/${encodeURIComponent(action.endpoint)}/order`,
          action.order,
        );
  if (asked.kind === 'failure') {
    error(asked.sentence);
    return 1;
  }
  const { value } = asked;
  if (json) out(`${printableJson(value)}\n`);
  else out(action.verb === 'list' ? listText(value) : doneText(value));
  return 0;
}

function listText({ orders }: Fields): string {
  const all = fieldsIn(orders);
  if (all.length === 0) return 'nothing is ordered of any endpoint\n';
  const rows = all.map((order) => [
    textOf(order['endpoint']),
    textOf(order['order']),
    textOf(order['route']) || 'all',
    textOf(order['by']) || '-',
    textOf(order['until']) || 'taken back',
  ]);
  return textTable(HEAD, rows, WIDTH);
}

function doneText({ endpoint: name, order, routes, until }: Fields): string {
  const on = Array.isArray(routes) ? routes.map(textOf) : [];
  if (order === 'ready') return `${textOf(name)} gets requests again\n`;
  const what = order === 'drain' ? 'gets no new requests' : 'gets only requests that name its instance';
  const end = typeof until === 'string' ? `until ${textOf(until)}` : 'until it is made ready again';
  const where =
    on.length === 0 ? 'once it is there' : `on ${on.slice(0, 5).join(', ')}${more(on.length - 5)}`;
  return `${textOf(name)} ${what} ${where}, ${end}\n`;
}

function more(count: number): string {
  return count > 0 ? ` and ${count} more routes` : '';
}
