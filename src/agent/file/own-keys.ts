import type { DrainTerms } from '../route/agent-route.ts';
import type { Probe, ProbeCheck, StatusRange } from '../route/check.ts';
import type { Fields } from './fields.ts';
import { readGoDuration } from './go-duration.ts';

/** What stands under `cellgate` in a route. */
export interface OwnKeys {
  readonly check: ProbeCheck | null;
  readonly drain: DrainTerms;
  readonly weight: number;
  /** Of the message: what goes on top of `options`. */
  readonly options: Readonly<Record<string, unknown>> | null;
  readonly app: string;
  readonly instanceId: string;
  readonly instanceIndex: string;
  readonly isolationSegment: string;
}

/** Where a route leads, for checks. */
export interface CheckedEndpoint {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly serverName: string;
}

const DEFAULT_DRAIN_MS = 20_000;
const DEFAULT_CHECK_MS = 5_000;
const DEFAULT_TIMEOUT_MS = 2_000;
const LEAST_CHECK_MS = 100;
const DEFAULT_EXPECT: readonly StatusRange[] = [[200, 399]];
const MOST_IN_A_ROW = 100;

const DEFAULT_DRAIN: DrainTerms = { file: null, time: DEFAULT_DRAIN_MS, command: null };

export function readOwnKeys(fields: Fields | null, endpoint: CheckedEndpoint): OwnKeys {
  if (fields === null) {
    return {
      check: null,
      drain: DEFAULT_DRAIN,
      weight: 100,
      options: null,
      app: '',
      instanceId: '',
      instanceIndex: '',
      isolationSegment: '',
    };
  }
  const check = fields.object('check');
  const options = fields.raw('options');
  if (options !== undefined && (typeof options !== 'object' || Array.isArray(options))) {
    fields.refuse('options', options, 'an object', null);
  }
  const own: OwnKeys = {
    check: check === null ? null : readCheck(check, endpoint),
    drain: {
      file: fields.text('drain_file') || null,
      time: duration(fields, 'drain_time', DEFAULT_DRAIN_MS, 0),
      command: fields.text('drain_command') || null,
    },
    weight: fields.integer('weight', 0, 100) ?? 100,
    options: (options ?? null) as Record<string, unknown> | null,
    app: fields.text('app'),
    instanceId: fields.text('instance_id'),
    instanceIndex: fields.text('instance_index'),
    isolationSegment: fields.text('isolation_segment'),
  };
  fields.warnOfUnknown();
  return own;
}

function readCheck(fields: Fields, endpoint: CheckedEndpoint): ProbeCheck | null {
  const kinds = ['http', 'tcp', 'grpc'].filter((kind) => (fields.raw(kind) ?? false) !== false);
  const port = fields.port('port') ?? endpoint.port;
  const interval = duration(fields, 'interval', DEFAULT_CHECK_MS, LEAST_CHECK_MS);
  const timeout = duration(fields, 'timeout', Math.min(DEFAULT_TIMEOUT_MS, interval), 1);
  const rise = fields.integer('rise', 1, MOST_IN_A_ROW) ?? 1;
  const fall = fields.integer('fall', 1, MOST_IN_A_ROW) ?? 2;
  const startDelay = duration(fields, 'start_delay', 0, 0);
  if (timeout > interval) fields.findings.faults.add(`${fields.at('timeout')}: longer than the interval`);
  if (kinds.length !== 1) {
    fields.findings.faults.add(`${fields.place}: needs one of http, tcp, grpc, found ${kinds.length}`);
    fields.warnOfUnknown();
    return null;
  }
  const probe = readProbe(fields, kinds[0]!, { ...endpoint, port });
  fields.warnOfUnknown();
  return probe && { kind: 'probe', probe, interval, timeout, rise, fall, startDelay };
}

function readProbe(
  fields: Fields,
  kind: string,
  { host, port, tls, serverName }: CheckedEndpoint,
): Probe | null {
  const raw = fields.raw(kind);
  if (kind === 'tcp') {
    if (raw !== true) fields.refuse('tcp', raw, 'true', null);
    return { kind: 'tcp', host, port };
  }
  // As short as can be: `http: /health`, `grpc: true`.
  const more = typeof raw === 'object' ? fields.object(kind) : null;
  if (kind === 'grpc') {
    if (more === null && raw !== true) fields.refuse('grpc', raw, 'true, or an object', null);
    const service = more?.text('service') ?? '';
    more?.warnOfUnknown();
    return { kind: 'grpc', host, port, tls, serverName, service };
  }
  const path = more === null ? raw : more.text('path');
  const headers = more?.textMap('headers') ?? {};
  const expect = more === null ? DEFAULT_EXPECT : readExpect(more);
  more?.warnOfUnknown();
  if (typeof path !== 'string' || !isPath(path)) {
    return fields.refuse('http', path, 'a path that begins with /, or an object with one', null);
  }
  const odd = Object.entries(headers).find(([name, value]) => !isFieldName(name) || /[\r\n\0]/.test(value));
  if (odd !== undefined)
    return fields.refuse('http.headers', odd[1], 'names and values of header fields', null);
  return { kind: 'http', host, port, tls, serverName, path, headers, expect };
}

/** `200`, `"200-299"`, or a list of such. */
function readExpect(fields: Fields): readonly StatusRange[] {
  const raw = fields.raw('expect');
  if (raw === undefined) return DEFAULT_EXPECT;
  const ranges = (Array.isArray(raw) ? raw : [raw]).map((each) => {
    const [, from, to] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(String(each)) ?? [];
    return from === undefined ? null : ([Number(from), Number(to ?? from)] as const);
  });
  const good = ranges.filter((range) => range !== null && range[0] <= range[1]) as StatusRange[];
  if (good.length === ranges.length && good.length > 0) return good;
  return fields.refuse('expect', raw, 'status codes, like 200 or "200-299"', DEFAULT_EXPECT);
}

function duration(fields: Fields, name: string, preset: number, least: number): number {
  const written = fields.text(name);
  if (written === '') return preset;
  const read = readGoDuration(written);
  if (read.ok && read.milliseconds >= least) return read.milliseconds;
  const why = read.ok ? `found less than ${least}ms` : read.error;
  fields.findings.faults.add(`${fields.at(name)}: ${why}`);
  return preset;
}

function isPath(text: string): boolean {
  return /^\/[\x21-\x7e]*$/.test(text);
}

function isFieldName(text: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text);
}
