import type { Probe, ProbeCheck, StatusRange } from '../route/check.ts';
import { duration, fieldName, integer, path, port } from './label-values.ts';
import { type Labels, PREFIX, split } from './labels.ts';

/** Where the application is reached. */
export interface CheckedAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly serverName: string;
}

const DEFAULT_INTERVAL_MS = 2_000;
const DEFAULT_TIMEOUT_MS = 2_000;
const LEAST_INTERVAL_MS = 100;
const LONGEST_MS = 3_600_000;
const MOST_IN_A_ROW = 100;
const DEFAULT_EXPECT: readonly StatusRange[] = [[200, 399]];

/**
 * `cellgate.check`, and what is below it. Null: none is asked for. @param at where a port of the container is reached;
 * null: nowhere, which has been told
 */
export function readCheck(
  labels: Labels,
  usual: number,
  at: (port: number) => CheckedAddress | null,
): ProbeCheck | null {
  const interval = time(labels, 'check.interval', LEAST_INTERVAL_MS) ?? DEFAULT_INTERVAL_MS;
  const timeout = time(labels, 'check.timeout', 1) ?? Math.min(DEFAULT_TIMEOUT_MS, interval);
  if (timeout > interval) {
    labels.refuse('check.timeout', `${timeout}ms`, `at most the interval, ${interval}ms`);
  }
  const times = {
    interval,
    timeout,
    rise: labels.read('check.rise', `1 to ${MOST_IN_A_ROW}`, integer(1, MOST_IN_A_ROW)) ?? 1,
    fall: labels.read('check.fall', `1 to ${MOST_IN_A_ROW}`, integer(1, MOST_IN_A_ROW)) ?? 2,
    startDelay: time(labels, 'check.start-delay', 0) ?? 0,
  };
  const address = at(labels.read('check.port', 'a port from 1 to 65535', port) ?? usual);
  const probe = readProbe(labels, address ?? { host: '', port: 0, tls: false, serverName: '' });
  return address === null || probe === null ? null : { kind: 'probe', probe, ...times };
}

function readProbe(labels: Labels, { host, port, tls, serverName }: CheckedAddress): Probe | null {
  const kind = labels.text('check');
  const written = labels.read('check.path', 'a path that begins with /', path);
  const service = labels.text('check.service');
  const headers = readHeaders(labels);
  const expect = labels.read('check.expect', 'status codes like 200 or 200-299', statusRanges);
  const target = { host, port };
  const secured = { ...target, tls, serverName };
  if (kind === 'tcp') return { kind: 'tcp', ...target };
  if (kind === 'grpc') return { kind: 'grpc', ...secured, service };
  const path_ = written ?? (kind === 'http' ? '/' : path(kind));
  if (path_ === undefined) {
    if (kind !== '') labels.refuse('check', kind, 'a path that begins with /, http, tcp or grpc');
    return null;
  }
  return { kind: 'http', ...secured, path: path_, headers, expect: expect ?? DEFAULT_EXPECT };
}

/** `check.header.NAME`, as in Traefik. */
function readHeaders(labels: Labels): Record<string, string> {
  const headers = labels.named('check.header');
  for (const [name, value] of Object.entries(headers)) {
    if (fieldName(name) === undefined || /[^\t\x20-\x7e]/.test(value)) {
      // Not repeated: it may be a secret.
      labels.faults.push(`${PREFIX}check.header.${name}: allowed: a header field, its value in ASCII`);
    }
  }
  return headers;
}

function time(labels: Labels, name: string, least: number): number | null {
  return labels.read(name, `a duration from ${least}ms to 1h, like 5s`, duration(least, LONGEST_MS));
}

function statusRanges(text: string): readonly StatusRange[] | undefined {
  const ranges = split(text).map((each) => {
    const [, from, to = from] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(each) ?? [];
    return from !== undefined && from <= to! ? ([Number(from), Number(to)] as const) : null;
  });
  const good = ranges.filter((range) => range !== null);
  return good.length === ranges.length && good.length > 0 ? good : undefined;
}
