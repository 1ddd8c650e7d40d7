import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'vitest';
import { unguarded } from './support/unguarded.ts';

interface Below {
  readonly code?: readonly string[];
  /** Rooms of which it may know the types alone. */
  readonly types?: readonly string[];
}

/** What each room of src may import, rooms from the lowest to the highest; `.` is src itself. */
const ROOMS: Readonly<Record<string, Below>> = {
  address: {},
  boundary: {},
  time: { code: ['boundary'] },
  network: { code: ['boundary'] },
  'proxy-protocol': {},
  'route-service': {},
  tls: {},
  'tls/connection': { code: ['boundary', 'tls'] },
  latency: {},
  routing: { code: ['address', 'latency'] },
  'tcp/table': { code: ['address'], types: ['routing'] },
  'tcp/policy': { code: ['routing', 'tcp/table'] },
  'config/schema': { types: ['routing'] },
  config: { code: ['address', 'config/schema', 'route-service', 'tls'] },
  telemetry: { code: ['boundary', 'latency', 'network', 'time'] },
  snapshot: { code: ['boundary', 'time'], types: ['telemetry'] },
  'bus/embedded': { code: ['boundary', 'network', 'time'] },
  bus: { code: ['address', 'boundary', 'network', 'routing', 'tcp/table'], types: ['telemetry'] },
  decisions: { code: ['boundary', 'bus'], types: ['telemetry'] },
  'roll-call': { code: ['boundary', 'bus'], types: ['telemetry'] },
  registry: { code: ['routing'], types: ['bus', 'telemetry'] },
  table: { code: ['address', 'bus', 'registry', 'routing', 'snapshot'] },
  balancer: { types: ['routing'] },
  'http/message': { code: ['routing'] },
  'http/hpack': { code: ['http/message'] },
  'http/template': {},
  'http/policy': {
    code: ['address', 'http/message', 'http/template', 'network', 'routing', 'telemetry'],
    types: ['latency', 'tls'],
  },
  otel: { code: ['boundary', 'latency', 'network', 'telemetry'], types: ['http/policy'] },
  cutover: { code: ['latency'] },
  http: {
    code: ['boundary', 'http/message', 'network', 'telemetry', 'time'],
    types: ['http/policy', 'routing', 'tls', 'tls/connection'],
  },
  'http/connection': {
    code: [
      'address',
      'boundary',
      'http/message',
      'http/policy',
      'network',
      'proxy-protocol',
      'routing',
      'telemetry',
      'time',
      'tls',
      'tls/connection',
    ],
    types: ['http'],
  },
  'http/h2': { code: ['boundary', 'http/hpack', 'http/message', 'http/policy'] },
  'http/h2/connection': {
    code: [
      'boundary',
      'http/connection',
      'http/h2',
      'http/message',
      'http/policy',
      'network',
      'telemetry',
      'time',
    ],
    types: ['http'],
  },
  'http/account': {
    code: ['http/message', 'http/policy', 'latency', 'routing', 'telemetry', 'time'],
    types: ['http'],
  },
  'http/exchange': {
    code: [
      'balancer',
      'http',
      'http/account',
      'http/message',
      'http/policy',
      'route-service',
      'routing',
      'telemetry',
      'time',
      'tls',
    ],
    types: ['http/connection'],
  },
  'http/explain': {
    code: ['http/account', 'http/exchange', 'http/message', 'http/policy', 'routing', 'telemetry'],
    types: ['http'],
  },
  'http/proxy': {
    code: ['http', 'http/account', 'http/connection', 'http/exchange', 'http/explain', 'http/h2/connection'],
    types: ['routing', 'telemetry'],
  },
  'routing-api': { code: ['address', 'boundary', 'bus', 'network', 'routing', 'time'], types: ['telemetry'] },
  'tcp/routing-api': { code: ['address', 'routing-api', 'tcp/table'], types: ['telemetry'] },
  'agent/route': { types: ['boundary', 'bus'] },
  'agent/file': { code: ['address', 'agent/route', 'bus', 'config', 'config/schema'] },
  agent: {
    code: ['address', 'agent/file', 'agent/route', 'boundary', 'bus', 'routing-api', 'telemetry'],
  },
  'agent/containers': { code: ['address', 'agent/route', 'bus', 'config', 'config/schema'] },
  'agent/docker': {
    code: ['agent', 'agent/containers', 'boundary'],
    types: ['agent/route', 'telemetry'],
  },
  'tcp/connection': {
    code: [
      'address',
      'boundary',
      'network',
      'proxy-protocol',
      'routing',
      'tcp/policy',
      'tcp/table',
      'telemetry',
      'time',
      'tls',
      'tls/connection',
    ],
  },
  status: {
    code: ['address', 'boundary', 'latency'],
    types: ['bus', 'registry', 'tcp/connection', 'telemetry'],
  },
  admin: { code: ['address', 'boundary', 'status'], types: ['telemetry'] },
  dashboard: { code: ['admin'] },
  'dashboard/plain': { code: ['admin', 'dashboard'] },
  'runtime/settings': {
    code: [
      'admin',
      'bus',
      'http/connection',
      'http/explain',
      'http/policy',
      'http/template',
      'tcp/connection',
      'telemetry',
      'tls',
      'tls/connection',
    ],
    types: ['config', 'decisions', 'http', 'http/account', 'registry', 'routing-api', 'status'],
  },
  'runtime/tcp': {
    code: [
      'address',
      'boundary',
      'registry',
      'routing',
      'runtime/settings',
      'tcp/connection',
      'tcp/table',
      'telemetry',
    ],
    types: ['config'],
  },
  'runtime/splits': {
    code: ['admin', 'boundary', 'bus', 'decisions', 'routing', 'tcp/policy', 'tcp/table'],
    types: ['registry', 'runtime/tcp', 'telemetry'],
  },
  'runtime/cutover': {
    code: [
      'admin',
      'boundary',
      'cutover',
      'decisions',
      'latency',
      'network',
      'routing',
      'runtime/splits',
      'tcp/policy',
      'tls/connection',
    ],
    types: ['registry', 'runtime/tcp', 'tcp/table', 'telemetry'],
  },
  'runtime/tap': { code: ['admin', 'routing'], types: ['http/account'] },
  'runtime/show': {
    code: ['admin', 'bus', 'http/account', 'http/message', 'latency', 'routing', 'time'],
    types: ['registry'],
  },
  'runtime/history': { code: ['admin', 'latency'], types: ['routing', 'telemetry'] },
  'runtime/explain': { code: ['admin', 'http/policy', 'time'], types: ['http/explain', 'registry'] },
  'runtime/endpoints': {
    code: ['admin', 'decisions', 'routing', 'runtime/splits', 'time'],
    types: ['registry'],
  },
  'runtime/snapshot': {
    code: ['bus', 'decisions', 'registry', 'snapshot', 'time'],
    types: ['runtime/tcp', 'tcp/table'],
  },
  'runtime/table': {
    code: [
      'admin',
      'boundary',
      'bus',
      'decisions',
      'registry',
      'routing',
      'runtime/splits',
      'snapshot',
      'table',
      'tcp/table',
      'time',
    ],
    types: ['runtime/tcp', 'telemetry'],
  },
  'runtime/threads': {
    code: [
      'boundary',
      'http/account',
      'http/proxy',
      'network',
      'registry',
      'routing',
      'runtime/settings',
      'runtime/tcp',
      'tcp/table',
      'telemetry',
      'time',
    ],
    types: ['http', 'http/explain', 'http/connection', 'status', 'tcp/connection'],
  },
  'runtime/parts': {
    code: [
      'address',
      'admin',
      'boundary',
      'bus',
      'bus/embedded',
      'cutover',
      'dashboard',
      'dashboard/plain',
      'decisions',
      'http/account',
      'http/message',
      'network',
      'otel',
      'registry',
      'roll-call',
      'routing',
      'routing-api',
      'runtime/cutover',
      'runtime/endpoints',
      'runtime/explain',
      'runtime/history',
      'runtime/settings',
      'runtime/show',
      'runtime/snapshot',
      'runtime/splits',
      'runtime/tap',
      'runtime/table',
      'runtime/tcp',
      'runtime/threads',
      'snapshot',
      'status',
      'tcp/routing-api',
      'telemetry',
      'time',
    ],
    types: [
      'config',
      'http',
      'http/connection',
      'http/explain',
      'http/policy',
      'http/template',
      'tcp/connection',
      'tcp/table',
      'tls/connection',
    ],
  },
  runtime: {
    code: [
      'boundary',
      'registry',
      'runtime/cutover',
      'runtime/parts',
      'runtime/settings',
      'runtime/threads',
      'status',
      'telemetry',
    ],
    types: ['admin', 'config', 'http', 'http/account', 'runtime/tcp', 'tcp/connection'],
  },
  cli: {
    code: [
      'address',
      'admin',
      'agent',
      'agent/containers',
      'agent/docker',
      'agent/file',
      'agent/route',
      'boundary',
      'bus',
      'config',
      'config/schema',
      'latency',
      'network',
      'otel',
      'runtime',
      'runtime/settings',
      'snapshot',
      'table',
      'telemetry',
      'time',
    ],
    types: ['http/account', 'runtime/parts'],
  },
  '.': { code: ['cli'] },
};

