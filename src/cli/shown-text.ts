import { type Fields, fieldsIn, fieldsOf, textOf } from './answer-fields.ts';
import { printable } from './printable.ts';
import { rejectionText } from './rejection-text.ts';
import { requestText } from './request-text.ts';
import type { Shown } from './show-arguments.ts';
import { errorsText, sessionsText, splitsText, threadsText, tlsText } from './shown-lists.ts';
import { spanText } from './span-text.ts';
import { textTable } from './text-table.ts';

const WIDTH = 100;
const ROUTES = ['ROUTE', 'ENDPOINTS', 'STATES', 'ALGORITHM', 'SPLIT'];
const ENDPOINTS = ['ROUTE', 'ADDRESS', 'APP', 'INSTANCE', 'STATE', 'FROM', 'LAST SEEN'];

/** For people. @param now Unix milliseconds */
export function shownText(what: Shown, value: Fields, now: number): string {
  switch (what) {
    case 'overview':
      return overviewText(value);
    case 'routes':
      return pageText(value, 'routes', ROUTES, routeRow);
    case 'endpoints':
      return pageText(value, 'endpoints', ENDPOINTS, (endpoint) => endpointRow(endpoint, now));
    case 'failures':
      return keptText(value['requests'], requestText);
    case 'rejected':
      return keptText(value['rejected'], rejectionText);
    case 'errors':
      return errorsText(value, now);
    case 'sessions':
      return sessionsText(value);
    case 'threads':
      return threadsText(value);
    case 'tls':
      return tlsText(value);
    case 'splits':
      return splitsText(value);
  }
}

function keptText(items: unknown, text: (item: Fields) => string): string {
  const kept = fieldsIn(items);
  return kept.length === 0 ? 'none is kept\n' : kept.map(text).join('\n');
}

function overviewText({
  id,
  version,
  uptime_seconds: uptime,
  health,
  bus,
  table,
  decisions,
}: Fields): string {
  const { state, reason } = fieldsOf(health);
  const { routes, endpoints, backends } = fieldsOf(table);
  const { store, revision, state: reach } = fieldsOf(decisions);
  const rows: readonly (readonly [string, string])[] = [
    ['router', `${textOf(id)}, version ${textOf(version)}, up ${spanText(Number(uptime))}`],
    ['health', `${textOf(state)}: ${textOf(reason)}`],
    ['bus', textOf(bus)],
    ['table', `${Number(routes)} routes, ${Number(endpoints)} endpoints, ${Number(backends)} backends`],
    ['decisions', `${textOf(store) || 'no store'}, revision ${Number(revision)}, ${textOf(reach)}`],
  ];
  return `${rows.map(([name, what]) => `${name.padEnd(11)}${what}`).join('\n')}\n`;
}

function pageText(
  value: Fields,
  name: string,
  head: readonly string[],
  row: (item: Fields) => string[],
): string {
  const items = fieldsIn(value[name]);
  if (items.length === 0) return `there are none\n`;
  const more = typeof value['next'] === 'number' ? `there are more: --limit, or part of a name\n` : '';
  return `${textTable(head, items.map(row), WIDTH)}${more}`;
}

function routeRow({ route, endpoints, states, algorithm, split }: Fields): string[] {
  const counts = Object.entries(fieldsOf(states)).map(
    ([state, count]) => `${printable(state)} ${Number(count)}`,
  );
  const { arms } = fieldsOf(split);
  const shares = fieldsIn(arms).map(({ selector, weight }) => `${textOf(selector)}=${Number(weight)}`);
  return [
    textOf(route),
    String(Number(endpoints)),
    counts.join(' ') || '-',
    textOf(algorithm) || '-',
    shares.join(' ') || '-',
  ];
}

function endpointRow(
  { route, address, app, instance, state, from, last_seen: seen }: Fields,
  now: number,
): string[] {
  return [
    textOf(route),
    textOf(address),
    textOf(app) || '-',
    textOf(instance) || '-',
    textOf(state),
    textOf(from),
    `${spanText((now - Date.parse(textOf(seen))) / 1000)} ago`,
  ];
}
