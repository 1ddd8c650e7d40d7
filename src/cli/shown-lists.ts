import { type Fields, fieldsIn, fieldsOf, textOf } from './answer-fields.ts';
import { spanText } from './span-text.ts';
import { textTable } from './text-table.ts';

const WIDTH = 100;
const ERRORS = ['STATUS', 'ERROR', 'ROUTE', 'ENDPOINT', 'COUNT', 'LAST', 'LAST ID'];
const SESSIONS = ['AGE', 'KIND', 'ROUTE', 'ENDPOINT', 'INSTANCE', 'CLIENT', 'IN', 'OUT'];
const THREADS = ['THREAD', 'STATE', 'UP', 'STARTS', 'CONNS', 'IN FLIGHT', 'REQ/S', 'CPU', 'LATE P99', 'HEAP'];
const CERTIFICATES = ['FOR', 'NAMES', 'ISSUER', 'NOT AFTER', 'DAYS LEFT'];
const SPLITS = ['ROUTE', 'ARM', 'WEIGHT', 'ENDPOINTS', 'UNDER WAY', 'ANSWERED', 'ERRORS', 'P50', 'P95'];

/** What the router answered itself. @param now Unix milliseconds */
export function errorsText({ errors, since }: Fields, now: number): string {
  const rows = fieldsIn(errors).map(({ status, error, route, endpoint, count, last, last_id: id }) => [
    numberText(status),
    textOf(error),
    textOf(route) || '-',
    textOf(endpoint) || '-',
    numberText(count),
    `${spanText((now - Date.parse(textOf(last))) / 1000)} ago`,
    textOf(id) || '-',
  ]);
  return rows.length === 0 ? `there are none since ${textOf(since)}\n` : textTable(ERRORS, rows, WIDTH);
}

/** What clients have under way. */
export function sessionsText({ sessions, all }: Fields): string {
  const rows = fieldsIn(sessions).map(
    ({ age_seconds: age, kind, route, endpoint, instance, client, ...counts }) => [
      spanText(Number(age)),
      textOf(kind),
      textOf(route) || '-',
      textOf(endpoint) || '-',
      textOf(instance) || '-',
      textOf(client) || '-',
      bytesText(counts['from_client_bytes']),
      bytesText(counts['from_backend_bytes']),
    ],
  );
  if (rows.length === 0) return 'there are none\n';
  const left = Number(all) - rows.length;
  return `${textTable(SESSIONS, rows, WIDTH)}${left > 0 ? `${left} more: --limit, --older, --route, --app\n` : ''}`;
}

export function threadsText({ threads, replaced, stuck }: Fields): string {
  const rows = fieldsIn(threads).map((thread) => {
    const known = thread['answers'] === true;
    const show = (text: string): string => (known ? text : '-');
    return [
      numberText(thread['thread']),
      textOf(thread['state']),
      spanText(Number(thread['up_seconds'])),
      numberText(thread['starts']),
      show(numberText(thread['connections'])),
      show(numberText(thread['in_flight'])),
      show(Number(thread['requests_per_second']).toFixed(1)),
      show(`${(Number(thread['cpu']) * 100).toFixed(0)} %`),
      show(`${Number(fieldsOf(thread['loop_delay_ms'])['p99']).toFixed(1)} ms`),
      show(bytesText(thread['heap_bytes'])),
    ];
  });
  const said = `${Number(replaced)} replaced, ${Number(stuck)} of them stood still\n`;
  return `${textTable(THREADS, rows, WIDTH)}${said}`;
}

export function tlsText({ certificates, handshakes }: Fields): string {
  const rows = fieldsIn(certificates).map((certificate) => [
    textOf(certificate['for']),
    (Array.isArray(certificate['names']) ? certificate['names'] : []).map(textOf).join(' ') || '-',
    textOf(certificate['issuer']) || '-',
    textOf(certificate['not_after']).slice(0, 10),
    numberText(certificate['days_left']),
  ]);
  const table = rows.length === 0 ? 'there are no certificates\n' : textTable(CERTIFICATES, rows, WIDTH);
  const { full, resumed, failed, versions } = fieldsOf(handshakes);
  const byVersion = Object.entries(fieldsOf(versions)).map(
    ([name, count]) => `${Number(count)} ${textOf(name)}`,
  );
  const counts = `handshakes  ${Number(full)} full, ${Number(resumed)} resumed, ${Number(failed)} failed`;
  return `${table}${counts}\nversions    ${byVersion.join(', ')}\n`;
}

export function splitsText({ splits }: Fields): string {
  const rows = fieldsIn(splits).flatMap(({ route, arms, error }) =>
    typeof error === 'string'
      ? [[textOf(route), `not followed: ${textOf(error)}`]]
      : fieldsIn(arms).map((arm) => armRow(textOf(route), arm)),
  );
  return rows.length === 0 ? 'there are none\n' : textTable(SPLITS, rows, WIDTH);
}

function armRow(route: string, { selector, weight, endpoints, taken }: Fields): string[] {
  const {
    under_way: underWay,
    answered,
    app_errors: app,
    gateway_errors: gateway,
    ...times
  } = fieldsOf(taken);
  return [
    route,
    textOf(selector),
    numberText(weight),
    numberText(endpoints),
    numberText(underWay),
    numberText(answered),
    String(Number(app) + Number(gateway)),
    timeText(times['p50_ms']),
    timeText(times['p95_ms']),
  ];
}

function numberText(value: unknown): string {
  return typeof value === 'number' ? String(value) : '-';
}

function timeText(value: unknown): string {
  return typeof value === 'number' ? `${value.toFixed(1)} ms` : '-';
}

/** Two or three digits that say how much it is. */
export function bytesText(value: unknown): string {
  if (typeof value !== 'number') return '-';
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let [left, unit] = [value, 0];
  while (left >= 999.5 && unit < units.length - 1) [left, unit] = [left / 1024, unit + 1];
  return `${unit === 0 || left >= 99.5 ? left.toFixed(0) : left.toFixed(1)} ${units[unit]}`;
}