/** These decide and do nothing else. */
const PURE_ROOMS = [
  'tls',
  'proxy-protocol',
  'routing',
  'registry',
  'balancer',
  'route-service',
  'http/message',
  'http/h2',
  'http/hpack',
  'http/template',
  'http/policy',
  'latency',
  'cutover',
  'agent/route',
  'agent/file',
  'agent/containers',
];
const IMPURE =
  /\b(?:setTimeout|setInterval|setImmediate|queueMicrotask|Date\.now|performance\.|process\.|new Date\(\))|'node:(?!crypto')\w+/;

const MAX_LINES = 400;
/** Of files that know each other's types. */
const LARGEST_CIRCLE = 2;
const VAGUE_NAME = /(?:^|[/-])(?:utils?|helpers?|common|managers?|index)(?:-|\.ts$)/;

const SRC = new URL('../src/', import.meta.url);
const STATIC_IMPORT = /^(?:import|export)( type)?\s(?:[^;'"]*?\sfrom\s)?'(\.[^']+)'/gm;
const DYNAMIC_IMPORT = /\bimport\('(\.[^']+)'\)/g;

interface Import {
  readonly from: string;
  readonly to: string;
  readonly kind: 'code' | 'types';
}

const texts = new Map(
  globSync('**/*.ts', { cwd: SRC }).map((file) => [file, readFileSync(new URL(file, SRC), 'utf8')]),
);
const files = [...texts.keys()];
const imports = files.flatMap(importsOf);

test('every room imports only what it may', () => {
  const faults = imports.filter(({ from, to, kind }) => to.endsWith('.ts') && !mayImport(from, to, kind));
  assert.deepEqual(faults, []);
});

test('every folder is a room', () => {
  assert.deepEqual([...new Set(files.map(dirname))].toSorted(), Object.keys(ROOMS).toSorted());
});

test('no room imports from one above it', () => {
  const order = Object.keys(ROOMS);
  const upward = Object.entries(ROOMS).flatMap(([room, { code = [], types = [] }]) =>
    [...code, ...types]
      .filter((other) => order.indexOf(other) > order.indexOf(room))
      .map((other) => `${room} to ${other}`),
  );
  assert.deepEqual(upward, []);
});

test('no files import code from each other in a circle', () => {
  assert.deepEqual(circles(imports.filter(({ kind }) => kind === 'code')), []);
});

test('no more than two files know of each other, directly or round about, types included', () => {
  assert.deepEqual(
    circles(imports).filter((circle) => circle.length > LARGEST_CIRCLE),
    [],
  );
});

test('rooms that decide touch no socket, file, timer or clock', () => {
  const faults = files
    .filter((file) => PURE_ROOMS.includes(dirname(file)))
    .map((file) => ({ file, found: IMPURE.exec(texts.get(file)!)?.[0] }))
    .filter(({ found }) => found !== undefined);
  assert.deepEqual(faults, []);
});

test('whatever is called back goes through the boundary', () => {
  const faults = files
    .filter((file) => dirname(file) !== 'boundary')
    .flatMap((file) => unguarded(texts.get(file)!).map((code) => ({ file, code })));
  assert.deepEqual(faults, []);
});

test('docs/architecture.md says of every room what it may import', () => {
  const text = readFileSync(new URL('../docs/architecture.md', import.meta.url), 'utf8');
  const rows = text.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  for (const [room, { code = [], types = [] }] of Object.entries(ROOMS)) {
    if (room === '.') continue;
    const row = rows.find((cells) => cells[1] === `\`${room}\``);
    const may = [...code, ...types]
      .toSorted()
      .map((name) => `\`${name}\`${types.includes(name) ? ' (types)' : ''}`);
    assert.equal(row?.at(-2), may.join(', ') || 'nothing', room);
  }
});

test('no file is longer than 400 lines', () => {
  const lengths = files.map((file) => ({ file, lines: texts.get(file)!.split('\n').length - 1 }));
  assert.deepEqual(
    lengths.filter(({ lines }) => lines > MAX_LINES),
    [],
  );
});

test('no file has a name that says nothing', () => {
  assert.deepEqual(
    files.filter((file) => VAGUE_NAME.test(file)),
    [],
  );
});

function mayImport(from: string, to: string, kind: Import['kind']): boolean {
  const [room, other] = [dirname(from), dirname(to)];
  const { code = [], types = [] } = ROOMS[room] ?? {};
  return room === other || code.includes(other) || (kind === 'types' && types.includes(other));
}

function importsOf(from: string): Import[] {
  const text = texts.get(from)!;
  const resolved = (to: string) => normalize(join(dirname(from), to));
  const found: Import[] = [];
  for (const [, type, to] of text.matchAll(STATIC_IMPORT)) {
    found.push({ from, to: resolved(to!), kind: type === undefined ? 'code' : 'types' });
  }
  for (const [, to] of text.matchAll(DYNAMIC_IMPORT)) found.push({ from, to: resolved(to!), kind: 'code' });
  return found;
}

/** Sets of files of which each reaches every other by imports, of two or more (Tarjan). */
function circles(edges: readonly Import[]): string[][] {
  const targets = Map.groupBy(edges, ({ from }) => from);
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const path: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    low.set(file, order.get(file)!);
    path.push(file);
    for (const { to } of targets.get(file) ?? []) {
      if (!order.has(to)) visit(to);
      else if (!path.includes(to)) continue;
      low.set(file, Math.min(low.get(file)!, low.get(to)!));
    }
    if (low.get(file) !== order.get(file)) return;
    const circle = path.splice(path.indexOf(file)).toSorted();
    if (circle.length > 1) found.push(circle);
  };
  for (const file of files) if (!order.has(file)) visit(file);
  return found;
}
